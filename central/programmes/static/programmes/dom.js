// Elements are made here and nowhere else. Text is set as text: no document can bring markup in.

/** h("button", {class: "a", onclick: f, data: {path: "x"}}, "text", child, [children], null) */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key in element && key !== "list" && key !== "form") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return parent;
}

/** Let a parent have just these elements, in this order; those that are in place are not touched. */
export function arrange(parent, elements) {
  const wanted = new Set(elements);
  for (const old of [...parent.children]) if (!wanted.has(old)) old.remove();
  let place = parent.firstElementChild;
  for (const element of elements) {
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}

/** A button that says what it does to whoever sees it and whoever hears it. */
export function button(words, onclick, {icon, title, kind = "", disabled = false, data} = {}) {
  const inside = icon ? [h("span", {class: "ed-icon", "aria-hidden": "true"}, icon)] : [];
  return h(
    "button",
    {type: "button", class: `ed-button ${kind}`, onclick, title: title || (icon ? words : null), "aria-label": icon ? words : null, disabled, data},
    ...inside, icon ? null : words,
  );
}

let held = false;
const waiting = [];
for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
  window.addEventListener(name, ({buttons}) => {
    held = name !== "pointercancel" && (buttons & 1) === 1;
    if (!held && waiting.length) setTimeout(() => waiting.splice(0).forEach((done) => done()));
  }, true);
}

/** Resolves when no mouse button is held: what is being clicked must not move away from under the pointer. */
export const released = () => (held ? new Promise((done) => waiting.push(done)) : Promise.resolve());

let numbers = 0;
export const freshId = (prefix) => `${prefix}-${++numbers}`;

/** Calls `work` when nothing has asked for it during `wait` milliseconds. */
export function debounced(work, wait) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), wait);
  };
}
