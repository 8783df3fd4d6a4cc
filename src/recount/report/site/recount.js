/* What moves in the report: colours, the scoreboard, what-if, rows, copying, search. Every page reads well without it. */
"use strict";

// At once, before anything is shown: the reader's colours, the system's unless another choice is remembered.
const dark = matchMedia("(prefers-color-scheme: dark)");
const remembered = (...value) => {
  try {
    if (value.length === 0) return localStorage.getItem("recount-theme");
    if (value[0]) localStorage.setItem("recount-theme", value[0]);
    else localStorage.removeItem("recount-theme");
  } catch {
    return null; // a browser may keep no memory for files on disk
  }
};
const system = () => (dark.matches ? "dark" : "light");
const show = (theme) => (document.documentElement.dataset.theme = theme);
show(remembered() || system());

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

function themeSwitch(button) {
  const name = () => button.setAttribute("aria-label", `Show in ${document.documentElement.dataset.theme === "dark" ? "light" : "dark"} colours`);
  button.addEventListener("click", () => {
    const theme = show(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    remembered(theme === system() ? "" : theme); // back on the system's side, it follows the system again
    name();
  });
  dark.addEventListener("change", () => {
    if (!remembered()) show(system());
    name();
  });
  name();
  button.hidden = false;
}

// The scoreboard: its filters and order stand in the address, behind #, so that a view can be sent, from disk too.
function scoreboard(table, controls) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const told = controls.querySelector("output");
  const counts = [...controls.querySelectorAll("button[data-verdict]")];
  const fields = [...controls.querySelectorAll("[name]")];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
  const order = (column, sign) => (a, b) => {
    const [first, second] = [key(a, column), key(b, column)];
    const empty = (text) => text === "" || text === "nan";
    if (empty(first) || empty(second)) return empty(first) - empty(second);
    return sign * (isNaN(first) || isNaN(second) ? first.localeCompare(second, "en") : first - second);
  };
  let sorted = 0; // the number of a column, from 1; below zero for descending
  const apply = () => {
    const words = controls.find.value.toLowerCase().split(/\s+/);
    const chosen = counts.filter(pressed).map((button) => button.dataset.verdict);
    const picked = fields.filter((field) => field.tagName === "SELECT" && field.value);
    for (const row of rows) {
      const text = row.textContent.toLowerCase() + row.dataset.find;
      row.hidden =
        (chosen.length > 0 && !chosen.includes(row.dataset.verdict)) ||
        !picked.every((field) => row.dataset[field.name].split(" ").includes(field.value)) ||
        !words.every((word) => text.includes(word));
    }
    heads.forEach((head, i) => head.setAttribute("aria-sort", i + 1 !== Math.abs(sorted) ? "none" : sorted > 0 ? "ascending" : "descending"));
    body.append(...(sorted ? [...rows].sort(order(Math.abs(sorted) - 1, Math.sign(sorted))) : rows));
    told.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims`;
    const view = new URLSearchParams();
    if (chosen.length) view.set("verdict", chosen);
    fields.filter((field) => field.value).forEach((field) => view.set(field.name, field.value));
    if (sorted) view.set("sort", sorted);
    controls.querySelector("[type=reset]").hidden = view.size === 0;
    return `${view}`.replaceAll("%2C", ",");
  };
  const changed = () => {
    const view = apply();
    history.replaceState(null, "", view ? `#${view}` : location.href.split("#")[0]);
  };
  const read = () => {
    const view = new URLSearchParams(location.hash.slice(1));
    if (location.hash && !location.hash.includes("=")) return; // it leads to a heading
    for (const field of fields) {
      field.value = view.get(field.name) ?? "";
      if (field.value === "") field.value = ""; // no such option: all
    }
    const chosen = (view.get("verdict") ?? "").split(",");
    counts.forEach((button) => button.setAttribute("aria-pressed", chosen.includes(button.dataset.verdict)));
    sorted = heads[Math.abs(view.get("sort")) - 1] ? Number(view.get("sort")) : 0;
    const [{ type }] = performance.getEntriesByType("navigation"); // going back, the browser itself keeps the place
    if (apply() && type === "navigate") controls.previousElementSibling.scrollIntoView();
  };
  heads.forEach((head, i) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      sorted = sorted === i + 1 ? -sorted : i + 1;
      changed();
    });
  });
  counts.forEach((button) => {
    button.disabled = false;
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", !pressed(button));
      changed();
    });
  });
  controls.addEventListener("input", changed);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", (event) => {
    event.preventDefault();
    history.replaceState(null, "", location.href.split("#")[0]);
    read();
  });
  controls.querySelector(".fields").hidden = false;
  addEventListener("hashchange", read);
  addEventListener("load", read); // now that the figures above have their heights
  apply();
  read();
}

function whatIf(place, data) {
  const dots = [...place.querySelectorAll("svg g")];
  const literal = data.specifications.find((each) => each.as_written);
  const answer = make("output");
  answer.setAttribute("aria-live", "polite");
  const selects = data.choices.map(([, levels], index) => {
    const select = make("select", {}, make("option", { value: "" }, "any"));
    select.append(...levels.map((level) => make("option", { value: level }, level)));
    select.value = literal.of[index];
    return select;
  });
  // As recount.verdict has it: what cannot tell counts for neither side.
  const judged = (deciding) => {
    const tells = deciding.filter((each) => each.outcome !== "cannot tell");
    const agree = tells.filter((each) => each.outcome === "agrees");
    const literal = deciding.filter((each) => each.as_written);
    const says = (each) => each.outcome === "agrees";
    if (!tells.length) return data.words.untold;
    if (agree.length === tells.length) return literal.every(says) ? data.words.all : data.words.others;
    if (literal.some(says)) return data.words.literal;
    if (agree.length) return data.words.others;
    return tells.length === deciding.length ? data.words.none : data.words.untold;
  };
  const tell = () => {
    const fits = (each) => selects.every((select, i) => !select.value || each.of[i] === select.value);
    const chosen = data.specifications.filter(fits);
    dots.forEach((dot, i) => dot.classList.toggle("faint", !fits(data.specifications[i])));
    const deciding = chosen.filter((each) => each.decides && each.test === data.test);
    const sentences = [];
    if (chosen.length === 0) sentences.push("No data for this combination.");
    else if (chosen.length === 1) {
      const [only] = chosen;
      const note = only.note ? ` (${only.note})` : "";
      sentences.push(`${only.value} ${data.unit}${note}: ${only.outcome}. The wording allows ${data.allowed}.`);
    } else {
      const value = [...new Set([chosen[0].value, chosen.at(-1).value])].join(" to ");
      sentences.push(`${chosen.length} ways of counting, ${value} ${data.unit}; the wording allows ${data.allowed}.`);
    }
    if (chosen.length > 1 && deciding.length) {
      const word = judged(deciding);
      const agree = deciding.filter((each) => each.outcome === "agrees").length;
      sentences.push(` Of ${deciding.length} that decide, ${agree} agree: `, make("strong", {}, `${data.marks[word]} ${word}`), ".");
    } else if (chosen.length && !chosen.some((each) => each.decides)) sentences.push(" It is no part of the verdict.");
    answer.replaceChildren(...sentences);
  };
  const reset = (text, pick) => {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => {
      selects.forEach((select, i) => (select.value = pick(i)));
      tell();
    });
    return button;
  };
  const labels = data.choices.map(([name], i) => make("label", {}, `${name} `, selects[i]));
  const form = make("form", {}, ...labels, reset("as written", (i) => literal.of[i]), reset("any", () => ""));
  form.addEventListener("input", tell);
  form.addEventListener("submit", (event) => event.preventDefault());
  if (selects.length) place.prepend(form, answer);
  tell();
}

// A long table shows its first rows, and all of them when asked, or when a link leads to one further down.
function shortened(table, rows = 25) {
  const count = table.tBodies[0].rows.length;
  if (count <= rows + 5) return;
  const button = make("button", { type: "button", className: "more" }, `Show all ${count.toLocaleString("en")} rows`);
  const whole = () => {
    table.classList.remove("short");
    button.remove();
  };
  const goal = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (!table.contains(row)) return;
    whole();
    row.scrollIntoView({ block: "center" });
  };
  table.classList.add("short");
  table.parentElement.after(button);
  button.addEventListener("click", () => {
    whole();
    table.tBodies[0].rows[rows].scrollIntoView({ block: "nearest" });
    table.parentElement.focus();
  });
  addEventListener("hashchange", goal);
  goal();
}

function opened() {
  const fold = document.getElementById(location.hash.slice(1))?.closest("details");
  if (fold) fold.open = true;
}

function copyable(place) {
  const text = place.querySelector("pre");
  const button = make("button", { type: "button" }, "Copy");
  button.setAttribute("aria-label", `Copy: ${text.getAttribute("aria-label")}`);
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: press Ctrl+C"; // a browser may keep the clipboard from files on disk
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  place.append(button);
}

function search(input, list, told, index) {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/ ?per ?cent\b/g, "%");
  const texts = index.map(([, title, , text]) => [plain(title), plain(text)]);
  const marked = (text, pattern) => {
    const pieces = [];
    let last = 0;
    for (const found of text.matchAll(pattern)) {
      pieces.push(text.slice(last, found.index), make("mark", {}, found[0]));
      last = found.index + found[0].length;
    }
    return [...pieces, text.slice(last)];
  };
  const snippet = (text, pattern) => {
    const start = text.lastIndexOf(" ", Math.max(0, text.search(pattern) - 60)) + 1;
    const end = text.indexOf(" ", start + 210);
    return [start ? "… " : "", ...marked(text.slice(start, end < 0 ? undefined : end), pattern), end < 0 ? "" : " …"];
  };
  const find = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const spelled = words.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&").replace("%", "(?:%| ?per ?cent)"));
    const pattern = new RegExp(spelled.join("|"), "giu");
    const wholes = spelled.map((word) => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, "iu"));
    // Every word must be found: best as the name that the text begins with, then in the title, whole, and twice.
    const score = ([title, text]) => {
      const hits = words.map((word, i) => {
        const points = Math.min(2, text.split(word).length - 1) + (title.includes(word) ? 6 : 0);
        return points && points + (text.split(" · ")[0] === word ? 9 : 0) + (wholes[i].test(`${title} ${text}`) ? 5 : 0);
      });
      return hits.every(Boolean) ? hits.reduce((sum, each) => sum + each, title.includes(words.join(" ")) ? 9 : 0) : 0;
    };
    const found = words.length ? index.map((entry, i) => [score(texts[i]), entry]).filter(([points]) => points) : [];
    found.sort(([a], [b]) => b - a);
    told.textContent = words.length ? `${found.length || "Nothing"} found${found.length > 40 ? ", the first 40 below" : ""}` : "";
    list.replaceChildren(
      ...found.slice(0, 40).map(([, [kind, title, address, text]]) =>
        make("li", {}, make("small", {}, kind), make("a", { href: address }, ...marked(title, pattern)), make("p", {}, ...snippet(text, pattern))),
      ),
    );
  };
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  input.addEventListener("input", find);
  find();
  if (!input.value) input.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  const one = (selector) => document.querySelector(selector);
  themeSwitch(one(".theme"));
  if (one("#scoreboard")) scoreboard(one("#scoreboard"), one("#controls"));
  if (one("#specifications")) whatIf(one(".what-if"), JSON.parse(one("#specifications").textContent));
  document.querySelectorAll("table.rows").forEach((table) => shortened(table));
  document.querySelectorAll(".copy").forEach(copyable);
  if (window.recountIndex) search(one(".search input"), one("#search-results"), one("#search-told"), window.recountIndex);
  addEventListener("hashchange", opened);
  opened();
});
