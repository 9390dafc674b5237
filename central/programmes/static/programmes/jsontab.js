// The document as text: everything can be read, pasted, taken from a file and saved to one.

import {button, h} from "./dom.js";
import {page, t} from "./page.js";

const BYTES_MAX = 4 * 1024 * 1024;

export class JsonTab {
  /** `onUnread()` when text comes to be no document, or ceases to. */
  constructor({model, editable, onUnread}) {
    Object.assign(this, {model, editable, onUnread});
    this.unread = false;
    this.wrong = h("p", {class: "tg-error", role: "alert"});
    this.dropper = button(t("Drop this text"), () => this.#drop(), {data: {json: "drop"}});
    this.box = h("textarea", {class: "ed-input tg-document", id: "json", rows: 30, spellcheck: false, readOnly: !editable, "aria-label": t("The document as JSON"), oninput: () => this.#read(this.box.value)});
    const file = h("input", {type: "file", accept: ".json,application/json", id: "json-file", hidden: true, onchange: () => this.#open(file)});
    this.element = h("section", {class: "tg-card"},
      h("div", {class: "ed-bar"}, button(t("Download"), () => this.#download(), {data: {json: "download"}}), editable ? button(t("Take from a file…"), () => file.click()) : null, file),
      h("p", {class: "tg-hint"}, t("What you change here changes the forms, and the other way round. Text that is no JSON yet changes nothing.")),
      this.wrong, this.dropper, this.box);
    this.draw();
  }

  /** The text follows the document, but what is no document yet stays until it is one or is dropped. */
  draw() {
    this.dropper.hidden = !this.unread;
    if (this.unread || document.activeElement === this.box) return;
    this.box.value = JSON.stringify(this.model.value, null, 2);
    this.wrong.textContent = "";
  }

  #drop() {
    this.unread = false;
    this.draw();
    this.onUnread();
  }

  #read(text) {
    this.unread = !this.#apply(text);
    this.dropper.hidden = !this.unread;
    this.onUnread();
  }

  #apply(text) {
    if (new Blob([text]).size > BYTES_MAX) {
      this.wrong.textContent = t("This is larger than 4 MiB.");
      return false;
    }
    let found;
    try {
      found = JSON.parse(text.replace(/^\ufeff/, ""));
    } catch (error) {
      this.wrong.textContent = t("This is no JSON yet: {error}", {error: error.message});
      return false;
    }
    if (found === null || typeof found !== "object" || Array.isArray(found)) {
      this.wrong.textContent = t("A programme is a JSON object.");
      return false;
    }
    this.wrong.textContent = "";
    this.model.change(() => found);
    return true;
  }

  async #open(file) {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    if (chosen.size > BYTES_MAX) this.wrong.textContent = t("This is larger than 4 MiB.");
    else if (this.#apply(await chosen.text())) this.#drop();
  }

  #download() {
    const link = h("a", {href: URL.createObjectURL(new Blob([JSON.stringify(this.model.value, null, 2)], {type: "application/json"})), download: `${this.model.value.id ?? "programme"}-${page.saved?.number ?? "new"}.json`});
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
