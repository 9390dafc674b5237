// A form for an object, by its description. Widgets put themselves into the registry.

import {button, freshId, h, replace} from "./dom.js";
import {pathText} from "./model.js";
import {t} from "./page.js";

const WIDGETS = {};
export const BOUNDS = ["at_least", "more_than", "at_most", "less_than"];
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** `draw(form, path, field, id)` makes the control; `fits(value)` says whether it can show a value at all. */
export function widget(types, draw, {fits = () => true, whole = false} = {}) {
  for (const type of types) WIDGETS[type] = {draw, fits, whole};
}

/** The members of an object that a field is about. */
export function keysOf(field) {
  if (field.type === "bounds") return BOUNDS;
  if (field.type === "one_of") return field.fields.flatMap(keysOf);
  return [field.key];
}

const isThere = (object, field) => isObject(object) && keysOf(field).some((key) => key in object);

function isAsked(object, field) {
  if (!field.only || isThere(object, field)) return true;
  const [key, values] = field.only;
  return values.includes(object?.[key] ?? "");
}

/** Where a field's value is: its own member, or the object itself for fields that stand for several. */
export const placeOf = (path, field) => (field.key ? [...path, field.key] : path);

export class Form {
  /** `names(list)` gives `[value, label]` to choose from; `redraw()` is asked for when fields come or go. */
  constructor({model, names, redraw, currency, disabled = false}) {
    Object.assign(this, {model, names, redraw, currency, disabled});
  }

  set(path, value, options) {
    if (!this.disabled) this.model.set(path, value, options);
  }

  /** Set and draw anew: fields come or go. */
  restructure(path, value) {
    if (this.disabled) return;
    this.model.set(path, value, {structure: true});
    this.redraw();
  }

  /** The fields of the object at `path`: what is there or usual, then the rest behind "more", then what is unknown. */
  object(path, fields, {after = null, skip = []} = {}) {
    const value = this.model.at(path);
    const asked = fields.filter((field) => isAsked(value, field));
    const [shown, rare] = [[], []];
    for (const field of asked) (field.quiet || (field.rare && !isThere(value, field)) ? rare : shown).push(field);
    const known = new Set([...fields.flatMap(keysOf), ...skip]);
    const unknown = isObject(value) ? Object.keys(value).filter((key) => !known.has(key)) : [];
    const inner = after ? this.watched(after) : this;
    return h("div", {class: "ed-fields"},
      shown.map((field) => inner.field(path, field)),
      unknown.map((key) => inner.field(path, {key, type: "json", label: key, help: t("This form does not know it. It stays as it is.")})),
      rare.length ? h("details", {class: "ed-more"}, h("summary", {}, t("More")), rare.map((field) => inner.field(path, field))) : null,
    );
  }

  /** The same form, but `after(options)` follows every change made through it. */
  watched(after) {
    const inner = Object.create(this);
    inner.set = (where, value, options) => {
      this.set(where, value, options);
      after(options);
    };
    inner.restructure = (where, value) => {
      inner.set(where, value, {structure: true});
      this.redraw();
    };
    return inner;
  }

  field(path, field) {
    if (field.type === "hidden" || field.type === "const") return null;
    const place = placeOf(path, field);
    const value = this.model.at(place);
    const wanted = WIDGETS[field.type] ?? WIDGETS.json;
    const chosen = value === undefined || wanted.fits(value) ? wanted : WIDGETS.json;
    const absent = value === undefined && !field.required && field.key;
    if (absent && (["object", "list"].includes(field.type) || (field.type === "selector" && field.rare))) return this.offer(place, field);
    const id = freshId("f");
    const drawn = chosen.draw(this, place, field, id);
    const label = field.label && h(chosen.whole ? "span" : "label", {class: "ed-label", for: chosen.whole ? null : id, id: `${id}-label`}, field.label, field.required ? h("span", {class: "ed-must", title: t("Needed")}, " *") : null);
    return h("div", {class: `ed-field ed-type-${field.type}`, data: {path: pathText(place)}, role: chosen.whole ? "group" : null, "aria-labelledby": chosen.whole ? `${id}-label` : null},
      h("div", {class: "ed-field-head"}, label || null, this.taker(place, field, value)),
      drawn,
      field.help ? h("p", {class: "tg-hint"}, field.help) : null,
    );
  }

  /** What is not there yet is offered by a button. */
  offer(place, field) {
    const start = field.start ?? {};
    const add = () => this.restructure(place, structuredClone(field.type === "list" ? [start] : start));
    return h("div", {class: "ed-field", data: {path: pathText(place)}},
      button(`+ ${field.label}`, add, {kind: "ed-offer", disabled: this.disabled, data: {add: field.key}}),
    );
  }

  taker(place, field, value) {
    const whole = ["object", "list", "json"].includes(field.type) && !field.required && field.key;
    if (!whole || value === undefined || this.disabled) return null;
    return button(t("Remove {name}", {name: field.label}), () => this.restructure(place, undefined), {icon: "close", kind: "ed-small"});
  }
}

/** Draw a pane anew: what was open stays open, and the keyboard stays where it was, or goes to what a button has added. */
export function redraw(pane, children) {
  const place = (one) => one.closest("[data-path]")?.dataset.path ?? "";
  const named = (details) => `${details.className} ${place(details)}`;
  const active = pane.contains(document.activeElement) ? document.activeElement : null;
  const again = active ? place(active) : "";
  const opened = new Set([...pane.querySelectorAll("details[open]")].map(named));
  replace(pane, children);
  for (const details of pane.querySelectorAll("details")) details.open ||= opened.has(named(details));
  const field = again ? pane.querySelector(`[data-path="${CSS.escape(again)}"]`) : null;
  const added = field && active.dataset.add ? [...field.querySelectorAll(".ed-card, .ed-pair")].at(-1) : null;
  (added ?? field)?.querySelector(":is(input, select, textarea, button)")?.focus({preventScroll: true});
}

/** Put each error's words at its field, or the nearest thing around it; returns those that have no place here. */
export function showErrors(container, errors) {
  for (const old of container.querySelectorAll(".ed-error")) old.remove();
  for (const field of container.querySelectorAll(".ed-wrong")) field.classList.remove("ed-wrong");
  const places = new Map();
  for (const field of container.querySelectorAll("[data-path]")) places.set(field.dataset.path, field);
  return errors.filter((error) => {
    const field = nearest(places, error.path);
    if (!field) return true;
    field.classList.add("ed-wrong");
    const words = h("p", {class: "tg-error ed-error", role: "alert"}, error.text);
    const head = field.querySelector(":scope > .ed-field-head");
    if (head && field.querySelector(".ed-field")) head.after(words);
    else field.append(words);
    for (let around = field.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    return false;
  });
}

function nearest(places, path) {
  for (let rest = path; rest.length > 1; rest = rest.replace(/(\.[^.[\]]*|\[\d+\])$/, "")) {
    if (places.has(rest)) return places.get(rest);
    if (!/(\.[^.[\]]*|\[\d+\])$/.test(rest)) return null;
  }
  return null;
}
