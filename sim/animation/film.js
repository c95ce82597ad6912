"use strict";

/* The film as the browser has it: the state at any instant, worked out from packed columns. Nothing here draws. */

const UNMANNED = 1, MANNED = 2, POLICE = 3;
const RESERVE_STATES = { 1: "away", 2: "called, on its way", 3: "in the theatre" };
const RESERVE_AWAY = 1, RESERVE_HERE = 3;
const NEVER = -1;
const ARRAYS = {
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, f4: Float32Array,
};

/* Typed arrays by name, from their places in one buffer. */
function readColumns(places, buffer) {
  const columns = {};
  for (const [name, type, offset, length] of places) columns[name] = new ARRAYS[type](buffer, offset, length);
  return columns;
}

/* How many of the sorted values in [begin, end) are at most `most`, as an index from `begin`. */
function indexAfter(values, most, begin, end) {
  let low = begin, high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* Rows by what they belong to, in order of time: rows of `one` are rows[begin[one]] to rows[begin[one + 1]]. */
function grouped(owner, time, nOwners) {
  const rows = Array.from(owner.keys()).sort((a, b) => owner[a] - owner[b] || time[a] - time[b] || a - b);
  const begin = new Int32Array(nOwners + 1);
  for (const one of owner) begin[one + 1] += 1;
  for (let one = 0; one < nOwners; one += 1) begin[one + 1] += begin[one];
  return { begin, rows: Int32Array.from(rows), time: Int32Array.from(rows, (row) => time[row]) };
}

function makeFilm(facts, names, columns) {
  const c = columns;
  const nAreas = c["area.sector"].length, nPosts = c["post.sector"].length, nTours = c["tour.section"].length;
  const nSectors = names.sector.length, nCalls = c["call.section"].length;
  const isOver = (end, t) => end !== NEVER && end <= t;

  const firstStop = new Int32Array(nTours + 1);
  for (let tour = 0; tour < nTours; tour += 1) firstStop[tour + 1] = firstStop[tour] + c["tour.n_stops"][tour];
  let longestTourS = 0;
  for (let tour = 0; tour < nTours; tour += 1) {
    const end = c["tour.ended_s"][tour] === NEVER ? facts.toS + 1 : c["tour.ended_s"][tour];
    longestTourS = Math.max(longestTourS, end - c["tour.departed_s"][tour]);
  }

  /* Visits made, with the tour of each. */
  const made = { area: [], time: [], tour: [] };
  for (let tour = 0; tour < nTours; tour += 1) {
    for (let stop = firstStop[tour]; stop < firstStop[tour + 1]; stop += 1) {
      const time = c["stop.visit_s"][stop], ended = c["tour.ended_s"][tour];
      if (time <= facts.toS && (ended === NEVER || time <= ended)) {
        made.area.push(c["stop.area"][stop]);
        made.time.push(time);
        made.tour.push(tour);
      }
    }
  }
  const visits = grouped(Int32Array.from(made.area), Int32Array.from(made.time), nAreas);
  visits.tour = Int32Array.from(visits.rows, (row) => made.tour[row]);
  const changes = grouped(c["change.post"], c["change.time_s"], nPosts);

  /* A point so far along the way, which on ground with a period takes the shorter side. */
  function along(x0, y0, x1, y1, share) {
    let dx = x1 - x0, dy = y1 - y0;
    if (facts.periodKm) {
      dx -= facts.periodKm[0] * Math.round(dx / facts.periodKm[0]);
      dy -= facts.periodKm[1] * Math.round(dy / facts.periodKm[1]);
    }
    return [x0 + dx * share, y0 + dy * share, Math.hypot(dx, dy) * facts.detourFactor];
  }

  /* Where a tour is: at its base, at a stop, or on the way, which it ends when it would arrive. */
  function tourAt(tour, t) {
    const kind = c["tour.kind"][tour], base = c["tour.sector"][tour];
    const begin = firstStop[tour], end = firstStop[tour + 1];
    const reached = indexAfter(c["stop.visit_s"], t, begin, end);
    const isFirst = reached === begin, goesHome = reached === end;
    const place = (at) => [c["area.km"][2 * c["stop.area"][at]], c["area.km"][2 * c["stop.area"][at] + 1]];
    const home = [c["base.km"][2 * base], c["base.km"][2 * base + 1]];
    const [x0, y0] = isFirst ? home : place(reached - 1);
    const [x1, y1] = goesHome ? home : place(reached);
    const arrives = goesHome ? c["tour.end_s"][tour] : c["stop.visit_s"][reached];
    const speed = isFirst || goesHome ? facts.approachKmH[kind] : facts.speedKmH[kind];
    const wayS = Math.max((along(x0, y0, x1, y1, 0)[2] * 3600) / speed, 1e-9);
    const share = Math.min(1, Math.max(0, 1 - (arrives - t) / wayS));
    return along(x0, y0, x1, y1, share);
  }

  function toursAt(t) {
    const departed = c["tour.departed_s"], out = [];
    const last = indexAfter(departed, t, 0, nTours);
    for (let tour = indexAfter(departed, t - longestTourS - 1, 0, nTours); tour < last; tour += 1) {
      if (isOver(c["tour.ended_s"][tour], t)) continue;
      const [x, y] = tourAt(tour, t);
      out.push({ tour, section: c["tour.section"][tour], sector: c["tour.sector"][tour], x, y });
    }
    return out;
  }

  /* A section that is sent turns out, is on its way, is there, or goes back. */
  function callAt(call, t) {
    const at = (name) => [c[`call.${name}`][2 * call], c[`call.${name}`][2 * call + 1]];
    const released = c["call.released_s"][call], arrives = c["call.arrives_s"][call];
    const setsOff = c["call.sets_off_s"][call];
    const phase = (name, [x, y]) => ({ call, section: c["call.section"][call], sector: c["call.sector"][call],
      incident: c["call.incident"][call], phase: name, x, y });
    if (released !== NEVER && t >= released) {
      const from = at("back_km"), to = at("end_km"), km = along(...from, ...to, 0)[2];
      const wayS = Math.max(1, Math.round((km * 3600) / facts.answerKmH));
      return phase("back", along(...from, ...to, Math.min(1, (t - released) / wayS)));
    }
    if (t >= arrives) return phase("there", at("scene_km"));
    if (t < setsOff) return phase("turns out", at("start_km"));
    return phase("on its way", along(...at("start_km"), ...at("scene_km"), (t - setsOff) / Math.max(1, arrives - setsOff)));
  }

  function callsAt(t) {
    const out = [];
    for (let call = 0; call < nCalls; call += 1) {
      if (c["call.called_s"][call] <= t && !isOver(c["call.home_s"][call], t)) out.push(callAt(call, t));
    }
    return out;
  }

  function incidentsAt(t) {
    const out = [];
    for (let one = 0; one < names.incident.length; one += 1) {
      if (c["incident.arises_s"][one] > t || isOver(c["incident.ended_s"][one], t)) continue;
      const met = c["incident.met_s"][one];
      out.push({ incident: one, id: names.incident[one], sector: c["incident.sector"][one],
        isMet: met !== NEVER && met <= t, x: c["incident.km"][2 * one], y: c["incident.km"][2 * one + 1] });
    }
    return out;
  }

  function lastVisitsAt(t) {
    const last = Int32Array.from(c["area.last_s"]);
    for (let area = 0; area < nAreas; area += 1) {
      const at = indexAfter(visits.time, t, visits.begin[area], visits.begin[area + 1]);
      if (at > visits.begin[area]) last[area] = Math.max(last[area], visits.time[at - 1]);
    }
    return last;
  }

  function postStatesAt(t) {
    const states = Uint8Array.from(c["post.state"]);
    for (let post = 0; post < nPosts; post += 1) {
      const at = indexAfter(changes.time, t, changes.begin[post], changes.begin[post + 1]);
      if (at > changes.begin[post]) states[post] = c["change.state"][changes.rows[at - 1]];
    }
    return states;
  }

  function soldiersAt(t) {
    const row = indexAfter(c["strength.time_s"], t, 0, c["strength.time_s"].length) - 1;
    return c["strength.soldiers"].subarray(row * nSectors, (row + 1) * nSectors);
  }

  /* Reserves: where each is, since when, and how many of its sections are on tour or sent to incidents. */
  function reservesAt(t, tours, calls) {
    const all = names.reserve.map((key) => ({ key, state: RESERVE_AWAY, since: NEVER, onTour: 0, sent: 0 }));
    c["move.time_s"].forEach((time, row) => {
      if (time <= t) Object.assign(all[c["move.reserve"][row]], { state: c["move.state"][row], since: time });
    });
    const count = (rows, what) => {
      for (const { section } of rows) if (c["section.reserve"][section] >= 0) all[c["section.reserve"][section]][what] += 1;
    };
    count(tours, "onTour");
    count(calls, "sent");
    return all;
  }

  /* Soldiers of the reserves that are in the theatre. */
  const reserveSoldiers = (reserves) =>
    reserves.reduce((sum, one, at) => sum + (one.state === RESERVE_HERE ? c["reserve.soldiers"][at] : 0), 0);

  /* Soldiers with and without reserves, at the beginning and whenever one of the two changes. */
  function strengths() {
    const moved = Array.from(c["move.time_s"]).filter((t) => t > facts.fromS);
    const times = [...new Set([...c["strength.time_s"], ...moved])].sort((a, b) => a - b);
    return times.map((t) => {
      const soldiers = soldiersAt(t).reduce((sum, one) => sum + one, 0);
      return { t, soldiers, withReserves: soldiers + reserveSoldiers(reservesAt(t, [], [])) };
    });
  }

  const isCovered = (last, t) => last !== NEVER && t - last < facts.windowS;

  /* Everything at an instant [s]. Calling it changes nothing. */
  function stateAt(t) {
    const tours = toursAt(t), calls = callsAt(t), incidents = incidentsAt(t);
    const lastVisits = lastVisitsAt(t), posts = postStatesAt(t), soldiers = soldiersAt(t);
    const sectors = names.sector.map((_, sector) => ({ soldiers: soldiers[sector], onTour: 0, sent: 0, areas: 0,
      covered: 0, posts: 0, manned: 0, police: 0, incidents: 0 }));
    for (const one of tours) sectors[one.sector].onTour += 1;
    for (const one of calls) sectors[one.sector].sent += 1;
    for (const one of incidents) sectors[one.sector].incidents += 1;
    for (let area = 0; area < nAreas; area += 1) {
      const sector = c["area.sector"][area];
      if (!facts.isPatrolled[sector]) continue;
      sectors[sector].areas += 1;
      sectors[sector].covered += isCovered(lastVisits[area], t) ? 1 : 0;
    }
    for (let post = 0; post < nPosts; post += 1) {
      const its = sectors[c["post.sector"][post]];
      its.posts += 1;
      its.manned += posts[post] === MANNED ? 1 : 0;
      its.police += posts[post] === POLICE ? 1 : 0;
    }
    const all = {};
    for (const key of Object.keys(sectors[0])) all[key] = sectors.reduce((sum, one) => sum + one[key], 0);
    const reserves = reservesAt(t, tours, calls);
    all.withReserves = all.soldiers + reserveSoldiers(reserves);
    return { t, tours, calls, incidents, lastVisits, posts, sectors, all, reserves };
  }

  /* Shares of patrol areas covered and of posts manned, and soldiers, at many instants: the lines on the time line. */
  function linesAt(instants) {
    return instants.map((t) => {
      const { all } = stateAt(t);
      return { t, soldiers: all.soldiers, covered: all.areas ? all.covered / all.areas : NaN,
        manned: all.posts > all.police ? all.manned / (all.posts - all.police) : NaN };
    });
  }

  return { facts, names, columns: c, firstStop, visits, changes, isCovered, tourAt, callAt, toursAt, stateAt, linesAt, strengths };
}
