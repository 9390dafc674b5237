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

/** An amount of a document as reports write it: `1321.92` is `1 321,92 ₽` in Russian, `₽1,321.92` in English. */
export function money(text) {
  const [, minus, whole, rest = ""] = String(text).match(/^(-?)(\d+)(\.\d+)?$/) ?? [];
  if (whole === undefined) return text;
  const [gap, point] = page.language === "en" ? [",", "."] : ["\u00a0", ","];
  const [before, after] = page.money;
  return (minus && "\u2212") + before + whole.replace(/\B(?=(\d{3})+$)/g, gap) + rest.replace(".", point) + after;
}
