// The programme editor: tree, form, sample receipt, examples and JSON of one draft.

import {post} from "./api.js";
import {button, debounced, h, released, replace} from "./dom.js";
import {Examples} from "./examples.js";
import {Form, redraw, showErrors} from "./form.js";
import {JsonTab} from "./jsontab.js";
import "./lists.js";
import {Model, pathText} from "./model.js";
import * as nodes from "./nodes.js";
import {money, page, t, told} from "./page.js";
import {Preview} from "./preview.js";
import {Saving} from "./saving.js";
import "./shapes.js";
import "./simple.js";
import {Tree} from "./tree.js";

const ERRORS_SHOWN = 20;
const PRICE_AFTER_MS = 250;
const NARROW = "(max-width: 760px)";

class Editor {
  constructor(root) {
    this.model = new Model(page.document);
    this.editable = page.editable;
    this.errors = [];
    this.asked = 0;
    this.form = new Form({model: this.model, names: (list) => this.names(list), redraw: () => this.drawForm(), currency: () => this.model.value.currency ?? "", disabled: !this.editable});
    this.pane = h("section", {class: "tg-card ed-pane ed-form", "aria-label": t("Form")});
    this.tree = new Tree({model: this.model, editable: this.editable, onSelect: (_, {focus, shown}) => this.selected(focus, shown)});
    this.preview = new Preview({names: (list) => this.names(list), document: () => this.model.value, onChange: () => this.priceAnew(), onRule: (id) => this.open(id), words: () => this.tree.words});
    this.examples = new Examples({model: this.model, editable: this.editable, onOpen: (basket) => { this.preview.take(basket); this.show("rules"); }});
    this.json = new JsonTab({model: this.model, editable: this.editable, onUnread: () => this.drawUnread()});
    this.saving = new Saving({model: this.model, editable: this.editable, adopt: (value) => this.model.change(() => value), unread: () => this.json.unread});
    this.banner = h("div", {class: "ed-banner", role: "status"});
    this.priceSoon = debounced(() => this.price(), PRICE_AFTER_MS);
    this.model.onChange(({structure}) => this.changed(structure));
    window.addEventListener("keydown", (event) => this.key(event));
    this.layout(root);
    this.show("rules");
    this.drawForm();
    this.price();
  }

  layout(root) {
    const tabs = {rules: t("Rules"), examples: t("Examples"), json: "JSON"};
    this.panels = {
      rules: h("div", {class: "ed-columns"}, this.tree.element, this.pane, this.preview.element),
      examples: this.examples.element,
      json: this.json.element,
    };
    this.tabs = Object.entries(tabs).map(([name, words]) => h("button", {type: "button", role: "tab", class: "ed-tab", onclick: () => this.show(name), data: {tab: name}}, words));
    replace(root, h("div", {class: "ed-top"}, h("a", {class: "ed-title tg-link", href: page.urls.programme, title: t("To the programme and its revisions")}, page.title), h("div", {class: "ed-tabs", role: "tablist"}, this.tabs), this.saving.element), this.saving.notice, this.banner, Object.values(this.panels));
  }

  show(name) {
    for (const tab of this.tabs) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
    for (const [key, panel] of Object.entries(this.panels)) panel.hidden = key !== name;
    for (const rest of this.banner.querySelectorAll("details")) rest.open = false;
    if (name === "json") this.json.draw();
    else if (name === "rules") this.drawForm();
  }

  /** `[value, label]` to choose from; tiers and rules are those of the document itself. */
  names(list) {
    const levels = this.model.value.tiers?.levels;
    if (list === "tiers") return Array.isArray(levels) ? levels.map((level) => [String(level?.id ?? ""), ""]) : [];
    if (list === "rules") return nodes.rows(this.model.value).filter((row) => row.kind === "rule").map((row) => [String(row.node?.id ?? ""), told(row.node?.name)]);
    return page.names[list] ?? [];
  }

  changed(structure) {
    if (structure) {
      this.tree.settle();
      this.tree.draw();
      this.drawForm();
      this.examples.draw();
    }
    if (!this.panels.json.hidden) this.json.draw();
    this.saving.draw();
    this.priceAnew();
  }

  drawUnread() {
    this.tabs[2].textContent = this.json.unread ? "JSON (!)" : "JSON";
    this.saving.draw();
  }

  /** What is shown is of before the change until the server has answered. */
  priceAnew() {
    this.asked += 1;
    this.preview.wait();
    this.examples.wait();
    this.priceSoon();
  }

  // The form of what is chosen in the tree. On a phone it is below the tree.

  selected(focus, shown) {
    this.drawForm(focus);
    if (shown && matchMedia(NARROW).matches) this.pane.scrollIntoView({behavior: "smooth"});
  }

  drawForm(focus = false) {
    const path = this.tree.selected;
    if (this.formOf !== path.join("/")) replace(this.pane);
    this.formOf = path.join("/");
    redraw(this.pane, [button(t("To the rules"), () => this.tree.element.scrollIntoView({behavior: "smooth"}), {kind: "ed-back"}), this.fieldsOf(path)]);
    this.placeErrors();
    if (!focus) return;
    this.pane.querySelector(":is(input, select, textarea)")?.focus();
    this.pane.scrollIntoView({block: "nearest"});
  }

  fieldsOf(path) {
    const section = page.description.sections.find((one) => one.key === path[0]);
    if (section) return this.sectionForm(section);
    const node = this.model.at(path);
    const row = nodes.rows(this.model.value).find((one) => nodes.samePath(one.path, path));
    const title = h("h2", {data: {title: "form"}}, row ? nodes.titleOf(row, told, this.tree.words) : "");
    if (path.length === 1 && (path[0] === "rewards" || node === undefined)) return [title, h("p", {class: "tg-empty"}, this.hint(path[0])), this.editable ? button(t("+ Rule"), () => this.tree.add(nodes.newRule(this.model.value, path[0]), path[0]), {kind: "ed-offer"}) : null];
    const fields = row?.kind === "rule" ? page.description.rule[path[0]] : page.description.group;
    if (node === null || typeof node !== "object") return [title, this.form.field(path.slice(0, -1), {key: path.at(-1), type: "json", label: "", required: true})];
    return h("div", {class: "ed-field", data: {path: pathText(path)}}, h("div", {class: "ed-field-head"}, title), this.form.object(path, fields));
  }

  /** A rule is called by its name, or by what it does: both change while one types. */
  drawTitle() {
    const title = this.pane.querySelector("[data-title=form]");
    const row = nodes.rows(this.model.value).find((one) => nodes.samePath(one.path, this.tree.selected));
    if (title && row) title.textContent = nodes.titleOf(row, told, this.tree.words);
  }

  hint(stage) {
    const words = {
      discounts: t("No discount yet."),
      accrual: t("No points are earned yet."),
      rewards: t("Cards to offer, prompts and coupons."),
    };
    return words[stage];
  }

  sectionForm(section) {
    const title = h("h2", {}, section.label);
    const own = page.description.sections.filter((one) => one.key !== "general").map((one) => one.key);
    const skip = ["format", "revision", "examples", ...nodes.STAGES, ...own];
    if (section.key === "general") return [title, this.form.object([], section.fields, {skip})];
    if (this.model.at([section.key]) === undefined) return [title, h("p", {class: "tg-empty"}, t("Not set.")), this.form.field([], {...section, start: section.start ?? {}})];
    return [title, this.form.field([], {...section, label: "", required: true})];
  }

  // Prices, words and errors from the server.

  async price() {
    const number = ++this.asked;
    const basket = this.preview.model.value;
    const {status, body} = await post(page.urls.price, {document: this.model.value, basket});
    await released();
    if (number !== this.asked) return;
    this.saving.sum.textContent = body.answer ? `${t("To pay")} ${money(body.answer.total)}` : "";
    if (status !== 200) {
      this.preview.show({errors: []});
      this.examples.show();
      return replace(this.banner, h("p", {class: "tg-error", role: "alert"}, body.error));
    }
    this.errors = body.errors.filter((error) => error.where === "programme");
    Object.assign(this.tree, {words: body.words, sections: body.sections});
    this.tree.wrong = new Set(this.errors.map((error) => this.pathOf(error)?.join("/") ?? ""));
    this.tree.draw();
    this.drawTitle();
    this.placeErrors();
    this.preview.show(body);
    this.examples.show(basket, body.figures, body.examples);
    const failing = this.examples.failing;
    this.tabs[1].textContent = failing ? `${t("Examples")} (${failing} !)` : t("Examples");
    return this.drawBanner();
  }

  /** Those of what is chosen: of a group its own, not its rules'. */
  placeErrors() {
    showErrors(this.pane, this.errors.filter((error) => nodes.samePath(this.pathOf(error) ?? [], this.tree.selected)));
  }

  /** The node of the tree, or the section, that an error is in. */
  pathOf(error) {
    const steps = [...error.path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
    const known = this.tree.rows(new Set()).filter((row) => row.path.every((step, index) => steps[index] === step));
    return known.at(-1)?.path ?? (steps.length <= 1 || !steps.length ? ["general"] : null);
  }

  /** One line whatever is wrong: nothing below it may jump away from under the pointer. */
  drawBanner() {
    const failing = this.examples.failing;
    if (!this.errors.length && failing) return replace(this.banner, this.#trouble(), button(t("Examples that come out differently: {count}", {count: failing}), () => this.show("examples"), {kind: "ed-link", data: {show: "examples"}}));
    if (!this.errors.length) return replace(this.banner, this.editable ? h("span", {class: "tg-state tg-current"}, t("Nothing is wrong")) : null);
    const [first, ...rest] = this.errors;
    const more = rest.length ? h("details", {class: "ed-rest"}, h("summary", {}, t("and {count} more", {count: rest.length})), h("ul", {}, rest.slice(0, ERRORS_SHOWN).map((error) => h("li", {}, this.errorItem(error))))) : null;
    return replace(this.banner, this.#trouble(), h("span", {class: "ed-first", title: first.text}, this.errorItem(first)), more);
  }

  #trouble() {
    return h("span", {class: "tg-state tg-retired"}, t("To be mended before publishing"));
  }

  errorItem(error) {
    const path = this.pathOf(error);
    const row = path && nodes.rows(this.model.value).find((one) => nodes.samePath(one.path, path));
    const show = () => {
      this.show("rules");
      this.tree.select(path, {focus: false});
      this.pane.querySelector(".ed-wrong")?.scrollIntoView({block: "center"});
    };
    const elsewhere = error.path.startsWith("$.examples") ? button(t("Show"), () => this.show("examples"), {kind: "ed-link"}) : button("JSON", () => this.show("json"), {kind: "ed-link"});
    return [path ? button(t("Show"), show, {kind: "ed-link", data: {show: "error"}}) : elsewhere,
      " ", row ? h("b", {}, nodes.titleOf(row, told, this.tree.words), ": ") : null, error.text, " ", row ? null : h("code", {}, error.path)];
  }

  open(id) {
    const row = nodes.rows(this.model.value).find((one) => one.node?.id === id);
    if (row) this.tree.select(row.path, {focus: false});
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || !this.editable) return;
    const typing = event.target.closest?.("input, textarea, [contenteditable]");
    if (event.code === "KeyS") {
      typing?.dispatchEvent(new Event("change")); // What is typed counts, though its field was not left.
      this.saving.save();
    } else if (event.code === "KeyZ" && !typing) event.shiftKey ? this.model.redo() : this.model.undo();
    else if (event.code === "KeyY" && !typing) this.model.redo();
    else return;
    event.preventDefault();
  }
}

window.editor = new Editor(document.getElementById("editor"));
