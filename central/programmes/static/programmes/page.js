// What the server gave the page with it.

export const page = JSON.parse(document.getElementById("editor-data").textContent);

/** A phrase in the page's language, its {names} filled in. */
export function t(phrase, values = {}) {
  const words = page.phrases[phrase] ?? phrase;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Document text in the page's language: a text, or {"ru", "en"}. */
export function told(text) {
  if (text && typeof text === "object") return text[page.language] || Object.values(text)[0] || "";
  return text === undefined || text === null ? "" : String(text);
}

/** A decimal of a document as people write it: `1234.5` is `1 234,5` in Russian, `1,234.5` in English. */
export function number(text, [before, after] = ["", ""]) {
  const [, minus, whole, rest = ""] = String(text).match(/^(-?)(\d+)(\.\d+)?$/) ?? [];
  if (whole === undefined) return text;
  const [gap, point] = page.language === "en" ? [",", "."] : ["\u00a0", ","];
  return (minus && "\u2212") + before + whole.replace(/\B(?=(\d{3})+$)/g, gap) + rest.replace(".", point) + after;
}

/** An amount as reports write it: `1321.92` is `1 321,92 ₽` in Russian, `₽1,321.92` in English. */
export const money = (text) => number(text, page.money);
