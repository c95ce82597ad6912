"use strict";

/* The tables of the page: the state sector by sector, the reserves, and the time line in numbers. */

const MOST_ROWS = 60;

function makeTables(film, words) {
  const { facts, names, columns: c } = film;
  const byId = (id) => document.getElementById(id);
  const numbers = byId("numbers"), reserves = byId("reserves");

  function fillRow(row, its) {
    const cells = { soldiers: words.count(its.soldiers), tour: words.count(its.onTour), areas: words.covered(its),
      posts: `${its.manned} of ${its.posts - its.police}`, police: words.count(its.police), sent: words.count(its.sent),
      incidents: words.count(its.incidents) };
    for (const cell of row.querySelectorAll("[data-of]")) cell.textContent = cells[cell.dataset.of];
  }

  function fillState(state) {
    byId("state-time").textContent = words.timeOf(state.t);
    const rows = byId("state").tBodies[0].rows;
    [...state.sectors, state.all].forEach((its, at) => fillRow(rows[at], its));
    if (!reserves) return;
    state.reserves.forEach((one, at) => {
      const [, soldiers, where, onTour, sent] = reserves.tBodies[0].rows[at].cells;
      soldiers.textContent = words.count(c["reserve.soldiers"][at]);
      where.textContent = RESERVE_STATES[one.state] + (one.since === NEVER ? "" : ` since ${words.timeOf(one.since)}`);
      onTour.textContent = one.state === RESERVE_HERE ? words.count(one.onTour) : "–";
      sent.textContent = one.state === RESERVE_HERE ? words.count(one.sent) : "–";
    });
  }

  /* Instants of the table: every change of shifts, or every so many where these are too many. */
  function instants() {
    const shifts = [...new Set([facts.fromS, ...c["shift.time_s"]])].sort((a, b) => a - b);
    const every = Math.ceil(shifts.length / MOST_ROWS);
    return { all: shifts.length, every, shown: shifts.filter((_, at) => at % every === 0) };
  }

  function fillNumbers() {
    const { all, every, shown } = instants();
    const which = every === 1 ? "at every change of shifts" : `at one in ${every} of ${words.count(all)} changes of shifts`;
    byId("numbers-note").textContent = `${words.counted(shown.length, "row", "rows")}: the beginning, then the state ${which}.`;
    numbers.querySelector("tbody").replaceChildren(...shown.map((t) => {
      const state = film.stateAt(t), { all: its } = state, row = peacesim.element("tr");
      const cells = [its.soldiers, its.onTour, words.covered(its), its.manned, its.posts - its.police - its.manned];
      if (facts.hasReserves) cells.splice(1, 0, its.withReserves);
      if (numbers.dataset.police) cells.push(its.police);
      if (facts.hasIncidents) cells.push(its.incidents, state.incidents.filter((one) => one.isMet).length);
      row.append(peacesim.element("th", { scope: "row" }, words.timeOf(t)));
      row.append(...cells.map((cell) =>
        peacesim.element("td", { class: "number" }, typeof cell === "number" ? words.count(cell) : cell)));
      return row;
    }));
  }

  /* Filled when it is first opened: a long film takes a moment. */
  numbers.addEventListener("toggle", fillNumbers, { once: true });

  return { fillState };
}
