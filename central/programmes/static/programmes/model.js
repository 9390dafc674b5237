// The document being edited: one JSON value, changed in place, with its history.
// Forms touch only the member they show, so what no form knows stays as it is.

const HISTORY_MAX = 200;
const HISTORY_CHARACTERS_MAX = 20_000_000;
const SAME_EDIT_MS = 1500;

export class Model {
  constructor(value) {
    this.value = value;
    this.past = [];
    this.future = [];
    this.listeners = [];
    this.lastEdit = {where: "", at: 0};
  }

  /** `listener({structure})`: whether more than one field's value has changed. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  tell(structure) {
    for (const listener of this.listeners) listener({structure});
  }

  at(path) {
    let found = this.value;
    for (const step of path) {
      if (found === null || typeof found !== "object") return undefined;
      found = found[step];
    }
    return found;
  }

  /** Remember how it was. Edits of one field in a row are undone together. */
  remember(where = "") {
    const now = performance.now();
    const same = where && where === this.lastEdit.where && now - this.lastEdit.at < SAME_EDIT_MS;
    this.lastEdit = {where, at: now};
    if (same) return;
    this.past.push(JSON.stringify(this.value));
    this.future = [];
    let size = this.past.reduce((sum, text) => sum + text.length, 0);
    while (this.past.length > HISTORY_MAX || (size > HISTORY_CHARACTERS_MAX && this.past.length > 1)) {
      size -= this.past.shift().length;
    }
  }

  /** Set a member; undefined takes it away. Objects on the way are made. */
  set(path, value, {structure = false} = {}) {
    if (this.at(path) === value) return;
    this.remember(structure ? "" : path.join("/"));
    let parent = this.value;
    for (const [index, step] of path.slice(0, -1).entries()) {
      if (parent[step] === null || typeof parent[step] !== "object") {
        if (value === undefined) return;
        parent[step] = typeof path[index + 1] === "number" ? [] : {};
      }
      parent = parent[step];
    }
    const last = path.at(-1);
    if (value !== undefined) parent[last] = value;
    else if (Array.isArray(parent)) parent.splice(last, 1);
    else delete parent[last];
    this.tell(structure);
  }

  /** Any other change: `work` gets the whole value and may return a new one. */
  change(work) {
    this.remember();
    const found = work(this.value);
    if (found !== undefined) this.value = found;
    this.tell(true);
  }

  undo() {
    this.#step(this.past, this.future);
  }

  redo() {
    this.#step(this.future, this.past);
  }

  #step(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.value));
    this.value = JSON.parse(from.pop());
    this.lastEdit = {where: "", at: 0};
    this.tell(true);
  }
}

/** `["discounts", "children", 0]` as the server writes it: `$.discounts.children[0]`. */
export function pathText(path) {
  return "$" + path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
}
