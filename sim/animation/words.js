"use strict";

/* What happened in words: the log of a section, a post, an area or an incident, and the events worth stepping to. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TASK_WORDS = {
  crossing_points: ["crossing point", "crossing points"],
  sites: ["site", "sites"],
  checkpoints: ["checkpoint", "checkpoints"],
};
const DUTY_WORDS = { crossing_points: "a crossing point", reserve: "the reserve", sites: "a site",
  checkpoints: "a checkpoint", patrols: "patrol duty", standby: "standby" };
const ENDS = { 1: "contained", 2: "escalates", 3: "ends unanswered" };
const FINDINGS = { "too-tense": "too tense", "calm-too-short": "calm for too short a time",
  "not-approved": "not approved", decided: "decided", "stays-open": "stays open", "to-be-reversed": "to be reversed" };

function makeWords(film) {
  const { facts, names, columns: c } = film;
  const startMs = Date.parse(`${facts.start}T00:00:00Z`);
  const count = (n) => Math.round(n).toLocaleString("en-GB");
  const counted = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;
  const pad = (n) => String(n).padStart(2, "0");

  function dateOf(t) {
    const date = new Date(startMs + Math.floor(t) * 1000);
    return `${DAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  }
  const yearOf = (t) => new Date(startMs + Math.floor(t) * 1000).getUTCFullYear();
  function clockOf(t) {
    const date = new Date(startMs + Math.floor(t) * 1000);
    return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  }
  const timeOf = (t) => `${dateOf(t)}, ${clockOf(t)}`;

  const plain = (key) => key.replace(/[-_]/g, " ");
  const sectionName = (section) => names.section[section];
  const areaName = (area) => `area ${area}, ${names.municipality[c["area.municipality"][area]]}`;
  const kindOf = (incident) => plain(names["incident.kind"][c["incident.kind"][incident]]);
  function placeOf(incident) {
    const post = c["incident.post"][incident], area = c["incident.area"][incident];
    return post >= 0 ? names.post[post] : area >= 0 ? areaName(area) : names.sector[c["incident.sector"][incident]];
  }
  const incidentName = (incident) => `${kindOf(incident)}, ${placeOf(incident)}`;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  const inFilm = (row) => row.t >= facts.fromS && row.t <= facts.toS;
  const inOrder = (rows) => rows.filter(inFilm).sort((a, b) => a.t - b.t);

  function callRows(call, tellsSection) {
    const incident = c["call.incident"][call], rows = [];
    const who = tellsSection ? `${sectionName(c["call.section"][call])} ` : "";
    const say = (t, text) => { if (t !== NEVER) rows.push({ t, text: tellsSection ? who + text : capital(text) }); };
    const duty = DUTY_WORDS[names.duty[c["call.duty"][call]]];
    say(c["call.called_s"][call], `is called${tellsSection ? "" : ` to ${incidentName(incident)},`} from ${duty}`);
    say(c["call.arrived_s"][call], "arrives");
    say(c["call.released_s"][call], "is released");
    if (!tellsSection) say(c["call.home_s"][call], "is back, or called again on the way");
    return rows;
  }

  function logOfSection(section) {
    const rows = [];
    c["tour.section"].forEach((one, tour) => {
      if (one !== section) return;
      const ended = c["tour.ended_s"][tour];
      rows.push({ t: c["tour.departed_s"][tour], text: `Sets out, ${plain(names.kind[c["tour.kind"][tour]])} patrol` });
      for (let stop = film.firstStop[tour]; stop < film.firstStop[tour + 1]; stop += 1) {
        const t = c["stop.visit_s"][stop];
        if (ended === NEVER || t <= ended) rows.push({ t, text: `Reaches ${areaName(c["stop.area"][stop])}` });
      }
      if (ended !== NEVER) rows.push({ t: ended, text: c["tour.called"][tour] ? "Tour broken off" : "Back at base" });
    });
    c["call.section"].forEach((one, call) => { if (one === section) rows.push(...callRows(call, false)); });
    return inOrder(rows);
  }

  const STATE_WORDS = { [UNMANNED]: "unmanned", [MANNED]: "manned", [POLICE]: "handed over to the police" };

  function logOfPost(post) {
    const rows = [];
    for (let at = film.changes.begin[post]; at < film.changes.begin[post + 1]; at += 1) {
      rows.push({ t: film.changes.time[at], text: capital(STATE_WORDS[c["change.state"][film.changes.rows[at]]]) });
    }
    c["incident.post"].forEach((one, incident) => { if (one === post) rows.push(...incidentRows(incident)); });
    return inOrder(rows);
  }

  function logOfArea(area) {
    const rows = [];
    for (let at = film.visits.begin[area]; at < film.visits.begin[area + 1]; at += 1) {
      const section = c["tour.section"][film.visits.tour[at]];
      rows.push({ t: film.visits.time[at], text: `Visited by ${sectionName(section)}` });
    }
    c["incident.area"].forEach((one, incident) => { if (one === area) rows.push(...incidentRows(incident)); });
    return inOrder(rows);
  }

  function incidentRows(incident) {
    const name = capital(incidentName(incident)), needed = c["incident.n_needed"][incident], rows = [];
    const needs = counted(needed, "section", "sections");
    rows.push({ t: c["incident.arises_s"][incident], text: `${name}: arises, needs ${needs}` });
    const met = c["incident.met_s"][incident], ended = c["incident.ended_s"][incident];
    if (met !== NEVER) rows.push({ t: met, text: `${name}: met, ${needs} there` });
    if (ended !== NEVER) rows.push({ t: ended, text: `${name}: ${ENDS[c["incident.end"][incident]]}` });
    return rows;
  }

  function logOfIncident(incident) {
    const rows = incidentRows(incident);
    c["call.incident"].forEach((one, call) => { if (one === incident) rows.push(...callRows(call, true)); });
    return inOrder(rows);
  }

  /* Posts that change together, in one sector, of one task, into one state, are one event. */
  function postEvents() {
    const groups = new Map();
    c["change.time_s"].forEach((t, row) => {
      const post = c["change.post"][row], state = c["change.state"][row];
      const key = [t, c["post.sector"][post], c["post.task"][post], state].join();
      if (!groups.has(key)) groups.set(key, { t, posts: [], state });
      groups.get(key).posts.push(post);
    });
    return Array.from(groups.values(), ({ t, posts, state }) => {
      const [one, many] = TASK_WORDS[names.task[c["post.task"][posts[0]]]];
      const who = posts.length === 1 ? names.post[posts[0]] : counted(posts.length, one, many);
      return { t, sort: "posts", text: `${names.sector[c["post.sector"][posts[0]]]}: ${who} ${STATE_WORDS[state]}` };
    });
  }

  const quoted = (key) => `“${plain(key)}”`;
  function listed(parts) {
    return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
  }

  function markText(row) {
    const who = names.mark[row], kind = c["mark.kind"][row], value = c["mark.value"][row];
    const [, finding] = names["mark.place"][row].split("/");
    const soldiers = `${count(value)} soldiers`;
    switch (facts.markKinds[kind]) {
      case "strength_changes": return who === "rule" ? `The rule: ${soldiers}` : `${capital(plain(who))}: ${soldiers}`;
      case "reserve_called": return `Reserve ${quoted(who)} is called, ${soldiers}`;
      case "reserve_arrives": return `Reserve ${quoted(who)} arrives, ${soldiers}`;
      case "reserve_leaves": return `Reserve ${quoted(who)} leaves`;
      case "gate_reviewed": return `${who} is reviewed: ${FINDINGS[finding] || finding}`;
      case "gate_opens": return `${who} opens, ${soldiers}`;
      default: return `${who} is reversed, ${soldiers}`;
    }
  }

  /* Flags of the time line: what changes at an instant in a few words, and in fewer; without reviews and rules. */
  function flags() {
    const groups = new Map();
    c["mark.time_s"].forEach((t, row) => {
      const [what, does] = facts.markKinds[c["mark.kind"][row]].split("_");
      if (does === "reviewed" || (what === "strength" && names.mark[row] === "rule")) return;
      const key = what === "reserve" ? `${t} ${does}` : `${t} ${row}`;
      if (!groups.has(key)) groups.set(key, { t, what, does, who: [] });
      groups.get(key).who.push(names.mark[row]);
    });
    return Array.from(groups.values(), ({ t, what, does, who }) => {
      if (what === "strength") return { t, text: capital(plain(who[0])), short: capital(plain(who[0])) };
      if (what === "gate") return { t, text: `${who[0]} ${does}`, short: `${who[0]} ${does}` };
      const verb = who.length > 1 ? does.replace(/s$/, "") : does;
      return { t, text: `${who.length > 1 ? "Reserves" : "Reserve"} ${listed(who.map(quoted))} ${verb}`,
        short: `${counted(who.length, "reserve", "reserves")} ${verb}` };
    });
  }

  function markEvents() {
    return Array.from(c["mark.time_s"], (t, row) => ({ t, sort: "force", text: markText(row),
      kind: facts.markKinds[c["mark.kind"][row]] }));
  }

  function allEvents() {
    const incidents = names.incident.flatMap((_, incident) =>
      incidentRows(incident).map((row) => ({ ...row, sort: "incidents", incident })));
    const shifts = Array.from(c["shift.time_s"], (t) => ({ t, sort: "shifts", text: "Shifts change" }));
    return inOrder([...markEvents(), ...postEvents(), ...incidents, ...shifts]);
  }

  const covered = (its) => (its.areas ? `${count(its.covered)} of ${count(its.areas)}` : "–");

  /* The state in a sentence, for those who do not see it. */
  function sentence(state) {
    const { all } = state;
    const parts = [`${counted(all.onTour, "section", "sections")} on tour`];
    parts.push(`${count(all.manned)} of ${count(all.posts - all.police)} posts manned`);
    if (all.areas) parts.push(`${count(all.covered)} of ${count(all.areas)} areas covered`);
    if (facts.hasIncidents) parts.push(counted(all.incidents, "open incident", "open incidents"));
    return `${timeOf(state.t)}: ${parts.join(", ")}.`;
  }

  return { count, counted, dateOf, yearOf, clockOf, timeOf, plain, capital, sectionName, areaName, incidentName,
    logOfSection, logOfPost, logOfArea, logOfIncident, flags, quoted, allEvents, covered, sentence, STATE_WORDS };
}
