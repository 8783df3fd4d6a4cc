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

// The order of rows by a column, from 1, or below zero downwards: numbers as numbers, and last what is empty.
function order(column) {
  const key = (row) => row.cells[Math.abs(column) - 1].dataset.sort ?? row.cells[Math.abs(column) - 1].textContent.trim();
  return (a, b) => {
    const [first, second] = [key(a), key(b)];
    const empty = (text) => text === "" || text === "nan";
    if (empty(first) || empty(second)) return empty(first) - empty(second);
    return Math.sign(column) * (isNaN(first) || isNaN(second) ? first.localeCompare(second, "en", { numeric: true }) : first - second);
  };
}

// Heads of columns become buttons; `sorted` is given the column that is asked for, and tells which one to show.
function sortable(table, sorted) {
  const heads = [...table.tHead.rows[0].cells];
  let now = 0;
  const show = (column) => {
    now = heads[Math.abs(column) - 1] ? column : 0;
    heads.forEach((head, i) => head.setAttribute("aria-sort", i + 1 !== Math.abs(now) ? "none" : now > 0 ? "ascending" : "descending"));
    return now;
  };
  heads.forEach((head, i) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sorted(show(now === i + 1 ? -now : i + 1)));
  });
  show(0);
  return show;
}

// The scoreboard: its filters and order stand in the address, behind #, so that a view can be sent, from disk too.
function scoreboard(table, controls) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const told = controls.querySelector("output");
  const counts = [...controls.querySelectorAll("button[data-verdict]")];
  const fields = [...controls.querySelectorAll("[name]")];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
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
    body.append(...(sorted ? [...rows].sort(order(sorted)) : rows));
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
    sorted = showSorted(Number(view.get("sort")));
    const [{ type }] = performance.getEntriesByType("navigation"); // going back, the browser itself keeps the place
    if (apply() && type === "navigate") controls.previousElementSibling.scrollIntoView();
  };
  const showSorted = sortable(table, (column) => {
    sorted = column;
    changed();
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
  const dots = [...place.querySelectorAll("svg a")];
  const literal = data.specifications.find((each) => each.as_written);
  const answer = make("output");
  answer.setAttribute("aria-live", "polite");
  const asked = new URLSearchParams(location.search);
  const selects = data.choices.map(([name, levels], index) => {
    const select = make("select", {}, make("option", { value: "" }, "any"));
    select.append(...levels.map((level) => make("option", { value: level }, level)));
    const level = asked.get(name);
    select.value = levels.includes(level) ? level : level === "any" ? "" : literal.of[index];
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
      const low = chosen.map((each) => each.low).reduce((a, b) => ((b[0] ?? -Infinity) < (a[0] ?? -Infinity) ? b : a))[1];
      const high = chosen.map((each) => each.high).reduce((a, b) => ((b[0] ?? Infinity) > (a[0] ?? Infinity) ? b : a))[1];
      const value = low === high ? low : low && high ? `${low} to ${high}` : low ? `${low} or more` : `${high} or less`;
      sentences.push(`${chosen.length} ways of counting, ${value} ${data.unit}; the wording allows ${data.allowed}.`);
    }
    if (chosen.length > 1 && deciding.length) {
      const word = judged(deciding);
      const count = (outcome) => deciding.filter((each) => each.outcome === outcome).length;
      const [agree, unsure] = [count("agrees"), count("cannot tell")];
      const told = [];
      if (unsure < deciding.length) told.push(`Of ${deciding.length - unsure} that decide, ${agree} ${agree === 1 ? "agrees" : "agree"}`);
      if (unsure) told.push(`${unsure} cannot tell`);
      sentences.push(` ${told.join("; ")}: `, make("strong", {}, word), ".");
    } else if (chosen.length && !chosen.some((each) => each.decides)) sentences.push(" It is no part of the verdict.");
    answer.replaceChildren(...sentences);
    // Only what exists with the other choices can be chosen; the address tells what was.
    selects.forEach((select, i) => {
      const others = data.specifications.filter((each) => selects.every((other, j) => i === j || !other.value || each.of[j] === other.value));
      for (const option of select.options) option.disabled = option.value !== "" && !others.some((each) => each.of[i] === option.value);
    });
    const told = new URLSearchParams();
    selects.forEach((select, i) => select.value !== literal.of[i] && told.set(data.choices[i][0], select.value || "any"));
    history.replaceState(null, "", `${location.pathname}${told.size ? `?${told}` : ""}${location.hash}`);
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
  const form = make("form", {}, ...labels, reset("As written", (i) => literal.of[i]), reset("All ways of counting", () => ""));
  form.addEventListener("input", tell);
  form.addEventListener("submit", (event) => event.preventDefault());
  if (selects.length) place.prepend(form, answer);
  tell();
  const names = data.choices.map(([name]) => name);
  const tip = (each, i) => `${i + 1}: ${each.value} ${data.unit}, ${each.outcome}; ${each.of.map((level, j) => `${names[j]} ${level}`).join("; ")}`;
  tips(place.querySelector("figure"), dots, data.specifications.map(tip), data.specifications.indexOf(literal));
}

// Dots that tell what they are, one of them within reach of the Tab key and the others of the arrows.
function tips(figure, dots, texts, first) {
  const tip = make("p", { className: "tip", hidden: true });
  dots.forEach((dot, at) => {
    dot.setAttribute("aria-label", texts[at]);
    const told = () => {
      const [here, frame] = [dot.getBoundingClientRect(), figure.getBoundingClientRect()];
      tip.textContent = texts[at];
      tip.hidden = false;
      const left = here.left + here.width / 2 - frame.left - tip.offsetWidth / 2;
      tip.style.left = `${Math.max(0, Math.min(left, frame.width - tip.offsetWidth))}px`;
      tip.style.top = `${dot.querySelector("circle").getBoundingClientRect().top - frame.top - tip.offsetHeight - 8}px`;
    };
    for (const name of ["pointerenter", "focus"]) dot.addEventListener(name, told);
    for (const name of ["pointerleave", "blur"]) dot.addEventListener(name, () => (tip.hidden = true));
    dot.addEventListener("keydown", (event) => {
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: dots.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      dots[next]?.focus();
    });
    dot.addEventListener("focus", () => dots.forEach((other) => other.setAttribute("tabindex", other === dot ? 0 : -1)));
  });
  dots[first].setAttribute("tabindex", 0);
  figure.append(tip);
}

// A table whose rows can be sorted and, where they are many, searched and turned over; a link to a row opens its page.
function paged(table, size = 25) {
  const body = table.tBodies[0];
  let rows = [...body.rows];
  let page = 0;
  const find = make("input", { type: "search" });
  const told = make("output");
  const turn = (text, by) => {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => {
      draw(page + by);
      table.parentElement.scrollIntoView({ block: "nearest" });
    });
    return button;
  };
  const [back, on] = [turn("Previous", -1), turn("Next", 1)];
  const long = rows.length > size + 5;
  const draw = (at) => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = rows.filter((row) => {
      const text = words.length ? row.textContent.toLowerCase() : "";
      row.hidden = !words.every((word) => text.includes(word));
      return !row.hidden;
    });
    page = Math.max(0, Math.min(at, Math.ceil(shown.length / size) - 1));
    const [first, last] = [page * size, Math.min(page * size + size, shown.length)];
    shown.forEach((row, i) => row.classList.toggle("away", long && (i < first || i >= last)));
    told.textContent = shown.length ? `Rows ${first + 1} to ${last} of ${shown.length.toLocaleString("en")}` : "No row has these words.";
    back.disabled = page === 0;
    on.disabled = last === shown.length;
  };
  sortable(table, (column) => {
    rows = [...rows].sort(order(column));
    body.append(...rows);
    draw(0);
  });
  if (!long) return;
  const goal = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (!body.contains(row)) return;
    if (row.hidden) find.value = "";
    draw(Math.floor(rows.filter((each) => !find.value || !each.hidden).indexOf(row) / size));
    row.scrollIntoView({ block: "center" });
  };
  told.setAttribute("aria-live", "polite");
  find.addEventListener("input", () => draw(0));
  table.parentElement.before(make("p", { className: "turn" }, make("label", {}, "Rows with the words ", find)));
  table.parentElement.after(make("p", { className: "turn" }, back, on, told));
  addEventListener("hashchange", goal);
  draw(0);
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
  // With their tags: a heading of a notebook may have such an id, too.
  if (one("table#scoreboard")) scoreboard(one("table#scoreboard"), one("#controls"));
  if (one("script#specifications")) whatIf(one(".what-if"), JSON.parse(one("script#specifications").textContent));
  document.querySelectorAll("table.rows, table.ways").forEach((table) => paged(table));
  document.querySelectorAll(".copy").forEach(copyable);
  if (window.recountIndex) search(one(".search input"), one("#search-results"), one("#search-told"), window.recountIndex);
  addEventListener("hashchange", opened);
  opened();
});
