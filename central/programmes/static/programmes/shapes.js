// Widgets for objects: nested ones, those of several kinds, conditions and selectors.

import {button, h} from "./dom.js";
import {widget} from "./form.js";
import {pathText} from "./model.js";
import {page, t} from "./page.js";
import {select} from "./simple.js";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

widget(["object"], (form, path, field) => h("div", {class: "ed-inner"}, form.object(path, field.fields)), {fits: isObject, whole: true});

// Goods: all of them, until one says which.
function drawSelector(form, path, field) {
  const chosen = () => Object.keys(form.model.at(path) ?? {}).length > 0;
  const words = () => (chosen() ? t("Chosen goods") : t("All goods; choose…"));
  const summary = h("summary", {}, words());
  // What chooses nothing goes, where it may.
  const after = (options) => {
    if (!field.required && !field.rare && !chosen()) form.set(path, undefined, options);
    summary.textContent = words();
  };
  return h("details", {class: "ed-goods", open: chosen() || field.rare}, summary, h("div", {class: "ed-inner"}, form.object(path, page.description.selector, {after})));
}
widget(["selector"], drawSelector, {fits: isObject, whole: true});

// One of several members: an amount or a percent.

function drawOneOf(form, path, field, id) {
  const object = form.model.at(path);
  const chosen = field.fields.find((inner) => inner.key in object);
  const change = (key) => {
    const next = field.fields.find((inner) => inner.key === key);
    form.model.change(() => {
      for (const inner of field.fields) delete object[inner.key];
      object[key] = structuredClone(next.start ?? "");
    });
    form.redraw();
  };
  const none = chosen ? [] : [["", "—"]];
  return h("div", {class: "ed-one-of"},
    select(form, id, [...none, ...field.fields.map((inner) => [inner.key, inner.label])], chosen?.key ?? "", change, field.label),
    chosen ? form.field(path, {...chosen, label: ""}) : null);
}
widget(["one_of"], drawOneOf);

// Objects whose shape one member gives away.

export const kindOf = (kinds, value) => (isObject(value) ? kinds.find((kind) => kind.key in value) : undefined);

// The readers' order tells effects apart; in the list those that most rules are come first.
const COMMON = ["amount", "percent"];
const commonFirst = (kinds) => [...kinds].sort((one, other) => COMMON.indexOf(other.key) - COMMON.indexOf(one.key));

export function drawVariants(form, path, kinds, id, label) {
  const value = form.model.at(path);
  const kind = kindOf(kinds, value);
  const options = commonFirst(kinds).map(({key, label: words}) => [key, words]);
  const unknown = isObject(value) && Object.keys(value).length ? Object.keys(value)[0] : "—";
  if (!kind) options.unshift(["", unknown]);
  const change = (key) => {
    const next = kinds.find((other) => other.key === key);
    if (next) form.restructure(path, structuredClone(next.start));
  };
  return h("div", {class: "ed-variants"},
    select(form, id, options, kind?.key ?? "", change, label),
    kind?.help ? h("p", {class: "tg-hint"}, kind.help) : null,
    kind ? form.object(path, kind.fields) : value === undefined ? null : form.field(path.slice(0, -1), {key: path.at(-1), type: "json", label: "", required: true}));
}
widget(["variants"], (form, path, field, id) => h("div", {class: "ed-inner"}, drawVariants(form, path, field.kinds, id, field.label)), {fits: isObject});

// Conditions: rows that can be combined.

function drawCondition(form, path, id) {
  const kinds = page.description.conditions;
  const value = form.model.at(path);
  const kind = kindOf(kinds, value);
  const change = (key) => form.restructure(path, structuredClone(kinds.find((other) => other.key === key).start));
  if (!kind || Object.keys(value).length !== 1) {
    return h("div", {}, form.field(path.slice(0, -1), {key: path.at(-1), type: "json", label: t("A condition"), required: true}));
  }
  const inner = form.field(path, {...kind.fields[0], label: "", required: true});
  return h("div", {class: "ed-condition"}, select(form, id, kinds.map(({key, label}) => [key, label]), kind.key, change, t("A condition")), inner);
}
widget(["condition"], (form, path, field, id) => drawCondition(form, path, id), {fits: isObject});

function drawConditions(form, path, field, id) {
  const list = form.model.at(path) ?? [];
  const keep = (items) => form.restructure(path, items.length || field.required ? items : undefined);
  const wrap = (index) => keep(list.map((item, other) => (other === index ? {any: [item]} : item)));
  const card = (_, index) => h("div", {class: "ed-card", data: {path: `${pathText(path)}[${index}]`}},
    drawCondition(form, [...path, index], `${id}-${index}`),
    form.disabled ? null : h("div", {class: "ed-corner"},
      button(t("Put into “any of”"), () => wrap(index), {icon: "alt_route", kind: "ed-small"}),
      button(t("Remove this condition"), () => keep(list.filter((__, other) => other !== index)), {icon: "close", kind: "ed-small"})));
  const add = () => keep([...list, structuredClone(page.description.conditions[0].start)]);
  return h("div", {class: "ed-list"},
    list.map((item, index) => [index ? h("p", {class: "ed-joint"}, path.at(-1) === "any" ? t("or") : t("and")) : null, card(item, index)]),
    form.disabled ? null : button(t("+ a condition"), add, {kind: "ed-offer", data: {add: "condition"}}));
}
widget(["conditions"], drawConditions, {fits: Array.isArray, whole: true});
