"use strict";
document.documentElement.classList.add("js");
const body = document.querySelector("tbody");
const rows = Array.from(body.rows);
const shown = document.getElementById("shown");
const form = document.querySelector("form");

function filter() {
  const wanted = form.elements.text.value.trim().toLowerCase();
  let count = 0;
  for (const row of rows) {
    const fits = ["province", "verdict", "state"].every(
      (name) => !form.elements[name].value || row.dataset[name] === form.elements[name].value);
    row.hidden = !(fits && (!wanted || row.textContent.toLowerCase().includes(wanted)));
    count += row.hidden ? 0 : 1;
  }
  shown.textContent = count;
}

const byText = new Intl.Collator("zh-CN", {numeric: true}).compare;
function sort(heading) {
  const column = heading.cellIndex;
  const isDown = heading.getAttribute("aria-sort") === "ascending";
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
  const isNumber = heading.dataset.key === "number";
  rows.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = isNumber ? Number(a) - Number(b) : byText(a, b);
    return isDown ? -order : order;
  });
  body.append(...rows);
}

function sortAsChosen() {
  const headings = Array.from(document.querySelectorAll("th[data-key]"));
  const chosen = headings.find((one) => one.textContent === form.elements.sort.value) ?? headings[0];
  chosen.removeAttribute("aria-sort");
  sort(chosen);
}

form.addEventListener("input", filter);
form.elements.sort.addEventListener("change", sortAsChosen);
form.addEventListener("submit", (event) => event.preventDefault());
for (const heading of document.querySelectorAll("th[data-key]")) {
  heading.tabIndex = 0;
  heading.addEventListener("click", () => sort(heading));
  heading.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(heading); });
}
filter();
