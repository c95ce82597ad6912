"use strict";

/* The log: all rows of a trace, searched by words, kind and time, and shown a page at a time. */
(async () => {
  const ROWS_ON_A_PAGE = 100;
  const AFTER_TYPING_MS = 150;
  const FIELDS = ["kind", "entity", "place"];
  const form = document.getElementById("log-search");
  if (!form || typeof DecompressionStream === "undefined") return;

  const data = JSON.parse(new TextDecoder().decode(await peacesim.unpack("log-data")));
  const names = { kind: data.kinds, entity: data.entities, place: data.places };
  const small = Object.fromEntries(FIELDS.map((field) => [field, names[field].map((name) => name.toLowerCase())]));
  const start = Date.parse(`${data.start}Z`) / 1000;
  const time = new Float64Array(data.time.length);
  data.time.reduce((before, step, row) => (time[row] = before + step), start);

  const byId = (id) => document.getElementById(id);
  const [words, kind, from, until] = ["log-words", "log-kind", "log-from", "log-until"].map(byId);
  const [status, table, pages] = ["log-status", "log-table", "log-pages"].map(byId);
  const count = new Intl.NumberFormat("en");
  let found = [];
  let page = 0;

  const secondsOf = (input, otherwise) => (input.value ? Date.parse(`${input.value}Z`) / 1000 : otherwise);

  /* For each word, which names of each field hold it. */
  const holders = () =>
    words.value
      .toLowerCase()
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => FIELDS.map((field) => small[field].map((name) => name.includes(word))));

  function search() {
    const asked = holders();
    const wanted = kind.value ? data.kinds.indexOf(kind.value) : -1;
    const [first, end] = [secondsOf(from, -Infinity), secondsOf(until, Infinity)];
    found = [];
    for (let row = 0; row < time.length; row += 1) {
      if (time[row] < first || time[row] >= end || (wanted >= 0 && data.kind[row] !== wanted)) continue;
      const isFound = asked.every((holds) => FIELDS.some((field, at) => holds[at][data[field][row]]));
      if (isFound) found.push(row);
    }
    page = 0;
    show();
  }

  function show() {
    const last = Math.max(0, Math.ceil(found.length / ROWS_ON_A_PAGE) - 1);
    const begin = page * ROWS_ON_A_PAGE;
    const shown = found.slice(begin, begin + ROWS_ON_A_PAGE);
    table.tBodies[0].replaceChildren(...shown.map(lineOf));
    table.parentElement.scrollTop = 0;
    const which = `Rows ${count.format(begin + 1)} to ${count.format(begin + shown.length)}`;
    const ofAll = found.length < time.length ? ` found, of ${count.format(time.length)}` : "";
    status.textContent = shown.length
      ? `${which} of ${count.format(found.length)}${ofAll}.`
      : `No row is as asked, of ${count.format(time.length)}.`;
    for (const button of pages.querySelectorAll("button")) {
      const isThere = ["first", "back"].includes(button.dataset.to) ? page === 0 : page === last;
      button.setAttribute("aria-disabled", String(isThere));
    }
  }

  function lineOf(row) {
    const line = peacesim.element("tr");
    const when = new Date(time[row] * 1000).toISOString().slice(0, 19).replace("T", " ");
    const cells = [when, ...FIELDS.map((field) => names[field][data[field][row]])];
    line.append(...cells.map((cell) => peacesim.element("td", {}, cell)));
    line.append(peacesim.element("td", { class: "number" }, data.values[data.value[row]]));
    return line;
  }

  function turn(to) {
    const last = Math.max(0, Math.ceil(found.length / ROWS_ON_A_PAGE) - 1);
    page = { first: 0, back: Math.max(0, page - 1), on: Math.min(last, page + 1), last }[to];
    show();
  }

  let waiting = 0;
  const searchSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, AFTER_TYPING_MS);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  form.addEventListener("input", searchSoon);
  form.addEventListener("reset", searchSoon);
  pages.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && button.getAttribute("aria-disabled") !== "true") turn(button.dataset.to);
  });
  form.hidden = false;
  pages.hidden = false;
  search();
})();
