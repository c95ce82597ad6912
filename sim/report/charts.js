"use strict";

/* Interactive charts: each takes the place of its pictures on the screen, once it is drawn. */
(async () => {
  if (typeof DecompressionStream === "undefined") return;
  const LEAST_PX = 120;
  const ERRORS_ONLY = 1;
  const NARROW_PX = 480;
  const BESIDE_ON_NARROW_PX = 140;
  const FONT_ON_NARROW_PX = 11;
  const SVG = "http://www.w3.org/2000/svg";
  const SHAPES = {
    circle: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",
    square: "M-4,-4h8v8h-8z",
    diamond: "M0,-5L5,0L0,5L-5,0z",
    cross: "M-1.5,-5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z",
    "triangle-up": "M0,-5L5,4H-5z",
    "triangle-down": "M0,5L5,-4H-5z",
  };
  const element = peacesim.element;
  const textOf = async (id) => new TextDecoder().decode(await peacesim.unpack(id));

  const vega = element("script", {}, await textOf("vega"));
  document.head.append(vega);

  const swatch = (colour, shape) => {
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    for (const [name, value] of Object.entries({ width: 13, height: 13, viewBox: "-6 -6 12 12", "aria-hidden": true }))
      svg.setAttribute(name, value);
    path.setAttribute("d", SHAPES[shape]);
    path.setAttribute("fill", colour);
    svg.append(path);
    return svg;
  };

  /* A list to choose one from, or boxes to choose any; `set(value)` is told of each choice. */
  const control = (choice, set) => {
    if (!choice.many) {
      const label = element("label", {}, choice.label);
      const select = element("select");
      for (const [value, words] of choice.options) select.append(element("option", { value }, words));
      select.addEventListener("change", () => set(select.value));
      label.append(select);
      return label;
    }
    const group = element("fieldset");
    group.append(element("legend", {}, choice.label));
    const boxes = choice.options.map(([value, words, colour, shape]) => {
      const label = element("label");
      const box = element("input", { type: "checkbox", value, checked: "" });
      label.append(box, swatch(colour, shape), document.createTextNode(words));
      group.append(label);
      return box;
    });
    group.addEventListener("change", () => set(boxes.filter((box) => box.checked).map((box) => box.value)));
    return group;
  };

  /* Buttons that do what dragging and the wheel do: `scale()` gives the axis that the zoom is of. */
  const zooms = (view) => {
    const group = element("span", { class: "zooms", role: "group", "aria-label": "Zoom" });
    const names = Object.keys(view.getState({ signals: (name) => /^zoom_[a-z_]+$/.test(name) && name !== "zoom_tuple" }).signals);
    const signals = names.filter((name) => !/_(tuple|store|modify|toggle|zoom_delta|translate_delta)/.test(name));
    const whole = {};
    const by = (factor) => async () => {
      for (const name of signals) {
        const from = view.signal(name) ?? whole[name]();
        const [low, high] = from.map(Number);
        const half = ((high - low) / 2) * factor;
        view.signal(name, [(low + high) / 2 - half, (low + high) / 2 + half]);
      }
      await view.runAsync();
    };
    const reset = async () => {
      for (const name of signals) view.signal(name, null);
      await view.runAsync();
    };
    for (const name of signals) {
      const axis = name === "zoom_lost" || name === "zoom_loss" ? "y" : "x";
      whole[name] = () => (view.scale(axis) ?? view.scale(`concat_0_${axis}`)).domain();
    }
    for (const [words, name, act] of [["+", "Zoom in", by(0.5)], ["−", "Zoom out", by(2)], ["Whole", "Show the whole axis", reset]]) {
      const button = element("button", { type: "button", "aria-label": name }, words);
      button.addEventListener("click", act);
      group.append(button);
    }
    return signals.length ? group : null;
  };

  /* The specification at a width; on a narrow page names are smaller and take more lines. */
  const widened = (spec, width) => {
    const isNarrow = width < NARROW_PX;
    const { beside, narrowHeight } = spec.usermeta;
    const inner = Math.max(width - (isNarrow ? Math.min(beside, BESIDE_ON_NARROW_PX) : beside), LEAST_PX);
    const onNarrow = { labelLimit: BESIDE_ON_NARROW_PX - 12, labelFontSize: FONT_ON_NARROW_PX };
    const axis = isNarrow ? { ...spec.config.axis, ...onNarrow } : spec.config.axis;
    const params = spec.params?.map((one) => (one.name === "is_narrow" ? { ...one, value: isNarrow } : one));
    const whole = { ...spec, ...(params && { params }), config: { ...spec.config, axis } };
    if (spec.vconcat) return { ...whole, vconcat: spec.vconcat.map((one) => ({ ...one, width: inner })) };
    return { ...whole, width: inner, ...(isNarrow && narrowHeight && { height: narrowHeight }) };
  };

  const draw = async (figure) => {
    const { spec, choices, key, note } = peacesim.read(`${figure.id}-chart`);
    const columns = Object.entries(JSON.parse(await textOf(`${figure.id}-rows`)));
    const values = columns[0][1].map((_, row) => Object.fromEntries(columns.map(([name, column]) => [name, column[row]])));
    const data = { name: "table", values };
    const live = figure.querySelector(".live");
    const controls = element("div", { class: "choices" });
    const place = element("div", { class: "chart" });
    live.append(controls, place);
    if (key.length) {
      const list = element("ul", { class: "signs" });
      for (const [words, colour, shape] of key) {
        const entry = element("li");
        entry.append(swatch(colour, shape), document.createTextNode(words));
        list.append(entry);
      }
      live.append(list);
    }
    if (note) live.append(element("p", { class: "note" }, note));
    live.hidden = false;
    figure.classList.add("is-live");
    const chosen = {};
    let result;
    let drawn = 0;
    const set = (signal) => async (value) => {
      chosen[signal] = value;
      await result.view.signal(signal, value).runAsync();
    };
    for (const choice of choices) controls.append(control(choice, set(choice.signal)));
    const embed = async () => {
      drawn = live.clientWidth;
      result?.finalize();
      const whole = { ...widened(spec, drawn), data };
      result = await window.vegaEmbed(place, whole, { mode: "vega-lite", actions: false, renderer: "svg", ast: true, logLevel: ERRORS_ONLY });
      for (const [signal, value] of Object.entries(chosen)) result.view.signal(signal, value);
      await result.view.runAsync();
      controls.querySelector(".zooms")?.remove();
      const buttons = zooms(result.view);
      if (buttons) controls.append(buttons);
    };
    await embed();
    let waiting;
    new ResizeObserver(() => {
      clearTimeout(waiting);
      if (live.clientWidth && Math.abs(live.clientWidth - drawn) > 8) waiting = setTimeout(embed, 150);
    }).observe(live);
  };

  for (const figure of document.querySelectorAll(".exhibit")) {
    if (!document.getElementById(`${figure.id}-chart`)) continue;
    try {
      await draw(figure);
    } catch (error) {
      figure.classList.remove("is-live");
      figure.querySelector(".live").hidden = true;
      console.error(error);
    }
  }
  for (const words of document.querySelectorAll(".when-live")) words.hidden = false;
  document.documentElement.dataset.charts = "drawn";
})();
