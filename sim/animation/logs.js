"use strict";

/* A log on the page: rows with their times, the last that has happened marked, those to come grey. One stop for Tab;
   arrows go from row to row. Whoever has the focus on a row keeps it when the rows around it change. */

function makeLog(list, words, seek) {
  /* Names of rows, by which one is found again among others; the second of two equal ones has another. */
  function keysOf(rows) {
    const seen = new Map();
    return rows.map((row) => {
      const said = `${row.t} ${row.text}`, before = seen.get(said) || 0;
      seen.set(said, before + 1);
      return `${said} ${before}`;
    });
  }

  let shown = "";

  function itemOf(row, key) {
    const item = peacesim.element("li", { "data-row": key });
    const button = peacesim.element("button", { type: "button", tabindex: "-1" }, words.timeOf(row.t));
    button.addEventListener("click", () => seek(row.t));
    item.append(button, document.createTextNode(row.text));
    return item;
  }

  /* Show rows, of which `current` is the last that has happened. */
  function fill(rows, current) {
    const inFocus = list.contains(document.activeElement) ? document.activeElement.closest("li") : null;
    const hasFocus = inFocus !== null && list.contains(inFocus);
    const held = hasFocus ? inFocus.dataset.row : null;
    const keys = keysOf(rows), all = keys.join("\n");
    if (all !== shown) {
      shown = all;
      list.replaceChildren(...rows.map((row, at) => itemOf(row, keys[at])));
    }
    const items = Array.from(list.children), now = items[Math.max(current, 0)];
    const focused = hasFocus ? items.find((item) => item.dataset.row === held) || now : null;
    items.forEach((item, at) => {
      item.classList.toggle("to-come", at > current);
      if (at === current) item.setAttribute("aria-current", "time");
      else item.removeAttribute("aria-current");
      item.firstChild.tabIndex = item === (focused || now) ? 0 : -1;
    });
    if (focused && document.activeElement !== focused.firstChild) focused.firstChild.focus({ preventScroll: true });
    const inView = focused || now;
    if (inView) list.scrollTop = inView.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], item = event.target.closest("li");
    if (!step || !item) return;
    const next = step > 0 ? item.nextElementSibling : item.previousElementSibling;
    if (next) next.firstChild.focus();
    event.preventDefault();
  });

  return { fill };
}

/* The lists from which a section, a post, an area or an incident is chosen, by sector. */
function fillSelects(film, words) {
  const { names, columns: c, facts } = film;
  const sectorOf = new Map();
  for (const table of ["tour", "call"]) {
    c[`${table}.section`].forEach((section, row) => {
      if (!sectorOf.has(section)) sectorOf.set(section, c[`${table}.sector`][row]);
    });
  }
  const when = (one) => `${words.timeOf(c["incident.arises_s"][one])}: ${words.incidentName(one)}`;
  const numbered = (n) => Array.from({ length: n }, (_, at) => at);
  const ended = c["incident.ended_s"];
  const happens = (one) => ended[one] === NEVER || ended[one] > facts.fromS;
  const choices = {
    section: [Array.from(sectorOf.keys()).sort((a, b) => a - b), (row) => sectorOf.get(row), words.sectionName],
    post: [numbered(names.post.length), (row) => c["post.sector"][row], (row) => names.post[row]],
    area: [numbered(c["area.sector"].length), (row) => c["area.sector"][row], words.areaName],
    incident: [numbered(names.incident.length).filter(happens), (row) => c["incident.sector"][row], when],
  };
  for (const select of document.querySelectorAll("[data-chooses]")) {
    const [rows, sector, text] = choices[select.dataset.chooses];
    names.sector.forEach((name, at) => {
      const options = rows.filter((row) => sector(row) === at);
      if (!options.length) return;
      const group = peacesim.element("optgroup", { label: name });
      group.append(...options.map((row) => peacesim.element("option", { value: row }, text(row))));
      select.append(group);
    });
  }
  document.getElementById("sections-note").textContent =
    `Sections: ${words.count(sectorOf.size)} of ${words.count(names.section.length)}, those that go out on tour or are sent to an incident in these days.`;
}
