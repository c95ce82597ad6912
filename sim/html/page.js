"use strict";

/* What the scripts of every page share: reading the data that stands in the page, and making elements of text. */
const peacesim = {
  /* The value of a data element. */
  read(id) {
    return JSON.parse(document.getElementById(id).textContent);
  },

  /* The bytes of a packed element, as a promise of an ArrayBuffer. */
  unpack(id) {
    const text = atob(document.getElementById(id).textContent);
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(inflated).arrayBuffer();
  },

  /* An element with attributes, and text that is only text. */
  element(name, attributes = {}, text = "") {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  },
};
