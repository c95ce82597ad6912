"use strict";

/* Searching the tables of numbers and sources. */
for (const form of document.querySelectorAll("form.search")) {
  const rows = [...document.getElementById(form.dataset.table).tBodies[0].rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const [words, kind, shown] = ["input", "select", "output"].map((name) => form.querySelector(name));
  const search = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    rows.forEach((row, index) => {
      const isKind = !kind.value || row.className === kind.value;
      row.hidden = !(isKind && wanted.every((word) => texts[index].includes(word)));
      n += !row.hidden;
    });
    shown.textContent = `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };
  form.addEventListener("input", search);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}
