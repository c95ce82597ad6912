"use strict";

/* The page: plays the film, and answers mouse, touch and keyboard. Keys are heard while the focus is on the film or its
   buttons; a list, a slider or a link keeps those that it uses itself. */

const STEP_S = 600, STEPS = 100;
const REFRESH_MS = 200;
const MOST_FRAME_MS = 100;
const SPOKEN_AFTER_MS = 500;
const REACH = 13, BREATH = 10;
const EVENTS_BEFORE = 12, EVENTS_AFTER = 6;
const OF_SLIDERS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

function makeControls(film, words, map, labels, timeline, tables) {
  const { facts, names, columns: c } = film;
  const byId = (id) => document.getElementById(id);
  const slider = byId("time"), playButton = byId("play"), speed = byId("speed"), sort = byId("sort");
  const events = words.allEvents();
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");
  let now = facts.fromS, isPlaying = false, frameMs = null, refreshedMs = 0, spokenLater = 0;
  let state = film.stateAt(now), chosen = null, log = [], opener = null;
  const list = makeLog(byId("log"), words, seek);

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
    tables.fillState(state);
    labels.say(state);
    showLog();
  }

  function countBefore(rows, t) {
    let n = 0;
    while (n < rows.length && rows[n].t <= t) n += 1;
    return n;
  }

  /* What happens around now; or, if something is chosen, all that happens to it. */
  function showLog() {
    const rows = chosen ? log : events, n = countBefore(rows, now), begin = chosen ? 0 : Math.max(0, n - EVENTS_BEFORE);
    list.fill(chosen ? rows : rows.slice(begin, n + EVENTS_AFTER), n - begin - 1);
    byId("log-empty").hidden = rows.length > 0;
    if (chosen) byId("chosen-state").textContent = chosenState();
  }

  const LOGS = { section: words.logOfSection, post: words.logOfPost, area: words.logOfArea, incident: words.logOfIncident };
  const NAMES = { section: (at) => `Section ${words.sectionName(at)}`, post: (at) => names.post[at],
    area: (at) => `Patrol ${words.areaName(at)}`, incident: (at) => words.capital(words.incidentName(at)) };

  function choose(what) {
    chosen = what;
    const [sortOf, at] = what ? Object.entries(what)[0] : [null, null];
    log = what ? LOGS[sortOf](at) : [];
    byId("chosen").hidden = !what;
    byId("log-head").textContent = what ? "What happens to it" : "What happens";
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

  /* Close the log, and go back to where it was opened. */
  function close() {
    choose(null);
    (opener || map.canvas.parentElement).focus();
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
    if (call) return `Sent to ${words.incidentName(call.incident)}: ${call.phase === "back" ? "on its way back" : call.phase}.`;
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

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const name = event.target.tagName;
    if (name === "SELECT" || event.target.closest(".scroll")) return;
    if (name === "INPUT" && OF_SLIDERS.includes(event.key)) return;
    if ((name === "BUTTON" || name === "SUMMARY") && event.key === " ") return;
    const by = event.shiftKey ? 6 * STEP_S : STEP_S;
    const does = {
      " ": () => (isPlaying ? pause() : play()),
      ArrowRight: () => seek(now + by),
      ArrowLeft: () => seek(now - by),
      Home: () => seek(facts.fromS),
      End: () => seek(facts.toS),
      n: () => step(1),
      N: () => step(1),
      p: () => step(-1),
      P: () => step(-1),
      Escape: chosen ? () => choose(null) : null,
    }[event.key];
    if (!does) return;
    does();
    event.preventDefault();
  }

  function listen() {
    slider.addEventListener("input", () => {
      const asked = Number(slider.value);
      now = asked + Number(slider.step) > facts.toS ? facts.toS : asked;
      draw();
      refresh();
      speak(words.sentence(state));
    });
    playButton.addEventListener("click", () => (isPlaying ? pause() : play()));
    byId("next").addEventListener("click", () => step(1));
    byId("previous").addEventListener("click", () => step(-1));
    map.canvas.addEventListener("click", (event) => {
      const box = map.canvas.getBoundingClientRect();
      opener = map.canvas.parentElement;
      choose(map.hit(state, event.clientX - box.left, event.clientY - box.top, REACH));
    });
    for (const select of document.querySelectorAll("[data-chooses]")) {
      select.addEventListener("change", () => {
        opener = select;
        choose(select.value === "" ? null : { [select.dataset.chooses]: Number(select.value) });
      });
    }
    byId("release").addEventListener("click", close);
    document.querySelector(".film").addEventListener("keydown", onKey);
    window.addEventListener("beforeprint", () => map.print(labels.write));
    new ResizeObserver(resize).observe(map.canvas.parentElement.parentElement);
    window.addEventListener("resize", resize);
    document.addEventListener("visibilitychange", () => { if (document.hidden) pause(); });
  }

  function resize() {
    timeline.draw();
    map.resize(timeline.height() + byId("status").offsetHeight + BREATH);
    labels.say(state);
    labels.place();
    draw();
  }

  function begin() {
    slider.min = String(facts.fromS);
    slider.max = String(facts.toS);
    slider.step = String(Math.max(1, Math.min(STEP_S, Math.round((facts.toS - facts.fromS) / STEPS))));
    fillSelects(film, words);
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
    }, toPixel: map.toPixel };
}

async function openFilm() {
  document.getElementById("page").classList.remove("still");
  const { facts, names, look, places } = peacesim.read("film");
  const film = makeFilm(facts, names, readColumns(places, await peacesim.unpack("columns")));
  const words = makeWords(film), stage = document.getElementById("stage");
  const map = makeMap(film, look, stage, words);
  const labels = makeLabels(film, map, () => map.frame().width < 520);
  const timeline = makeTimeline(film, look, document.getElementById("line"), words);
  Object.assign(peacesim, makeControls(film, words, map, labels, timeline, makeTables(film, words)));
  window.peacesim = peacesim;
  peacesim.begin();
}

openFilm().catch((error) => {
  document.getElementById("page").classList.add("still");
  document.getElementById("failed").hidden = false;
  throw error;
});
