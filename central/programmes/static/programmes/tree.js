// The tree: chosen with mouse, finger or keys; moved by dragging a handle, by buttons or with Alt and the arrows.

import {arrange, button, h, replace} from "./dom.js";
import {Drag} from "./drag.js";
import * as nodes from "./nodes.js";
import {page, t, told} from "./page.js";

const ICONS = {root: {discounts: "percent", accrual: "stars", rewards: "redeem"}, group: "folder", rule: "sell"};
const SECTION_ICONS = {general: "tune", points: "toll", tiers: "leaderboard", limits: "vertical_align_top", redemption: "payments", regulated: "gavel", returns: "assignment_return"};

export class Tree {
  /** `onSelect(path, {focus, shown})`: focus when the form should take the keyboard, shown when it should be seen. */
  constructor({model, editable, onSelect}) {
    Object.assign(this, {model, editable, onSelect});
    this.selected = ["discounts"];
    this.collapsed = new Set();
    this.words = {};
    this.sections = {};
    this.wrong = new Set();
    /** Rows on the page by their key: what each shows, and its element. */
    this.drawn = new Map();
    this.list = h("div", {class: "ed-tree", role: "tree", "aria-label": t("Programme"), onkeydown: (event) => this.#key(event)});
    this.bar = h("div", {class: "ed-bar", role: "toolbar", "aria-label": t("Change the tree")});
    this.element = h("section", {class: "tg-card ed-pane ed-tree-pane"}, this.bar, this.list, h("p", {class: "tg-hint ed-keys"}, t("Arrows choose, Alt and arrows move, Delete removes, Ctrl+D duplicates, Ctrl+Z undoes.")));
    this.drag = new Drag(this);
    this.draw();
  }

  get document() {
    return this.model.value;
  }

  rows(collapsed = this.collapsed) {
    const sections = page.description.sections.map((section) => ({path: [section.key], kind: "section", depth: 0, section}));
    return [...nodes.rows(this.document, collapsed), ...sections];
  }

  select(path, {focus = false, shown = false} = {}) {
    this.selected = path;
    this.#unfold();
    this.draw();
    this.onSelect(path, {focus, shown});
  }

  /** What is chosen is seen. */
  #unfold() {
    for (let length = 1; length < this.selected.length; length++) this.collapsed.delete(this.selected.slice(0, length).join("/"));
  }

  /** Keep what is chosen on the tree after undo and the like. */
  settle() {
    this.#unfold();
    const exists = this.rows().some((row) => nodes.samePath(row.path, this.selected));
    if (!exists) this.selected = [nodes.STAGES.includes(this.selected[0]) ? this.selected[0] : "discounts"];
  }

  /** Rows stay as they are while they show the same, and while one is dragged: a click must end where it began. */
  draw() {
    if (this.drag?.path) return;
    const rows = this.rows().map((row) => this.#shown(row));
    const shows = JSON.stringify([rows, this.model.past.length > 0, this.model.future.length > 0]);
    if (shows === this.shows) return;
    this.shows = shows;
    const focused = this.list.contains(document.activeElement);
    const pressed = this.bar.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    this.drawn = new Map(rows.map((row) => [row.key, this.#drawnAs(row)]));
    arrange(this.list, [...this.drawn.values()].map((one) => one.element));
    replace(this.bar, this.#buttons());
    const again = focused ? this.list.querySelector("[aria-selected=true]") : pressed && this.bar.querySelector(`[aria-label="${CSS.escape(pressed)}"]:enabled`);
    (again || (pressed && this.list.querySelector("[aria-selected=true]")))?.focus({preventScroll: !focused});
  }

  /** The row as it stands, or a new one where it shows something else: of thousands a click changes two. */
  #drawnAs(row) {
    const shows = JSON.stringify(row);
    const old = this.drawn.get(row.key);
    return old?.shows === shows ? old : {shows, element: this.#row(row)};
  }

  /** All that a row shows, as plain data. */
  #shown(row) {
    const key = row.path.join("/");
    const children = row.kind === "root" || row.kind === "group";
    const open = children && !this.collapsed.has(key);
    const title = row.kind === "section" ? row.section.label : nodes.titleOf(row, told, this.words);
    const words = row.kind === "section" ? this.sections[row.section.key] : row.kind === "rule" ? (title === this.words[key] ? "" : this.words[key]) : this.#groupWords(row);
    const icon = row.kind === "section" ? SECTION_ICONS[row.section.key] : row.kind === "root" ? ICONS.root[row.stage] : ICONS[row.kind];
    const movable = this.editable && (row.kind === "rule" || row.kind === "group") && row.path.length > 1;
    const chosen = nodes.samePath(row.path, this.selected);
    const inside = children && !open && [...this.wrong].some((one) => one.startsWith(`${key}/`));
    return {path: row.path, depth: row.depth, kind: row.kind, key, children, open, title, words, icon, movable, chosen, wrong: this.wrong.has(key) || inside};
  }

  #row(row) {
    const {key, children, open, title, words, icon, movable, chosen, wrong} = row;
    return h("div", {
      class: `ed-row ed-${row.kind}${chosen ? " ed-chosen" : ""}${wrong ? " ed-row-wrong" : ""}`, role: "treeitem",
      "aria-level": String(row.depth + 1), "aria-selected": String(chosen), "aria-expanded": children ? String(open) : null,
      tabIndex: chosen ? 0 : -1, style: `--depth: ${row.depth}`, data: {key},
      onclick: (event) => (event.target.closest(".ed-fold") ? this.#fold(row.path) : this.select(row.path, {shown: true})),
    },
      movable ? h("span", {class: "ed-handle ed-icon", "aria-hidden": "true", title: t("Drag to move"), onpointerdown: (event) => this.drag.start(event, row.path)}, "drag_indicator") : h("span", {class: "ed-handle"}),
      children ? h("span", {class: "ed-fold ed-icon", "aria-hidden": "true"}, open ? "expand_more" : "chevron_right") : null,
      h("span", {class: "ed-icon ed-kind", "aria-hidden": "true"}, icon),
      h("span", {class: "ed-row-text"}, h("b", {}, title), words ? h("small", {}, words) : null),
      wrong ? h("span", {class: "ed-icon ed-alarm", title: t("Something is wrong here")}, "error") : null,
    );
  }

  #groupWords(row) {
    if (row.kind === "root" && row.stage === "rewards") return row.node?.length ? "" : t("nothing yet");
    if (!nodes.isGroup(row.node)) return row.kind === "root" ? t("nothing yet") : "";
    const mode = page.description.group.find((field) => field.key === "mode").options.find(([value]) => value === row.node.mode);
    return [mode ? mode[1] : row.node.mode, row.node.children.length ? "" : t("nothing yet")].filter(Boolean).join(", ");
  }

  /** Close or open a group; what was chosen in it gives way to the group. */
  #fold(path) {
    const key = path.join("/");
    if (this.collapsed.delete(key)) return this.draw();
    this.collapsed.add(key);
    return `${this.selected.join("/")}/`.startsWith(`${key}/`) ? this.select(path) : this.draw();
  }

  #buttons() {
    if (!this.editable) return [];
    const path = this.selected;
    const stage = nodes.STAGES.includes(path[0]) ? path[0] : "discounts";
    const inner = path.length > 1;
    const tool = (words, icon, work, disabled = false) => button(words, work, {icon, disabled, kind: "ed-tool"});
    return [
      button(t("+ Rule"), () => this.add(nodes.newRule(this.document, stage), stage), {kind: "ed-primary", data: {add: "rule"}}),
      button(t("+ Group"), () => this.add(nodes.newGroup(this.document), stage), {disabled: stage === "rewards", data: {add: "group"}}),
      h("span", {class: "ed-gap"}),
      tool(t("Move up"), "arrow_upward", () => this.step("up"), !inner),
      tool(t("Move down"), "arrow_downward", () => this.step("down"), !inner),
      tool(t("Move out of the group"), "arrow_back", () => this.step("out"), !inner),
      tool(t("Move into the group above"), "arrow_forward", () => this.step("in"), !inner),
      tool(t("Duplicate"), "content_copy", () => this.duplicate(), !inner),
      tool(t("Delete"), "delete", () => this.remove(), !this.#removable()),
      h("span", {class: "ed-gap"}),
      tool(t("Undo"), "undo", () => this.model.undo(), !this.model.past.length),
      tool(t("Redo"), "redo", () => this.model.redo(), !this.model.future.length),
    ];
  }

  #removable() {
    const [first] = this.selected;
    return this.selected.length > 1 || (first !== "general" && this.document[first] !== undefined);
  }

  #apply(work) {
    this.model.change((value) => {
      this.selected = work(value) ?? this.selected;
    });
    this.onSelect(this.selected, {focus: false});
  }

  add(node, stage) {
    this.#apply((value) => nodes.add(value, nodes.placeFor(value, this.selected, stage), node));
    this.onSelect(this.selected, {focus: true});
  }

  step(direction) {
    this.#apply((value) => nodes.step(value, this.selected, direction));
  }

  moveTo(path, list, index) {
    this.#apply((value) => nodes.moveTo(value, path, list, index));
  }

  duplicate() {
    if (this.selected.length < 2) return;
    this.#apply((value) => {
      const copy = nodes.copyOf(value, nodes.at(value, this.selected));
      return nodes.add(value, {list: this.selected.slice(0, -1), index: this.selected.at(-1) + 1}, copy);
    });
  }

  remove() {
    if (!this.#removable()) return;
    const path = this.selected;
    this.#apply((value) => {
      if (path.length === 1) {
        delete value[path[0]];
        return path;
      }
      const list = nodes.at(value, path.slice(0, -1));
      list.splice(path.at(-1), 1);
      const index = Math.min(path.at(-1), list.length - 1);
      if (index >= 0) return [...path.slice(0, -1), index];
      return path[0] === "rewards" ? ["rewards"] : path.slice(0, -2);
    });
  }

  #key(event) {
    const rows = this.rows();
    const index = rows.findIndex((row) => nodes.samePath(row.path, this.selected));
    const go = (to) => rows[to] && this.select(rows[to].path);
    const key = this.selected.join("/");
    const moves = {ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in"};
    const plain = {
      ArrowUp: () => go(index - 1), ArrowDown: () => go(index + 1), Home: () => go(0), End: () => go(rows.length - 1),
      ArrowLeft: () => this.#left(rows, index), ArrowRight: () => (this.collapsed.has(key) ? this.#fold(this.selected) : go(index + 1)),
      Enter: () => this.onSelect(this.selected, {focus: true}), " ": () => this.onSelect(this.selected, {focus: true}),
      Delete: () => this.editable && this.remove(),
    };
    let work = event.altKey ? moves[event.key] && this.editable && (() => this.step(moves[event.key])) : plain[event.key];
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyD" && this.editable) work = () => this.duplicate();
    else if (event.ctrlKey || event.metaKey) return;
    if (!work) return;
    event.preventDefault();
    work();
  }

  #left(rows, index) {
    const row = rows[index];
    if (row && (row.kind === "group" || row.kind === "root") && !this.collapsed.has(row.path.join("/"))) return this.#fold(row.path);
    const parent = rows.slice(0, index).findLast((other) => other.depth < row.depth);
    if (parent) this.select(parent.path);
  }
}
