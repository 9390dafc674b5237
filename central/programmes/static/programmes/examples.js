// Examples: receipts with the figures that must come out, kept with the programme and run before it is published.

import {button, h, replace} from "./dom.js";
import {number, t} from "./page.js";

/** What an example made of the preview expects. */
const KEPT = ["total", "discount", "line_nets", "redeemed_points", "points_earned", "offers_card"];

const NAMES = () => ({
  total: t("To pay"), discount: t("Discount"), points_earned: t("Points earned"), line_nets: t("Lines after discounts"),
  line_discounts: t("Discounts of lines"), redeemed_points: t("Points spent"), redeemable_max: t("Points may pay"),
});

/** `line_nets[0]` is the first of the lines. */
function named(key) {
  const [, name, line] = key.match(/^(\w+)\[(\d+)\]$/) ?? [null, key];
  const words = NAMES()[name];
  return words === undefined ? key : line === undefined ? words : `${words}, ${Number(line) + 1}`;
}

/** Set what came out at `lines[0].net`; what the answer has no place for goes. */
function accept(expect, {key, got}) {
  const steps = [...key.matchAll(/[^.[\]]+/g)].map(([step]) => step);
  const last = steps.pop();
  const parent = steps.reduce((found, step) => found?.[step], expect);
  if (!parent || typeof parent !== "object") return;
  if (got === null) delete parent[last];
  else parent[last] = got;
}

export class Examples {
  constructor({model, editable, onOpen}) {
    Object.assign(this, {model, editable, onOpen});
    this.results = [];
    this.waiting = true;
    this.list = h("div", {class: "ed-list"});
    this.name = h("input", {class: "ed-input", id: "example-name", placeholder: t("Two coffees in the morning"), maxLength: 200});
    this.keeper = button(t("Keep as an example"), () => this.keep(), {kind: "ed-primary", disabled: true, data: {keep: "example"}});
    this.element = h("section", {class: "tg-card"},
      h("p", {class: "tg-note"}, t("Examples are calculated at every change and again before publishing: one that differs stops it.")),
      editable ? h("div", {class: "ed-bar"}, h("label", {class: "ed-label", for: "example-name"}, t("The sample receipt as an example named")), this.name, this.keeper) : null,
      this.list);
    this.draw();
  }

  get examples() {
    const found = this.model.value.examples;
    return Array.isArray(found) ? found : [];
  }

  /** Something changed: until it is calculated there is nothing to keep, and nothing to accept. */
  wait() {
    if (this.waiting) return;
    this.waiting = true;
    this.keeper.disabled = true;
    this.draw();
  }

  /** What was calculated: figures of the sample, if it has any, and a result for each example. */
  show(basket, figures, results) {
    this.waiting = false;
    this.sample = figures ? {basket, figures} : null;
    this.keeper.disabled = !this.sample;
    this.results = results ?? [];
    this.draw();
  }

  keep() {
    const {basket, figures} = structuredClone(this.sample);
    const expect = Object.fromEntries(KEPT.filter((key) => figures[key] !== false && figures[key] !== undefined).map((key) => [key, figures[key]]));
    const name = this.name.value.trim() || t("Example {number}", {number: this.examples.length + 1});
    this.model.change((value) => {
      value.examples = [...this.examples, {name, basket, expect}];
    });
    this.name.value = "";
  }

  get failing() {
    return this.results.filter((result) => !result.ok).length;
  }

  draw() {
    const cards = this.examples.map((example, index) => this.#card(example, index));
    replace(this.list, cards.length ? cards : h("p", {class: "tg-empty"}, t("No example yet. Make the sample receipt you care about, then keep it here.")));
  }

  #card(example, index) {
    const result = this.results[index];
    const [state, words] = this.waiting ? ["draft", t("calculating…")] : !result ? ["draft", t("not calculated")] : result.ok ? ["current", t("as expected")] : ["retired", t("differs")];
    const differences = result?.differences ?? [];
    return h("div", {class: "ed-card", data: {example: String(index), path: `$.examples[${index}]`}},
      h("div", {class: "ed-head"}, h("b", {}, example?.name || t("Example {number}", {number: index + 1})), h("span", {class: `tg-state tg-${state}`}, words)),
      result?.error ? h("p", {class: "tg-error"}, `${result.error.path}: ${result.error.text}`) : null,
      differences.length ? h("table", {class: "tg-table"},
        h("thead", {}, h("tr", {}, h("th", {}, t("Figure")), h("th", {class: "tg-figure"}, t("Expected")), h("th", {class: "tg-figure"}, t("Comes out")))),
        h("tbody", {}, differences.map((one) => h("tr", {}, h("td", {}, named(one.key)), h("td", {class: "tg-figure"}, this.#figure(one.expected)), h("td", {class: "tg-figure"}, this.#figure(one.got)))))) : null,
      h("div", {class: "ed-bar"},
        button(t("Open as the sample"), () => this.onOpen(example?.basket)),
        this.editable && differences.length ? button(t("Accept what comes out"), () => this.#accept(index), {disabled: this.waiting, data: {accept: String(index)}}) : null,
        this.editable ? button(t("Delete"), () => this.#remove(index)) : null));
  }

  #figure(value) {
    return Array.isArray(value) || (value !== null && typeof value === "object") ? JSON.stringify(value) : value === null ? "—" : typeof value === "boolean" ? (value ? t("yes") : t("no")) : number(value);
  }

  #accept(index) {
    this.model.change((value) => {
      for (const one of this.results[index].differences) accept(value.examples[index].expect, one);
    });
  }

  #remove(index) {
    this.results = this.results.toSpliced(index, 1);
    this.model.change((value) => {
      value.examples.splice(index, 1);
      if (!value.examples.length) delete value.examples;
    });
  }
}
