// Widgets for one value: figures, texts, choices, times.

import {button, h} from "./dom.js";
import {widget} from "./form.js";
import {page, t} from "./page.js";

const isText = (value) => typeof value === "string";
const isFigure = (value) => typeof value === "string" || typeof value === "number";

/** A list of suggestions for a text input, or nothing. */
export function suggestions(form, field, id) {
  const names = field.suggest ? form.names(field.suggest) : [];
  if (!names.length) return null;
  return h("datalist", {id: `${id}-names`}, names.map(([value, label]) => h("option", {value, label: label && label !== value ? `${value} — ${label}` : null})));
}

export function textInput(form, field, id, {value, change, kind = "text", label = null, mode = null, size = null}) {
  const names = suggestions(form, field, id);
  const input = h("input", {
    id, type: kind, class: "ed-input", value, list: names ? names.id : null, disabled: form.disabled, "aria-label": label,
    inputmode: mode, size, autocomplete: "off", oninput: () => change(input.value),
  });
  return names ? [input, names] : input;
}

/** `1 000,50` is typed by people, `1000.50` is written. What is no figure is kept for the server to name. */
export function figure(text, old, type) {
  const tidy = text.replace(/[\s\u00a0]/g, "").replace(",", ".");
  if (tidy === "") return undefined;
  return type === "count" && typeof old !== "string" && /^\d{1,9}$/.test(tidy) ? Number(tidy) : tidy;
}

const UNITS = {percent: "%", points: null, quantity: null, count: null};

function drawFigure(form, path, field, id) {
  const value = form.model.at(path);
  const change = (text) => form.set(path, figure(text, form.model.at(path), field.type) ?? (field.required ? "" : undefined));
  const input = textInput(form, field, id, {value: value ?? "", change, mode: field.type === "count" ? "numeric" : "decimal"});
  const unit = field.type === "money" ? form.currency() : UNITS[field.type];
  if (field.default && input.placeholder !== undefined) input.placeholder = field.default;
  return unit ? h("div", {class: "ed-with-unit"}, input, h("span", {class: "ed-unit"}, unit)) : h("div", {}, input);
}
widget(["money", "percent", "points", "quantity", "count"], drawFigure, {fits: isFigure});

function drawText(form, path, field, id) {
  const change = (text) => form.set(path, text === "" && !field.required ? undefined : text);
  const found = textInput(form, field, id, {value: form.model.at(path) ?? "", change});
  if (field.default) [found].flat()[0].placeholder = field.default;
  return h("div", {}, found);
}
widget(["text"], drawText, {fits: isText});

/** A text in two languages; one plain text stands for both and stays one. */
function drawBoth(form, path, field, id) {
  const value = form.model.at(path);
  if (isText(value)) return drawText(form, path, field, id);
  const languages = page.language === "ru" ? ["ru", "en"] : ["en", "ru"];
  return h("div", {class: "ed-both"}, languages.map((language, index) => {
    const change = (text) => {
      const both = {...form.model.at(path)};
      if (text) both[language] = text;
      else delete both[language];
      form.set(path, Object.keys(both).length ? both : undefined);
    };
    const input = textInput(form, field, index ? `${id}-${language}` : id, {value: value?.[language] ?? "", change, label: `${field.label} (${language})`});
    return h("div", {class: "ed-with-unit"}, input, h("span", {class: "ed-unit"}, language.toUpperCase()));
  }));
}
const bothFits = (value) => isText(value) || (value && typeof value === "object" && !Array.isArray(value) && Object.values(value).every(isText));
widget(["both"], drawBoth, {fits: bothFits});

function drawFlag(form, path, field, id) {
  const usual = field.default === "true";
  const box = h("input", {id, type: "checkbox", checked: form.model.at(path) ?? usual, disabled: form.disabled,
    onchange: () => form.restructure(path, box.checked === usual ? undefined : box.checked)});
  return h("div", {class: "ed-check"}, box);
}
widget(["flag"], drawFlag, {fits: (value) => typeof value === "boolean"});

export function select(form, id, options, value, change, label = null) {
  const known = options.some(([option]) => option === value) ? options : [...options, [value, String(value)]];
  const box = h("select", {id, class: "ed-input", disabled: form.disabled, "aria-label": label, onchange: () => change(box.value)},
    known.map(([option, words]) => h("option", {value: option, selected: option === value}, words)));
  return box;
}

function drawYes(form, path, field, id) {
  const value = String(form.model.at(path) ?? true);
  return select(form, id, [["true", t("yes")], ["false", t("no")]], value, (chosen) => form.set(path, chosen === "true"));
}
widget(["yes"], drawYes, {fits: (value) => typeof value === "boolean"});

function drawChoice(form, path, field, id) {
  const usual = field.options.find(([value]) => value === field.default)?.[1];
  const none = field.required ? [] : [["", usual ? t("as usual: {words}", {words: usual}) : t("as usual")]];
  return select(form, id, [...none, ...field.options], form.model.at(path) ?? (field.required ? field.options[0][0] : ""),
    (chosen) => form.restructure(path, chosen === "" ? undefined : chosen));
}
widget(["choice"], drawChoice, {fits: isText});

// Within which days: a calendar's, or so many up to today.

const ROLLING = "rolling_days:";
const windows = () => [["all", t("all time")], ["day", t("this day")], ["week", t("this week")], ["month", t("this month")], ["year", t("this year")], [ROLLING, t("the last days")]];

function drawWindow(form, path, field, id) {
  const value = form.model.at(path) ?? "";
  const rolling = value.startsWith(ROLLING);
  const usual = windows().find(([window]) => window === field.default)?.[1];
  const none = field.required ? [] : [["", t("as usual: {words}", {words: usual})]];
  const change = (chosen) => form.restructure(path, chosen === ROLLING ? `${ROLLING}30` : chosen || undefined);
  const days = rolling && textInput(form, {}, `${id}-days`, {value: value.slice(ROLLING.length), label: t("days"), mode: "numeric", size: 4, change: (text) => form.set(path, `${ROLLING}${text.trim()}`)});
  return h("div", {class: "ed-with-unit"}, select(form, id, [...none, ...windows()], rolling ? ROLLING : value, change), days, rolling ? h("span", {class: "ed-unit"}, t("days")) : null);
}
widget(["window"], drawWindow, {fits: isText});

// Days and times. A time keeps the offset from UTC that it came with.

const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const offset = () => page.sample.time.match(MOMENT)?.[2] ?? "+03:00";

function drawMoment(form, path, field, id) {
  const value = form.model.at(path) ?? "";
  const parts = value.match(MOMENT);
  if (value && !parts) return drawText(form, path, field, id);
  const zone = parts?.[2] ?? offset();
  const input = textInput(form, field, id, {kind: "datetime-local", value: parts?.[1] ?? "",
    change: (text) => form.set(path, text ? `${text}:00${zone}` : undefined)});
  return h("div", {class: "ed-with-unit"}, input, h("span", {class: "ed-unit"}, zone));
}
widget(["moment"], drawMoment, {fits: isText});

function drawDay(form, path, field, id) {
  const value = form.model.at(path) ?? "";
  if (value && !DAY.test(value)) return drawMoment(form, path, field, id);
  const input = textInput(form, field, id, {kind: "date", value, change: (text) => form.set(path, text || undefined)});
  const precise = button(t("and time"), () => form.restructure(path, `${value || page.sample.time.slice(0, 10)}T00:00:00${offset()}`), {kind: "ed-small", disabled: form.disabled});
  return h("div", {class: "ed-with-unit"}, input, field.key === "birthday" ? null : precise);
}
widget(["day"], drawDay, {fits: isText});

// Anything: JSON as text. What does not parse stays on the page and out of the document.

function drawJson(form, path, field, id) {
  const value = form.model.at(path);
  const wrong = h("p", {class: "tg-error"});
  const box = h("textarea", {id, class: "ed-input tg-document", rows: 4, spellcheck: false, disabled: form.disabled, value: value === undefined ? "" : JSON.stringify(value, null, 2),
    oninput: () => {
      try {
        const found = box.value.trim() ? JSON.parse(box.value) : undefined;
        wrong.textContent = "";
        form.set(path, found);
      } catch (error) {
        wrong.textContent = t("This is no JSON yet: {error}", {error: error.message});
      }
    }});
  return h("div", {}, box, wrong);
}
widget(["json"], drawJson);
