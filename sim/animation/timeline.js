"use strict";

/* The time line: soldiers and gates, shares covered and manned, and incidents, above a scale of days. */

const HOUR_S = 3600, DAY_S = 86400;
const CAPTION = 16, MARKS = 15, SOLDIERS = 24, SHARES = 44, INCIDENTS = 32, AXIS = 19, GAP = 5;
const SOLDIERS_AND_RESERVES = 34, LEAST_RESERVE = 2.4;
const THUMB = 3;
const CLOTH = 11;
const N_SAMPLES = 600;

function makeTimeline(film, look, canvas, words) {
  const { facts, names, columns: c } = film;
  const pen = canvas.getContext("2d");
  const step = (facts.toS - facts.fromS) / N_SAMPLES;
  const lines = film.linesAt(Array.from({ length: N_SAMPLES + 1 }, (_, at) => facts.fromS + at * step));
  const hasIncidents = names.incident.length > 0;
  const flags = words.flags(), strengths = film.strengths();
  const hasReserves = strengths.some((one) => one.withReserves > one.soldiers);
  const soldiersHigh = hasReserves ? SOLDIERS_AND_RESERVES : SOLDIERS;
  let lanes = 0;
  const heightNow = () => CAPTION + lanes * MARKS + soldiersHigh + GAP + CAPTION + SHARES + (hasIncidents ? GAP + CAPTION + INCIDENTS : 0) + AXIS;
  let width = 0, height = 0;

  const x = (t) => THUMB / 2 + ((t - facts.fromS) / (facts.toS - facts.fromS)) * (width - THUMB);

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    width = canvas.parentElement.clientWidth;
    const placed = placeFlags();
    height = heightNow();
    canvas.parentElement.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    drawDays();
    let top = CAPTION + lanes * MARKS;
    drawSoldiers(top);
    drawFlags(placed, top);
    top += soldiersHigh + GAP + CAPTION;
    drawShares(top);
    if (hasIncidents) drawIncidents(top + SHARES + GAP + CAPTION);
  }

  function text(words, px, py, { colour = look.grey, align = "left", bold = false, halo = false } = {}) {
    pen.font = `${bold ? "bold " : ""}12px ${look.font}`;
    pen.textAlign = align;
    pen.textBaseline = "alphabetic";
    if (halo) {
      pen.lineWidth = 3;
      pen.strokeStyle = "#ffffff";
      pen.strokeText(words, px, py);
    }
    pen.fillStyle = colour;
    pen.fillText(words, px, py);
  }

  function drawDays() {
    const span = facts.toS - facts.fromS;
    const most = Math.max(2, Math.floor(width / 74));
    const every = [HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, ...[1, 2, 7, 14, 28, 56, 112].map((n) => n * DAY_S)]
      .find((one) => span / one <= most) || 365 * DAY_S;
    pen.lineWidth = 1;
    for (let t = Math.ceil(facts.fromS / every) * every; t <= facts.toS; t += every) {
      const at = Math.round(x(t)) + 0.5;
      pen.strokeStyle = look.grid;
      pen.beginPath();
      pen.moveTo(at, 0);
      pen.lineTo(at, height - AXIS + 4);
      pen.stroke();
      const label = t % DAY_S ? words.clockOf(t) : words.dateOf(t);
      if (at + pen.measureText(label).width + 4 < width) text(label, at + 3, height - 5);
    }
  }

  function curve(points, colour, dash, isStep) {
    pen.beginPath();
    let before = null;
    for (const [px, py] of points) {
      if (Number.isNaN(py)) continue;
      if (isStep && before !== null) pen.lineTo(px, before);
      pen.lineTo(px, py);
      before = py;
    }
    pen.lineJoin = "round";
    pen.lineWidth = 1.8;
    pen.strokeStyle = colour;
    pen.setLineDash(dash);
    pen.stroke();
    pen.setLineDash([]);
  }

  function drawSoldiers(top) {
    const levels = strengths.map((one) => one.soldiers), total = strengths.map((one) => one.withReserves);
    const most = Math.max(...total, 1);
    const y = (soldiers) => top + soldiersHigh * (1 - soldiers / most);
    const pointsOf = (values) => [...strengths.map((one, row) => [x(one.t), y(values[row])]), [x(facts.toS), y(values.at(-1))]];
    const fill = (values, floor, colour) => {
      const points = pointsOf(values);
      pen.beginPath();
      pen.moveTo(x(facts.fromS), floor);
      points.forEach(([px, py], at) => {
        if (at) pen.lineTo(px, points[at - 1][1]);
        pen.lineTo(px, py);
      });
      pen.lineTo(x(facts.toS), floor);
      pen.fillStyle = colour;
      pen.fill();
    };
    if (hasReserves) drawReserves(pointsOf(levels), pointsOf(total));
    fill(levels, top + soldiersHigh, look.ground);
    curve(pointsOf(levels), look.ink, [], true);
    const range = new Set([Math.max(...levels), Math.min(...levels)]);
    const said = `Soldiers: ${Array.from(range, words.count).join(" to ")}`;
    text(said, 2, CAPTION - 5, { colour: look.ink, bold: true });
    if (!hasReserves) return;
    const left = 2 + pen.measureText(said).width + 14;
    pen.fillStyle = look.reserves;
    pen.fillRect(left, CAPTION - 14, 10, 10);
    const inFull = `with reserves up to ${words.count(most)}`, fits = left + 15 + pen.measureText(inFull).width < width;
    text(fits ? inFull : "with reserves", left + 15, CAPTION - 5, { colour: look.ink, bold: true });
  }

  /* Reserves stand on the strength. However few, they are seen above its line. */
  function drawReserves(levels, total) {
    pen.fillStyle = look.reserves;
    total.slice(1).forEach(([px], at) => {
      const low = levels[at][1], high = total[at][1];
      if (high === low) return;
      const up = Math.min(high, low - LEAST_RESERVE);
      pen.fillRect(total[at][0], up, px - total[at][0], low - up);
    });
  }

  /* Flags with names, in as many lanes as they need; near the right end they point left. */
  function placeFlags() {
    const ends = [];
    pen.font = `bold 12px ${look.font}`;
    const placed = flags.map((flag) => {
      const at = x(flag.t);
      const label = pen.measureText(flag.text).width > width - 2 * CLOTH ? flag.short : flag.text;
      const wide = pen.measureText(label).width, pointsRight = at + CLOTH + wide < width;
      const left = pointsRight ? at + CLOTH : Math.max(0, at - CLOTH - wide);
      const begin = Math.min(left, at), end = Math.max(left + wide, at) + CLOTH;
      let lane = ends.findIndex((one) => one <= begin);
      if (lane < 0) lane = ends.push(0) - 1;
      ends[lane] = end;
      return { at, label, left, lane, side: at + CLOTH < width ? 1 : -1 };
    });
    lanes = ends.length;
    return placed;
  }

  function drawFlags(placed, bottom) {
    for (const { at, lane, side } of placed) {
      const top = CAPTION + lane * MARKS;
      pen.fillStyle = pen.strokeStyle = look.flag;
      pen.lineWidth = 1.6;
      pen.beginPath();
      pen.moveTo(at, top);
      pen.lineTo(at, bottom + soldiersHigh);
      pen.stroke();
      pen.beginPath();
      pen.moveTo(at, top);
      pen.lineTo(at + 8 * side, top + 4);
      pen.lineTo(at, top + 8);
      pen.fill();
    }
    for (const { label, left, lane } of placed) {
      text(label, left, CAPTION + lane * MARKS + 9, { colour: look.flag, bold: true, halo: true });
    }
  }

  function drawShares(top) {
    const y = (share) => top + SHARES * (1 - share);
    for (const share of [0, 0.5, 1]) {
      pen.strokeStyle = share ? look.grid : look.grey;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(0, Math.round(y(share)) + 0.5);
      pen.lineTo(width, Math.round(y(share)) + 0.5);
      pen.stroke();
    }
    curve(lines.map((one) => [x(one.t), y(one.manned)]), look.manned, [6, 3], true);
    curve(lines.map((one) => [x(one.t), y(one.covered)]), look.covered, []);
    key(2, top - 5, [["Areas covered", look.covered, []], ["posts manned", look.manned, [6, 3]]]);
    text("100 %", width - 2, top - 5, { align: "right" });
    text("0", width - 2, y(0) - 3, { align: "right", halo: true });
  }

  function key(left, baseline, entries) {
    for (const [name, colour, dash, thick = 2] of entries) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.setLineDash(dash);
      pen.beginPath();
      pen.moveTo(left, baseline - 4);
      pen.lineTo(left + 24, baseline - 4);
      pen.stroke();
      pen.setLineDash([]);
      text(name, left + 29, baseline, { colour: look.ink, bold: true });
      left += 29 + pen.measureText(name).width + 16;
    }
  }

  /* Bars in lanes: high until an incident is met, half as high from then to its end. */
  function drawIncidents(top) {
    const ends = [], bars = names.incident.map((_, one) => {
      const end = c["incident.ended_s"][one];
      return { from: c["incident.arises_s"][one], met: c["incident.met_s"][one], to: end === NEVER ? facts.toS : end };
    }).filter((bar) => bar.to > facts.fromS).sort((a, b) => a.from - b.from);
    for (const bar of bars) {
      let lane = ends.findIndex((end) => x(end) + 1 < x(bar.from));
      if (lane < 0) lane = ends.push(0) - 1;
      bar.lane = lane;
      ends[lane] = Math.max(bar.to, bar.from + (2 * (facts.toS - facts.fromS)) / width);
    }
    const high = Math.min(8, INCIDENTS / Math.max(ends.length, 1));
    const thick = Math.max(1, high - 1);
    const fill = (from, to, colour, lane, share) => {
      const left = x(Math.max(from, facts.fromS)), wide = Math.max(1.5, x(Math.min(to, facts.toS)) - left);
      pen.fillStyle = colour;
      pen.fillRect(left, top + lane * high + (thick * (1 - share)) / 2, wide, thick * share);
    };
    for (const bar of bars) {
      const met = bar.met === NEVER ? bar.to : Math.min(bar.met, bar.to);
      if (bar.met !== NEVER) fill(met, bar.to, look.met, bar.lane, 0.5);
      if (met > facts.fromS) fill(bar.from, met, look.waiting, bar.lane, 1);
    }
    key(2, top - 5, [["Incidents: waiting", look.waiting, [], 6], ["met", look.met, [], 3]]);
  }

  return { draw, height: () => height };
}
