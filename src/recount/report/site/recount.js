/* What moves in the report: the scoreboard's filter and order, what-if, copying. Every page reads well without it. */
"use strict";

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

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
  controls.addEventListener("input", filter);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.hidden = false;
  filter();
}

function whatIf(place, data) {
  const dots = [...place.querySelectorAll("circle")];
  const literal = data.specifications.find((each) => each.as_written);
  const answer = make("output");
  answer.setAttribute("aria-live", "polite");
  const selects = data.choices.map(([, levels], index) => {
    const select = make("select", {}, make("option", { value: "" }, "any"));
    select.append(...levels.map((level) => make("option", { value: level }, level)));
    select.value = literal.of[index];
    return select;
  });
  const tell = () => {
    const fits = (each) => selects.every((select, i) => !select.value || each.of[i] === select.value);
    const chosen = data.specifications.filter(fits);
    dots.forEach((dot, i) => dot.classList.toggle("faint", !fits(data.specifications[i])));
    const deciding = chosen.filter((each) => each.decides);
    const inside = deciding.filter((each) => each.inside).length;
    const word = data.words[inside === deciding.length ? 0 : inside ? 1 : 2];
    const verdict = make("strong", {}, `${data.marks[word]} ${word}`);
    const value = chosen.length ? [...new Set([chosen[0].value, chosen.at(-1).value])].join(" to ") : "";
    const sentences = [];
    if (chosen.length === 0) sentences.push("No data for this combination.");
    else if (chosen.length === 1) {
      const [only] = chosen;
      const note = only.note ? ` (${only.note})` : "";
      sentences.push(`${value} ${data.unit}${note}: ${only.inside ? "inside" : "outside"} the stated interval, ${data.allowed}.`);
    } else sentences.push(`${chosen.length} specifications, ${value} ${data.unit}; the wording allows ${data.allowed}.`);
    if (chosen.length > 1 && deciding.length) sentences.push(` ${inside} of ${deciding.length} that decide lie inside: `, verdict, ".");
    else if (chosen.length && !deciding.length) sentences.push(" It is no part of the verdict.");
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
  place.prepend(form, answer);
  tell();
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

document.querySelectorAll("summary:empty, summary:not(:has(:not(.toctree-toggle, .toctree-toggle *)))").forEach((fold) => {
  const link = fold.closest("li")?.querySelector("a"); // the theme folds its list of pages without a name
  fold.setAttribute("aria-label", `Pages under ${link ? link.textContent.trim() : "this"}`);
});
const board = document.getElementById("scoreboard");
if (board) scoreboard(board, document.getElementById("controls"));
const options = document.getElementById("specifications");
if (options) whatIf(document.querySelector(".what-if"), JSON.parse(options.textContent));
document.querySelectorAll(".copy").forEach(copyable);
