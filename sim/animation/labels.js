"use strict";

/* Names on the map: of sectors where they hide least, of crossing points outside the outline where there is room,
   in two lines if need be. */

const AWAY = 9;

function makeLabels(film, map, isNarrow) {
  const { columns: c, names } = film;
  const sectorLabels = names.sector.map((name) => {
    const label = peacesim.element("div", { class: "label" });
    label.append(peacesim.element("b", {}, name), peacesim.element("span"));
    return label;
  });
  const crossings = Array.from(c["post.task"].keys()).filter((post) => names.task[c["post.task"][post]] === "crossing_points");
  const crossingLabels = crossings.map((post) => peacesim.element("div", { class: "label crossing" }, names.post[post]));
  map.labels.append(...sectorLabels, ...crossingLabels);

  const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const boxAt = (px, py, width, height) => ({ left: px, top: py, right: px + width, bottom: py + height });
  const holds = (box, [px, py], margin) =>
    px > box.left - margin && px < box.right + margin && py > box.top - margin && py < box.bottom + margin;
  const isWithin = (box, frame) => box.left >= 0 && box.top >= 0 && box.right <= frame.width && box.bottom <= frame.height;

  function pixels(table) {
    const km = c[`${table}.km`];
    return Array.from({ length: km.length / 2 }, (_, at) => map.toPixel(km[2 * at], km[2 * at + 1]));
  }

  function put(label, box) {
    label.hidden = box === null;
    if (box) label.style.transform = `translate(${Math.round(box.left)}px, ${Math.round(box.top)}px)`;
  }

  function place() {
    const frame = map.frame(), posts = pixels("post"), marks = [...pixels("base"), ...crossings.map((post) => posts[post])];
    const centres = pixels("area"), scenes = pixels("incident");
    const taken = [boxAt(0, frame.height - 34, frame.width * 0.25, 34)];
    for (const label of [...sectorLabels, ...crossingLabels]) label.hidden = false;
    sectorLabels.forEach((label, sector) => {
      const own = centres.filter((_, area) => c["area.sector"][area] === sector);
      const middle = [0, 1].map((axis) => own.reduce((sum, one) => sum + one[axis], 0) / own.length);
      const [width, height] = [label.offsetWidth, label.offsetHeight];
      let best = null, least = Infinity;
      for (const [px, py] of own) {
        const box = boxAt(px - width / 2, py - height / 2, width, height);
        const isFree = isWithin(box, frame) && !taken.some((one) => overlaps(one, box));
        if (!isFree || marks.some((mark) => holds(box, mark, AWAY))) continue;
        const hidden = posts.reduce((n, post) => n + (holds(box, post, 1) ? 1 : 0), 0);
        const scene = scenes.reduce((n, at) => n + (holds(box, at, AWAY) ? 1 : 0), 0);
        const foreign = centres.reduce((n, centre, area) =>
          n + (c["area.sector"][area] !== sector && holds(box, centre, 4) ? 1 : 0), 0);
        const corners = [[box.left, box.top], [box.right, box.top], [box.left, box.bottom], [box.right, box.bottom]];
        const outside = corners.filter((corner) => !map.isInside(...corner)).length;
        const cost = Math.hypot(px - middle[0], py - middle[1]) / 6 + 2 * hidden + 6 * scene + 8 * foreign + 12 * outside;
        if (cost < least) [best, least] = [box, cost];
      }
      put(label, best);
      if (best) taken.push(best);
    });
    crossingLabels.forEach((label, at) => {
      let box = null;
      for (const lines of isNarrow() ? [] : broken(names.post[crossings[at]])) {
        label.replaceChildren(...lines.map((line) => peacesim.element("span", {}, line)));
        box = beside(label, posts[crossings[at]], taken, marks, frame);
        if (box) break;
      }
      put(label, box);
      if (box) taken.push(box);
    });
  }

  /* A name in one line, and in two if it has parts. */
  function broken(name) {
    const [, first, second] = name.match(/^(.+? \/|.+?(?= \()|\S+) (.+)$/) || [];
    return first ? [[name], [first, second]] : [[name]];
  }

  function beside(label, [px, py], taken, marks, frame) {
    const [width, height] = [label.offsetWidth, label.offsetHeight];
    for (const away of [AWAY, 1.6 * AWAY, 2.4 * AWAY]) {
      for (const [dx, dy] of [[1, 0], [-1, 0], [1, -0.6], [-1, -0.6], [1, 0.6], [-1, 0.6], [0, -1], [0, 1]]) {
        const box = boxAt(px + dx * away - ((1 - dx) * width) / 2, py + dy * away - ((1 - dy) * height) / 2, width, height);
        const across = Array.from({ length: 9 }, (_, step) => box.left + (width * step) / 8);
        const isOutside = across.every((at) => !map.isInside(at, box.top) && !map.isInside(at, box.bottom));
        const isFree = !taken.some((one) => overlaps(one, box)) && !marks.some((mark) => holds(box, mark, 3));
        if (isOutside && isFree && isWithin(box, frame)) return box;
      }
    }
    return null;
  }

  function say(state) {
    state.sectors.forEach((its, sector) => {
      const words = its.areas ? `${Math.round((100 * its.covered) / its.areas)} %` : "no patrols";
      sectorLabels[sector].lastChild.textContent = words;
    });
  }

  /* The names where they stand, on a canvas. */
  function write(pen, look) {
    const stage = map.labels.getBoundingClientRect();
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const label of map.labels.querySelectorAll(".label:not([hidden])")) {
      const box = label.getBoundingClientRect(), isSector = !label.classList.contains("crossing");
      const lines = Array.from(label.children, (one) => one.textContent);
      pen.fillStyle = "rgb(255 255 255 / 84%)";
      if (isSector) pen.fillRect(box.left - stage.left, box.top - stage.top, box.width, box.height);
      lines.forEach((line, at) => {
        pen.font = `${isSector && at === 0 ? "bold " : ""}12px ${look.font}`;
        pen.fillStyle = isSector ? look.ink : look.grey;
        const middle = box.top - stage.top + (box.height * (at + 0.5)) / lines.length;
        pen.fillText(line, (box.left + box.right) / 2 - stage.left, middle);
      });
    }
  }

  return { place, say, write };
}
