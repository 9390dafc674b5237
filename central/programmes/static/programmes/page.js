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
