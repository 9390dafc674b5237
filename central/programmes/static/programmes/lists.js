// Widgets for several values: names, weekdays, hours, levels, maps, lists of objects.

import {button, h, released, replace} from "./dom.js";
import {BOUNDS, widget} from "./form.js";
import {pathText} from "./model.js";
import {page, t} from "./page.js";
import {figure, select, suggestions, textInput} from "./simple.js";

const isList = (value) => Array.isArray(value);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const areTexts = (value) => isList(value) && value.every((item) => typeof item === "string");

// Names: chips. Enter, a comma or leaving the field takes what was typed. Only the chips are drawn anew, and not before
// the click that left the field has ended: what is clicked must stay where it is.

function drawNames(form, path, field, id) {
  const one = field.of === "one";
  const labels = new Map(field.suggest ? form.names(field.suggest) : field.options ?? []);
  const read = () => [form.model.at(path) ?? []].flat().filter((value) => value !== "");
  const keep = (list) => {
    const empty = field.required ? (one ? "" : []) : undefined;
    form.set(path, !list.length ? empty : one && list.length === 1 ? list[0] : list);
    return released().then(drawChips);
  };
  const remove = async (value, event) => {
    await keep(read().filter((other) => other !== value));
    if (event.detail === 0) input.focus();
  };
  const take = () => {
    const typed = input.value.split(/[,;\n]/).map((text) => text.trim()).filter(Boolean);
    input.value = "";
    if (typed.length) keep([...new Set([...read(), ...typed])]);
  };
  const input = h("input", {
    id, class: "ed-input ed-chip-input", disabled: form.disabled, autocomplete: "off",
    onkeydown: (event) => {
      if (event.key === "Enter" || event.key === ",") {
        event.preventDefault();
        take();
      } else if (event.key === "Backspace" && !input.value && read().length) {
        keep(read().slice(0, -1));
      }
    },
    onchange: take,
  });
  const names = suggestions(form, field, id);
  if (names) input.setAttribute("list", names.id);
  const chip = (value) => h("span", {class: "ed-chip"}, labels.get(value) || value,
    form.disabled ? null : button(t("Remove {name}", {name: labels.get(value) || value}), (event) => remove(value, event), {icon: "close", kind: "ed-small"}));
  const chips = h("span", {class: "ed-chip-list"});
  const drawChips = () => {
    replace(chips, read().map(chip));
    input.placeholder = read().length || form.disabled ? "" : t("type and press Enter");
  };
  drawChips();
  return h("div", {class: "ed-chips"}, chips, input, names);
}
widget(["names", "dates"], drawNames, {fits: (value) => areTexts(value) || typeof value === "string"});

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const dayNumber = (day) => (WEEKDAYS.includes(day) ? WEEKDAYS.indexOf(day) : Number(day) - 1);

function drawWeekdays(form, path) {
  const chosen = new Set((form.model.at(path) ?? []).map(dayNumber));
  const names = new Intl.DateTimeFormat(page.language, {weekday: "short", timeZone: "UTC"});
  const toggle = (number) => {
    if (!chosen.delete(number)) chosen.add(number);
    form.restructure(path, chosen.size ? [...chosen].sort().map((day) => WEEKDAYS[day]) : undefined);
  };
  return h("div", {class: "ed-days"}, WEEKDAYS.map((day, number) =>
    h("button", {type: "button", class: "ed-day", "aria-pressed": String(chosen.has(number)), disabled: form.disabled, onclick: () => toggle(number), data: {day}},
      names.format(new Date(Date.UTC(2024, 0, 1 + number))))));
}
widget(["weekdays"], drawWeekdays, {fits: (value) => isList(value) && value.every((day) => dayNumber(day) in WEEKDAYS), whole: true});

/** Rows of two inputs. */
function drawRows(form, path, field, id, {first, second, start}) {
  const rows = form.model.at(path) ?? [];
  const keep = (list) => form.restructure(path, list.length || field.required ? list : undefined);
  const row = (pair, index) => h("div", {class: "ed-pair", data: {path: `${pathText(path)}[${index}]`}},
    [first, second].map((column, side) => [
      side ? h("span", {class: "ed-between"}, column.between) : null,
      h("span", {class: "ed-cell", data: {path: `${pathText(path)}[${index}][${side}]`}}, textInput(form, {}, `${id}-${index}-${side}`, {value: pair[side] ?? "", kind: column.kind, label: column.label, mode: column.mode, size: 8,
        change: (text) => form.set([...path, index, side], column.read(text))})),
    ]),
    second.unit ? h("span", {class: "ed-unit"}, second.unit) : null,
    form.disabled ? null : button(t("Remove this row"), () => keep(rows.filter((_, other) => other !== index)), {icon: "close", kind: "ed-small"}),
  );
  return h("div", {class: "ed-rows"}, rows.map(row), form.disabled ? null : button(t("+ a row"), () => keep([...rows, [...start]]), {kind: "ed-offer", data: {add: "row"}}));
}
const arePairs = (value) => isList(value) && value.every((pair) => isList(pair) && pair.length === 2 && pair.every((item) => typeof item !== "object"));

widget(["hours"], (form, path, field, id) => {
  const read = (text) => (/^\d:\d\d$/.test(text.trim()) ? `0${text.trim()}` : text.trim());
  const time = (label, between) => ({label, between, read, mode: "numeric"});
  return drawRows(form, path, field, id, {first: time(t("from"), ""), second: time(t("to"), "–"), start: ["08:00", "11:00"]});
}, {fits: arePairs, whole: true});

widget(["pairs"], (form, path, field, id) => {
  const read = (text) => figure(text, "", "") ?? "";
  const from = {label: t("from"), read, mode: "decimal"};
  const percent = {label: t("percent"), between: "→", unit: "%", read, mode: "decimal"};
  return drawRows(form, path, field, id, {first: from, second: percent, start: ["", ""]});
}, {fits: arePairs, whole: true});

// A map: names of the chain's own to values. A row knows its entry by name: objects keep names that are numbers in
// front, wherever they are put.

function drawMap(form, path, field, id) {
  const read = () => form.model.at(path) ?? {};
  const has = (name) => Object.hasOwn(read(), name);
  const keep = (map, options) => form.set(path, Object.keys(map).length || field.required ? map : undefined, options);
  const used = field.of === "used";
  const shown = (value) => (used ? value?.count ?? "" : value);
  const row = ([key, value], index) => {
    let name = key;
    const taken = h("p", {class: "tg-error", role: "alert", hidden: true}, t("This stands in another row already."));
    // Of two rows with one name the later one has none, until it has another.
    const rename = (text) => {
      const clash = text !== name && has(text);
      taken.hidden = !clash;
      const free = clash ? (name === "" || !has("") ? "" : name) : text;
      keep(Object.fromEntries(Object.entries(read()).map(([other, item]) => [other === name ? free : other, item])));
      name = free;
      line.dataset.path = `${pathText(path)}.${name}`;
    };
    const change = (text) => {
      const figured = field.of === "text" ? text : figure(text, shown(read()[name]), used ? "count" : field.of) ?? "";
      form.set([...path, name], used ? {count: figured} : figured);
    };
    const remove = () => {
      const {[name]: _, ...rest} = read();
      keep(rest, {structure: true});
      form.redraw();
    };
    const line = h("div", {class: "ed-pair", data: {path: `${pathText(path)}.${key}`}},
      textInput(form, field, `${id}-${index}`, {value: key, label: t("name"), change: rename, size: 10}),
      h("span", {class: "ed-between"}, {text: "=", money: "=", percent: "→"}[field.of] ?? "×"),
      textInput(form, {}, `${id}-${index}-v`, {value: shown(value), label: t("value"), change, size: 6}),
      field.of === "percent" ? h("span", {class: "ed-unit"}, "%") : null,
      form.disabled ? null : button(t("Remove {name}", {name: key}), remove, {icon: "close", kind: "ed-small"}),
      taken,
    );
    return line;
  };
  const fresh = () => (field.suggest && field.suggest !== "skus" ? form.names(field.suggest).find(([name]) => !has(name))?.[0] : "") ?? "";
  const starts = {text: "", used: {count: 1}, money: "0.00", percent: "5", count: 1};
  const add = () => {
    const name = fresh();
    if (!has(name)) keep({...read(), [name]: starts[field.of] ?? "1"}, {structure: true});
    form.redraw();
  };
  return h("div", {class: "ed-rows"}, Object.entries(read()).map(row), form.disabled ? null : button(t("+ a row"), add, {kind: "ed-offer", data: {add: "row"}}));
}
const mapFits = (value) => isObject(value) && Object.values(value).every((item) => typeof item !== "object" || (isObject(item) && Object.keys(item).join() === "count"));
widget(["map"], drawMap, {fits: mapFits, whole: true});

// A list of objects.

function drawList(form, path, field) {
  const items = form.model.at(path) ?? [];
  const keep = (list) => form.restructure(path, list.length || field.required ? list : undefined);
  const card = (_, index) => h("div", {class: "ed-card", data: {path: `${pathText(path)}[${index}]`}},
    form.object([...path, index], field.fields),
    form.disabled ? null : button(t("Remove this row"), () => keep(items.filter((__, other) => other !== index)), {icon: "close", kind: "ed-small ed-corner"}));
  return h("div", {class: "ed-list"}, items.map(card),
    form.disabled ? null : button(t("+ a row"), () => keep([...items, structuredClone(field.start ?? {})]), {kind: "ed-offer", data: {add: field.key}}));
}
widget(["list"], drawList, {fits: (value) => isList(value) && value.every(isObject), whole: true});

// Bounds: at most one of each sign.

const SIGNS = () => ({at_least: t("at least"), more_than: t("more than"), at_most: t("at most"), less_than: t("less than")});

function drawBounds(form, path, field, id) {
  const object = form.model.at(path) ?? {};
  const there = BOUNDS.filter((key) => key in object);
  const signs = SIGNS();
  const row = (key) => {
    const rename = (chosen) => {
      const old = form.model.at(path);
      form.model.change(() => {
        const renamed = Object.fromEntries(Object.entries(old).map(([name, value]) => [name === key ? chosen : name, value]));
        for (const name of Object.keys(old)) delete old[name];
        Object.assign(old, renamed);
      });
      form.redraw();
    };
    const free = Object.entries(signs).filter(([name]) => name === key || !there.includes(name));
    return h("div", {class: "ed-pair", data: {path: `${pathText(path)}.${key}`}},
      select(form, `${id}-${key}`, free, key, rename, field.label),
      textInput(form, {}, `${id}-${key}-v`, {value: object[key], label: signs[key], mode: "decimal", size: 8,
        change: (text) => form.set([...path, key], figure(text, form.model.at([...path, key]), field.of) ?? "")}),
      field.of === "money" ? h("span", {class: "ed-unit"}, form.currency()) : null,
      form.disabled || there.length < 2 ? null : button(t("Remove this row"), () => form.restructure([...path, key], undefined), {icon: "close", kind: "ed-small"}));
  };
  const next = there.length === 0 ? "at_least" : there.some((key) => key.startsWith("at_l") || key === "more_than") ? "at_most" : "at_least";
  const add = there.length < 2 && !form.disabled ? button(t("+ a bound"), () => form.restructure([...path, next], field.of === "count" ? 1 : "1"), {kind: "ed-offer"}) : null;
  return h("div", {class: "ed-rows"}, there.map(row), add);
}
widget(["bounds"], drawBounds, {whole: true});
