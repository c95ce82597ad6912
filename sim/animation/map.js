"use strict";

/* The map: three canvases, one upon the other. Areas are painted when they fade by a step, posts when one changes,
   and what moves in every frame. Lengths are CSS pixels. */

const TAU = 2 * Math.PI;
const MARGIN = 10, FOOT = 16;
const HALO = 1.2;
const LEAST_HIGH = 300, MOST_HIGH = 720;

function makeMap(film, look, stage, words) {
  const { columns: c, names, facts } = film;
  const layers = ["areas", "posts", "moving"].map((name) => stage.querySelector(`canvas.${name}`));
  const movingCanvas = layers[2];
  const [areas, posts, moving] = layers.map((canvas) => canvas.getContext("2d"));
  const labels = stage.querySelector(".labels");
  const nAreas = c["area.sector"].length;
  const box = boundsOf([c["outline.km"], c["post.km"], c["base.km"]]);
  let frame = null, cells = [], outline = null, borders = null, hatch = null;
  let painted = new Int8Array(nAreas).fill(-1), paintedPosts = null;

  function boundsOf(arrays) {
    const bounds = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    for (const km of arrays) {
      for (let at = 0; at < km.length; at += 2) {
        bounds.left = Math.min(bounds.left, km[at]);
        bounds.right = Math.max(bounds.right, km[at]);
        bounds.bottom = Math.min(bounds.bottom, km[at + 1]);
        bounds.top = Math.max(bounds.top, km[at + 1]);
      }
    }
    return bounds;
  }

  const x = (km) => frame.left + (km - box.left) * frame.scale;
  const y = (km) => frame.top + (box.top - km) * frame.scale;

  function pathOf(km, from, n, closed) {
    const path = new Path2D();
    for (let at = from; at < from + n; at += 1) path.lineTo(x(km[2 * at]), y(km[2 * at + 1]));
    if (closed) path.closePath();
    return path;
  }

  /* Fit the theatre to the room there is: what is above it and the time line below are seen with it. */
  function resize(below) {
    const width = stage.clientWidth, ratio = window.devicePixelRatio || 1;
    const wide = Math.max(box.right - box.left, 1e-6), high = Math.max(box.top - box.bottom, 1e-6);
    const above = stage.getBoundingClientRect().top + window.scrollY;
    const most = Math.max(LEAST_HIGH, Math.min(MOST_HIGH, window.innerHeight - above - below));
    const scale = Math.min((width - 2 * MARGIN) / wide, (most - MARGIN - FOOT) / high);
    const height = Math.round(high * scale + MARGIN + FOOT);
    stage.style.height = `${height}px`;
    for (const canvas of layers) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    frame = { width, height, scale, left: (width - wide * scale) / 2, top: MARGIN };
    frame.cell = look.cellKm * scale;
    outline = pathOf(c["outline.km"], 0, c["outline.km"].length / 2, true);
    cells = [];
    let at = 0;
    for (const n of c["cell.n"]) {
      cells.push(pathOf(c["cell.km"], at, n, true));
      at += n;
    }
    borders = new Path2D();
    for (let row = 0; row < c["border.km"].length / 4; row += 1) borders.addPath(pathOf(c["border.km"], 2 * row, 2, false));
    painted.fill(-1);
    paintedPosts = null;
    hatch = hatching();
  }

  function hatching() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = look.never;
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = look.hatch;
    pen.beginPath();
    for (const shift of [-6, 0, 6]) {
      pen.moveTo(shift, 6);
      pen.lineTo(shift + 6, 0);
    }
    pen.stroke();
    return areas.createPattern(tile, "repeat");
  }

  /* The step of the colours, the last for areas not visited yet. */
  function stepOf(last, t) {
    if (last === NEVER) return look.steps.length;
    const step = look.endsS.findIndex((end) => t - last < end);
    return step < 0 ? look.endsS.length : step;
  }

  function paintAreas(state) {
    let isAny = false;
    for (let area = 0; area < nAreas; area += 1) {
      const step = stepOf(state.lastVisits[area], state.t);
      if (step === painted[area]) continue;
      painted[area] = step;
      if (!isAny) {
        isAny = true;
        areas.save();
        areas.clip(outline);
        areas.strokeStyle = "#ffffff";
        areas.lineWidth = Math.min(1, frame.cell / 12);
      }
      areas.fillStyle = step === look.steps.length ? hatch : look.steps[step];
      areas.fill(cells[area]);
      areas.stroke(cells[area]);
    }
    if (isAny) areas.restore();
  }

  const sizeOf = (task, state) => {
    const mark = look.posts[task];
    const size = Math.min(Math.max(mark.ofCell * frame.cell, mark.least), mark.most);
    return state === POLICE ? Math.max(1.7 * size, 6.5) : size;
  };

  function shape(pen, kind, px, py, size) {
    const r = size / 2;
    pen.beginPath();
    if (kind === "circle") pen.arc(px, py, r, 0, TAU);
    else if (kind === "square") pen.rect(px - r, py - r, size, size);
    else if (kind === "triangle") polygon(pen, [[0, -r], [r, 0.8 * r], [-r, 0.8 * r]], px, py);
    else if (kind === "diamond") polygon(pen, [[0, -r], [r, 0], [0, r], [-r, 0]], px, py);
    else if (kind === "plus") polygon(pen, PLUS.map(([a, b]) => [a * r, b * r]), px, py);
    else polygon(pen, STAR.map(([a, b]) => [a * r, b * r]), px, py);
  }

  function polygon(pen, corners, px, py) {
    for (const [dx, dy] of corners) pen.lineTo(px + dx, py + dy);
    pen.closePath();
  }

  function paintPosts(state) {
    if (paintedPosts && paintedPosts.every((one, post) => one === state.posts[post])) return;
    paintedPosts = state.posts;
    posts.clearRect(0, 0, frame.width, frame.height);
    posts.lineJoin = "round";
    posts.save();
    posts.clip(outline);
    for (const [colour, width] of [["#ffffff", 3.4], [look.ink, 1.3]]) {
      posts.strokeStyle = colour;
      posts.lineWidth = width;
      posts.stroke(borders);
    }
    posts.restore();
    posts.strokeStyle = look.ink;
    posts.lineWidth = 1.5;
    posts.stroke(outline);
    for (const task of look.order) {
      state.posts.forEach((its, post) => {
        if (c["post.task"][post] === task) drawPost(posts, post, its);
      });
    }
    c["base.km"].forEach((km, at) => {
      if (at % 2) return;
      shape(posts, "star", x(km), y(c["base.km"][at + 1]), 13);
      finish(posts, look.marks.base);
    });
    drawScale();
  }

  /* Fill a shape and draw its edge; a halo outside the edge lets it stand out from any ground. */
  function finish(pen, { fill, edge, width, halo }) {
    if (halo) {
      pen.strokeStyle = halo;
      pen.lineWidth = width + 2 * HALO;
      pen.stroke();
    }
    pen.fillStyle = fill;
    pen.strokeStyle = edge;
    pen.lineWidth = width;
    pen.fill();
    pen.stroke();
  }

  function drawPost(pen, post, its) {
    const task = c["post.task"][post], size = sizeOf(task, its);
    shape(pen, its === POLICE ? "plus" : look.posts[task].shape, x(c["post.km"][2 * post]), y(c["post.km"][2 * post + 1]), size);
    finish(pen, look.marks[{ [UNMANNED]: "unmanned", [MANNED]: "manned", [POLICE]: "police" }[its]]);
  }

  function drawScale() {
    const km = look.barKm, length = km * frame.scale, left = MARGIN, top = frame.height - 10;
    posts.fillStyle = look.ink;
    posts.font = `12px ${look.font}`;
    posts.textBaseline = "alphabetic";
    posts.fillRect(left, top, length / 2, 4);
    posts.strokeStyle = look.ink;
    posts.lineWidth = 1;
    posts.strokeRect(left + 0.5, top + 0.5, length - 1, 3);
    posts.fillText(`${km} km`, left, top - 5);
    posts.textAlign = "right";
    posts.fillText("N ↑", frame.width - MARGIN, top + 2);
    posts.textAlign = "left";
  }

  function drawTrail(one, t) {
    const began = c["tour.departed_s"][one.tour];
    moving.beginPath();
    moving.moveTo(x(one.x), y(one.y));
    for (const back of look.trailS) {
      if (t - back < began) break;
      const [kmX, kmY] = film.tourAt(one.tour, t - back);
      moving.lineTo(x(kmX), y(kmY));
    }
    moving.stroke();
  }

  function dot(one, kind, size, mark) {
    shape(moving, kind, x(one.x), y(one.y), size);
    finish(moving, mark);
  }

  /* Half a diamond is filled while a section turns out, all of it on its way, none on its way back. */
  function drawCall(one, size) {
    if (one.phase === "on its way") {
      dot(one, "diamond", size, look.marks.sent);
      return;
    }
    dot(one, "diamond", size, look.marks.back);
    if (one.phase !== "turns out") return;
    const px = x(one.x), py = y(one.y), r = size / 2;
    moving.beginPath();
    polygon(moving, [[-r, 0], [r, 0], [0, r]], px, py);
    moving.fillStyle = look.marks.sent.fill;
    moving.fill();
  }

  function drawIncident(one) {
    const px = x(one.x), py = y(one.y), r = 9;
    moving.beginPath();
    polygon(moving, BURST.map(([a, b]) => [a * r, b * r]), px, py);
    finish(moving, one.isMet ? look.marks.met : look.marks.waiting);
    moving.fillStyle = look.ink;
    moving.font = `bold 11px ${look.font}`;
    moving.textAlign = "center";
    moving.textBaseline = "middle";
    moving.fillText(one.isMet ? "✓" : "!", px, py + 0.5);
  }

  function paintMoving(state, chosen) {
    moving.clearRect(0, 0, frame.width, frame.height);
    moving.lineJoin = moving.lineCap = "round";
    for (const [colour, width] of [["#ffffff", 3.4], [look.marks.tour.fill, 1.6]]) {
      moving.strokeStyle = colour;
      moving.lineWidth = width;
      for (const one of state.tours) drawTrail(one, state.t);
    }
    const size = Math.min(8, Math.max(5.5, frame.cell / 2.6));
    for (const one of state.tours) dot(one, "circle", size, look.marks.tour);
    for (const [colour, width, dash] of [["#ffffff", 3.4, []], [look.marks.sent.fill, 1.4, [5, 3]]]) {
      moving.strokeStyle = colour;
      moving.lineWidth = width;
      moving.setLineDash(dash);
      for (const one of state.calls) if (one.phase === "on its way") drawWay(one);
    }
    moving.setLineDash([]);
    for (const one of state.incidents) drawIncident(one);
    const there = new Map();
    for (const one of state.calls) {
      if (one.phase !== "there") drawCall(one, size + 3);
      else there.set(one.incident, (there.get(one.incident) || 0) + 1);
    }
    there.forEach((n, incident) => drawThere(incident, n));
    if (chosen) drawChosen(state, chosen);
  }

  function drawWay(one) {
    moving.beginPath();
    moving.moveTo(x(one.x), y(one.y));
    moving.lineTo(x(c["call.scene_km"][2 * one.call]), y(c["call.scene_km"][2 * one.call + 1]));
    moving.stroke();
  }

  /* How many sections are at a scene, beside it. */
  function drawThere(incident, n) {
    const px = x(c["incident.km"][2 * incident]) + 13, py = y(c["incident.km"][2 * incident + 1]) - 8;
    shape(moving, "diamond", px, py, 11);
    finish(moving, look.marks.sent);
    moving.font = `bold 11px ${look.font}`;
    moving.textAlign = "left";
    moving.textBaseline = "middle";
    moving.lineWidth = 3;
    moving.strokeStyle = "#ffffff";
    moving.strokeText(String(n), px + 7, py);
    moving.fillStyle = look.ink;
    moving.fillText(String(n), px + 7, py);
    moving.textAlign = "left";
  }

  function drawChosen(state, chosen) {
    const at = placeOf(state, chosen);
    if (chosen.section !== undefined) drawRoute(state, chosen.section);
    if (chosen.area !== undefined) {
      moving.strokeStyle = look.accent;
      moving.lineWidth = 2.5;
      moving.stroke(cells[chosen.area]);
    }
    if (!at || chosen.area !== undefined) return;
    for (const [colour, width] of [["#ffffff", 5], [look.accent, 2.5]]) {
      moving.beginPath();
      moving.arc(x(at[0]), y(at[1]), 11, 0, TAU);
      moving.strokeStyle = colour;
      moving.lineWidth = width;
      moving.stroke();
    }
  }

  function drawRoute(state, section) {
    const one = state.tours.find((its) => its.section === section);
    if (!one) return;
    const base = one.sector, begin = film.firstStop[one.tour], end = film.firstStop[one.tour + 1];
    const path = new Path2D();
    path.moveTo(x(c["base.km"][2 * base]), y(c["base.km"][2 * base + 1]));
    for (let stop = begin; stop < end; stop += 1) {
      const area = c["stop.area"][stop];
      path.lineTo(x(c["area.km"][2 * area]), y(c["area.km"][2 * area + 1]));
    }
    path.closePath();
    moving.lineWidth = 4;
    moving.strokeStyle = "#ffffff";
    moving.stroke(path);
    moving.lineWidth = 1.8;
    moving.strokeStyle = look.accent;
    moving.stroke(path);
    dot(one, "circle", 9, look.marks.tour);
  }

  /* Position [km] of what is chosen; nothing if it is not on the map. */
  function placeOf(state, chosen) {
    if (chosen.post !== undefined) return [c["post.km"][2 * chosen.post], c["post.km"][2 * chosen.post + 1]];
    if (chosen.area !== undefined) return [c["area.km"][2 * chosen.area], c["area.km"][2 * chosen.area + 1]];
    if (chosen.incident !== undefined) {
      return [c["incident.km"][2 * chosen.incident], c["incident.km"][2 * chosen.incident + 1]];
    }
    const one = [...state.tours, ...state.calls].find((its) => its.section === chosen.section);
    return one ? [one.x, one.y] : null;
  }

  /* What is at a point of the stage: the nearest mark within reach, else the area. */
  function hit(state, px, py, reach) {
    let best = null, least = reach;
    const offer = (kmX, kmY, what, favour) => {
      const away = Math.hypot(x(kmX) - px, y(kmY) - py) - favour;
      if (away < least) [best, least] = [what, away];
    };
    for (const one of state.incidents) offer(one.x, one.y, { incident: one.incident }, 4);
    for (const one of state.calls) if (one.phase !== "there") offer(one.x, one.y, { section: one.section }, 2);
    for (const one of state.tours) offer(one.x, one.y, { section: one.section }, 1);
    for (let post = 0; post < state.posts.length; post += 1) {
      offer(c["post.km"][2 * post], c["post.km"][2 * post + 1], { post }, 0);
    }
    if (best) return best;
    if (!moving.isPointInPath(outline, px * moving.getTransform().a, py * moving.getTransform().d)) return null;
    let area = 0, nearest = Infinity;
    for (let one = 0; one < nAreas; one += 1) {
      const away = Math.hypot(x(c["area.km"][2 * one]) - px, y(c["area.km"][2 * one + 1]) - py);
      if (away < nearest) [area, nearest] = [one, away];
    }
    return { area };
  }

  const toPixel = (kmX, kmY) => [x(kmX), y(kmY)];
  const isInside = (px, py) => {
    const ratio = moving.getTransform().a;
    return moving.isPointInPath(outline, px * ratio, py * ratio);
  };

  function draw(state, chosen) {
    paintAreas(state);
    paintPosts(state);
    paintMoving(state, chosen);
  }

  /* All layers and the names on one canvas, which is what a printer gets. What moves is above the names. */
  function print(writeNames) {
    const paper = stage.querySelector("canvas.paper"), pen = paper.getContext("2d");
    [paper.width, paper.height] = [movingCanvas.width, movingCanvas.height];
    for (const canvas of layers.slice(0, 2)) pen.drawImage(canvas, 0, 0);
    pen.setTransform(moving.getTransform());
    writeNames(pen, look);
    pen.resetTransform();
    pen.drawImage(movingCanvas, 0, 0);
  }

  return { resize, draw, print, hit, toPixel, isInside, placeOf, labels, canvas: movingCanvas, frame: () => frame };
}

const PLUS = [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1],
  [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]];
const STAR = spikes(5, 0.42), BURST = spikes(8, 0.72);

function spikes(n, inner) {
  return Array.from({ length: 2 * n }, (_, at) => {
    const r = at % 2 ? inner : 1, angle = (Math.PI * at) / n - Math.PI / 2;
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
}
