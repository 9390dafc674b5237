// Dragging a row by its handle, with mouse, pen or finger.

import * as nodes from "./nodes.js";

export class Drag {
  constructor(tree) {
    this.tree = tree;
    this.target = null;
    this.path = null;
  }

  start(event, path) {
    event.preventDefault();
    this.path = path;
    const handle = event.currentTarget;
    const row = handle.closest(".ed-row");
    handle.setPointerCapture(event.pointerId);
    row.classList.add("ed-dragged");
    const stop = (drop) => {
      handle.removeEventListener("pointermove", move);
      window.removeEventListener("keydown", cancel, true);
      row.classList.remove("ed-dragged");
      this.#mark(null);
      const target = this.target;
      this.target = this.path = null;
      if (drop && target) this.tree.moveTo(path, target.list, target.index);
      else this.tree.draw();
    };
    const move = (moved) => this.#over(path, moved);
    const cancel = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.preventDefault();
      this.target = null;
      stop(false);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", () => stop(true), {once: true});
    handle.addEventListener("pointercancel", () => stop(false), {once: true});
    window.addEventListener("keydown", cancel, true);
  }

  /** Above a row's middle: before it; below: after it; in the middle of a group or a root: into it. */
  #over(path, event) {
    const element = document.elementFromPoint(event.clientX, event.clientY)?.closest(".ed-row");
    const row = element && this.tree.rows().find((other) => other.path.join("/") === element.dataset.key);
    this.target = row && row.kind !== "section" ? this.#place(path, row, element, event.clientY) : null;
    this.#mark(this.target ? element : null, this.target?.where);
  }

  #place(path, row, element, y) {
    const box = element.getBoundingClientRect();
    const part = (y - box.top) / box.height;
    const holds = row.kind === "root" || row.kind === "group";
    const into = holds && (row.kind === "root" || (part > 0.3 && part < 0.7));
    const found = into
      ? {list: nodes.listOf(row.path), index: Infinity, where: "into"}
      : {list: row.path.slice(0, -1), index: row.path.at(-1) + (part > 0.5 ? 1 : 0), where: part > 0.5 ? "after" : "before"};
    return nodes.mayMove(this.tree.document, path, found.list) ? found : null;
  }

  #mark(element, where) {
    for (const name of ["before", "after", "into"]) {
      for (const old of this.tree.list.querySelectorAll(`.ed-drop-${name}`)) old.classList.remove(`ed-drop-${name}`);
    }
    if (element) element.classList.add(`ed-drop-${where}`);
  }
}
