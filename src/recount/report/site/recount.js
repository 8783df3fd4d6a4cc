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

function scoreboard(table, controls) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const told = controls.querySelector("output");
  const filter = () => {
    const words = controls.find.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase() + row.dataset.find;
      row.hidden =
        (controls.essay.value && row.dataset.essay !== controls.essay.value) ||
        (controls.verdict.value && row.dataset.verdict !== controls.verdict.value) ||
        !words.every((word) => text.includes(word));
    }
    told.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims`;
  };
  const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
  const order = (column, sign) => (a, b) => {
    const [first, second] = [key(a, column), key(b, column)];
    const empty = (text) => text === "" || text === "nan";
    if (empty(first) || empty(second)) return empty(first) - empty(second);
    return sign * (isNaN(first) || isNaN(second) ? first.localeCompare(second, "en") : first - second);
  };
  [...table.tHead.rows[0].cells].forEach((head, column, heads) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      body.append(...[...rows].sort(order(column, sign)));
    });
  });
  document.querySelectorAll("[data-pick]").forEach((link) =>
    link.addEventListener("click", () => {
      controls.verdict.value = link.dataset.pick;
      filter();
    }),
  );
  controls.addEventListener("input", filter);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.hidden = false;
  filter();
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
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = index.map(([, title, , text]) => [plain(title), plain(text)]);
  const snippet = (text, words) => {
    const at = Math.max(0, Math.min(...words.map((word) => plain(text).indexOf(word)).filter((place) => place >= 0)));
    const start = Number.isFinite(at) ? Math.max(0, text.lastIndexOf(" ", Math.max(0, at - 60)) + 1) : 0;
    const cut = text.slice(start, start + 220);
    const pattern = new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|"), "giu");
    const pieces = [];
    let last = 0;
    for (const found of cut.matchAll(pattern)) {
      pieces.push(cut.slice(last, found.index), make("mark", {}, found[0]));
      last = found.index + found[0].length;
    }
    return [start ? "… " : "", ...pieces, cut.slice(last), start + 220 < text.length ? " …" : ""];
  };
  const find = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    // Every word must be found: best in the name that the text begins with, then in the title, then often.
    const score = ([title, text]) => {
      const hits = words.map((word) => (text.startsWith(word) ? 9 : 0) + (title.includes(word) ? 6 : 0) + Math.min(3, text.split(word).length - 1));
      return hits.every(Boolean) ? hits.reduce((sum, each) => sum + each) : 0;
    };
    const found = words.length ? index.map((entry, i) => [score(texts[i]), entry]).filter(([points]) => points) : [];
    found.sort(([a], [b]) => b - a);
    told.textContent = words.length ? `${found.length || "Nothing"} found${found.length > 40 ? ", the first 40 below" : ""}` : "";
    list.replaceChildren(
      ...found.slice(0, 40).map(([, [kind, title, address, text]]) =>
        make("li", {}, make("small", {}, kind), make("a", { href: address }, title), make("p", {}, ...snippet(text, words))),
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
