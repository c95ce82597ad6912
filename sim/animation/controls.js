"use strict";

/* The page: plays the film, and answers mouse, touch and keyboard. */

const STEP_S = 600;
const REFRESH_MS = 200;
const MOST_FRAME_MS = 100;
const SPOKEN_AFTER_MS = 500;
const REACH = 13;
const EVENTS_BEFORE = 6, EVENTS_AFTER = 3;

function makeControls(film, words, map, labels, timeline) {
  const { facts, names, columns: c } = film;
  const byId = (id) => document.getElementById(id);
  const slider = byId("time"), playButton = byId("play"), speed = byId("speed"), sort = byId("sort");
  const events = words.allEvents();
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");
  let now = facts.fromS, isPlaying = false, frameMs = null, refreshedMs = 0, spokenLater = 0;
  let state = film.stateAt(now), chosen = null, log = [];

  const clamp = (t) => Math.min(facts.toS, Math.max(facts.fromS, t));

  function speak(text) {
    window.clearTimeout(spokenLater);
    spokenLater = window.setTimeout(() => { byId("status").textContent = text; }, SPOKEN_AFTER_MS);
  }

  function seek(t, speaks = true) {
    now = clamp(t);
    draw();
    refresh();
    if (speaks) speak(words.sentence(state));
  }

  function draw() {
    state = film.stateAt(now);
    map.draw(state, chosen);
    slider.value = String(Math.round(now));
  }

  function frame(ms) {
    if (!isPlaying) return;
    const wait = isStill.matches ? 1000 : 0;
    const passed = ms - frameMs;
    if (passed >= wait) {
      now = clamp(now + (Math.min(passed, Math.max(wait, MOST_FRAME_MS)) / 1000) * Number(speed.value));
      frameMs = ms;
      draw();
      if (ms - refreshedMs >= REFRESH_MS) {
        refreshedMs = ms;
        refresh();
      }
      if (now >= facts.toS) pause();
    }
    if (isPlaying) window.requestAnimationFrame(frame);
  }

  function play() {
    if (isPlaying) return;
    if (now >= facts.toS) seek(facts.fromS, false);
    isPlaying = true;
    showPlaying();
    window.requestAnimationFrame((ms) => {
      frameMs = ms;
      frame(ms);
    });
  }

  function pause() {
    if (!isPlaying) return;
    isPlaying = false;
    showPlaying();
    refresh();
    speak(`Paused. ${words.sentence(state)}`);
  }

  function showPlaying() {
    playButton.querySelector(".words").textContent = isPlaying ? "Pause" : "Play";
    playButton.querySelector(".sign").textContent = isPlaying ? "❚❚" : "▶";
  }

  /* Words and numbers, a few times a second at most. */
  function refresh() {
    byId("date").textContent = `${words.dateOf(now)} ${words.yearOf(now)}`;
    byId("clock").textContent = words.clockOf(now);
    slider.setAttribute("aria-valuetext", words.timeOf(now));
    byId("state-time").textContent = words.timeOf(now);
    const rows = byId("state").tBodies[0].rows;
    [...state.sectors, state.all].forEach((its, at) => fillRow(rows[at], its));
    labels.say(state);
    showEvents();
    showChosen();
  }

  function fillRow(row, its) {
    const ofPosts = its.posts - its.police;
    const cells = { soldiers: words.count(its.soldiers), tour: words.count(its.onTour),
      areas: its.areas ? `${its.covered} of ${its.areas}` : "–", posts: `${its.manned} of ${ofPosts}`,
      police: words.count(its.police), sent: words.count(its.sent), incidents: words.count(its.incidents) };
    for (const cell of row.querySelectorAll("[data-of]")) cell.textContent = cells[cell.dataset.of];
  }

  function countBefore(rows, t) {
    let n = 0;
    while (n < rows.length && rows[n].t <= t) n += 1;
    return n;
  }

  function showEvents() {
    const n = countBefore(events, now), begin = Math.max(0, n - EVENTS_BEFORE);
    showRow(byId("events"), fillLog(byId("events"), events.slice(begin, n + EVENTS_AFTER), n - begin - 1));
  }

  /* A log: the last row that has happened is the current one; rows to come are grey. */
  function fillLog(list, rows, current) {
    const key = rows.map((row) => `${row.t} ${row.text}`).join("\n");
    if (list.dataset.key !== key) {
      list.dataset.key = key;
      list.replaceChildren(...rows.map((row) => {
        const item = peacesim.element("li");
        const button = peacesim.element("button", { type: "button", tabindex: "-1" }, words.timeOf(row.t));
        button.addEventListener("click", () => seek(row.t));
        item.append(button, document.createTextNode(row.text));
        return item;
      }));
    }
    Array.from(list.children).forEach((item, at) => {
      item.classList.toggle("to-come", at > current);
      if (at === current) item.setAttribute("aria-current", "time");
      else item.removeAttribute("aria-current");
      item.firstChild.tabIndex = at === Math.max(current, 0) ? 0 : -1;
    });
    return list.children[Math.max(current, 0)];
  }

  function showRow(list, row) {
    if (row) list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  /* One stop for Tab; arrows go from row to row. */
  function walkLog(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = event.target.closest("li");
    if (!step || !item) return;
    const next = step > 0 ? item.nextElementSibling : item.previousElementSibling;
    if (next) next.firstChild.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  const LOGS = { section: words.logOfSection, post: words.logOfPost, area: words.logOfArea, incident: words.logOfIncident };
  const NAMES = { section: (at) => `Section ${words.sectionName(at)}`, post: (at) => names.post[at],
    area: (at) => `Patrol ${words.areaName(at)}`, incident: (at) => words.capital(words.incidentName(at)) };

  function choose(what) {
    chosen = what;
    const [sortOf, at] = what ? Object.entries(what)[0] : [null, null];
    log = what ? LOGS[sortOf](at) : [];
    byId("chosen").hidden = !what;
    byId("none-chosen").hidden = Boolean(what);
    for (const select of document.querySelectorAll("[data-chooses]")) {
      select.value = select.dataset.chooses === sortOf ? String(at) : "";
    }
    if (what) byId("chosen-name").textContent = NAMES[sortOf](at);
    sort.querySelector("[value=chosen]").disabled = !what;
    if (!what && sort.value === "chosen") sort.value = "all";
    draw();
    refresh();
    if (what) speak(`${NAMES[sortOf](at)}: ${byId("chosen-state").textContent}`);
  }

  function showChosen() {
    if (!chosen) return;
    byId("chosen-state").textContent = chosenState();
    const n = countBefore(log, now), current = fillLog(byId("log"), log, n - 1);
    byId("log-empty").hidden = log.length > 0;
    showRow(byId("log"), current);
  }

  function chosenState() {
    if (chosen.post !== undefined) return `${words.capital(words.STATE_WORDS[state.posts[chosen.post]])}, ${names.sector[c["post.sector"][chosen.post]]}.`;
    if (chosen.area !== undefined) {
      const last = state.lastVisits[chosen.area], sector = names.sector[c["area.sector"][chosen.area]];
      if (last === NEVER) return `Not visited yet, ${sector}.`;
      const hours = ((now - last) / HOUR_S).toFixed(1);
      return `Last visited ${hours} h ago, ${film.isCovered(last, now) ? "covered" : "not covered"}, ${sector}.`;
    }
    if (chosen.incident !== undefined) {
      const open = state.incidents.find((one) => one.incident === chosen.incident);
      return open ? (open.isMet ? "Met: enough sections are there." : "Open: not met yet.") : "Not open now.";
    }
    const call = state.calls.find((one) => one.section === chosen.section);
    if (call) return `Sent to ${words.incidentName(call.incident)}: ${call.phase}.`;
    const tour = state.tours.find((one) => one.section === chosen.section);
    return tour ? `On tour, ${words.plain(names.kind[c["tour.kind"][tour.tour]])} patrol, ${names.sector[tour.sector]}.` : "Not on tour now.";
  }

  function step(direction) {
    const rows = sort.value === "chosen" ? log : sort.value === "all" ? events : events.filter((one) => one.sort === sort.value);
    const next = direction > 0 ? rows.find((one) => one.t > now) : rows.findLast((one) => one.t < Math.floor(now));
    pause();
    if (!next) {
      speak(`No ${direction > 0 ? "later" : "earlier"} event of this sort.`);
      return;
    }
    seek(next.t, false);
    const same = rows.filter((one) => one.t === next.t);
    const more = same.length > 3 ? `; and ${same.length - 3} more` : "";
    speak(`${words.timeOf(next.t)}: ${same.slice(0, 3).map((one) => one.text).join("; ")}${more}.`);
  }

  function fillSelect(select, groups) {
    for (const [name, options] of groups) {
      if (!options.length) continue;
      const group = peacesim.element("optgroup", { label: name });
      group.append(...options.map(([value, text]) => peacesim.element("option", { value }, text)));
      select.append(group);
    }
  }

  function fillSelects() {
    const seen = new Map();
    for (const table of ["tour", "call"]) {
      c[`${table}.section`].forEach((section, row) => {
        if (!seen.has(section)) seen.set(section, c[`${table}.sector`][row]);
      });
    }
    const sections = Array.from(seen.keys()).sort((a, b) => a - b);
    const bySector = (rows, sectorOf, textOf) => names.sector.map((name, sector) =>
      [name, rows.filter((row) => sectorOf(row) === sector).map((row) => [row, textOf(row)])]);
    const posts = Array.from(c["post.sector"].keys()), incidents = Array.from(names.incident.keys());
    const when = (one) => `${words.timeOf(c["incident.arises_s"][one])}: ${words.incidentName(one)}`;
    fillSelect(byId("sections"), bySector(sections, (row) => seen.get(row), words.sectionName));
    fillSelect(byId("posts"), bySector(posts, (row) => c["post.sector"][row], (row) => names.post[row]));
    if (byId("incidents")) fillSelect(byId("incidents"), bySector(incidents, (row) => c["incident.sector"][row], when));
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const name = event.target.tagName, isButton = name === "BUTTON" || name === "SUMMARY" || name === "A";
    if (name === "SELECT" || (isButton && (event.key === " " || event.key === "Enter"))) return;
    const by = event.shiftKey ? 6 * STEP_S : STEP_S;
    const does = {
      " ": () => (isPlaying ? pause() : play()),
      ArrowRight: () => seek(now + by),
      ArrowLeft: () => seek(now - by),
      Home: () => seek(facts.fromS),
      End: () => seek(facts.toS),
      n: () => step(1),
      p: () => step(-1),
      Escape: () => choose(null),
    }[event.key];
    if (!does) return;
    does();
    event.preventDefault();
  }

  function listen() {
    slider.addEventListener("input", () => {
      now = clamp(Number(slider.value));
      draw();
      refresh();
      speak(words.sentence(state));
    });
    playButton.addEventListener("click", () => (isPlaying ? pause() : play()));
    byId("next").addEventListener("click", () => step(1));
    byId("previous").addEventListener("click", () => step(-1));
    map.canvas.addEventListener("click", (event) => {
      const box = map.canvas.getBoundingClientRect();
      choose(map.hit(state, event.clientX - box.left, event.clientY - box.top, REACH));
    });
    for (const select of document.querySelectorAll("[data-chooses]")) {
      select.addEventListener("change", () => choose(select.value === "" ? null : { [select.dataset.chooses]: Number(select.value) }));
    }
    byId("release").addEventListener("click", () => choose(null));
    for (const list of document.querySelectorAll("ol.log")) list.addEventListener("keydown", walkLog);
    document.addEventListener("keydown", onKey);
    window.addEventListener("beforeprint", () => map.print(labels.write));
    new ResizeObserver(resize).observe(map.canvas.parentElement.parentElement);
    document.addEventListener("visibilitychange", () => { if (document.hidden) pause(); });
  }

  function resize() {
    map.resize();
    labels.say(state);
    labels.place();
    timeline.draw();
    draw();
  }

  function begin() {
    slider.min = String(facts.fromS);
    slider.max = String(facts.toS);
    fillSelects();
    listen();
    showPlaying();
    resize();
    refresh();
    byId("page").classList.add("ready");
  }

  return { begin, stateAt: film.stateAt, seek, play, pause, step, choose, draw, log: () => log, events: () => events,
    time: () => now, isPlaying: () => isPlaying, pixelOf: (what) => {
      const place = map.placeOf(state, what);
      return place ? map.toPixel(...place) : null;
    } };
}

async function openFilm() {
  const { facts, names, look, places } = peacesim.read("film");
  const film = makeFilm(facts, names, readColumns(places, await peacesim.unpack("columns")));
  const words = makeWords(film), stage = document.getElementById("stage");
  const map = makeMap(film, look, stage, words);
  const labels = makeLabels(film, map, () => map.frame().width < 520);
  const timeline = makeTimeline(film, look, document.getElementById("line"), words);
  Object.assign(peacesim, makeControls(film, words, map, labels, timeline));
  window.peacesim = peacesim;
  peacesim.begin();
}

openFilm().catch((error) => {
  document.getElementById("failed").hidden = false;
  throw error;
});
