// The sample receipt and what the real calculator makes of it.

import {get} from "./api.js";
import {button, h, replace} from "./dom.js";
import {Form, redraw, showErrors} from "./form.js";
import {Model} from "./model.js";
import {rows, titleOf} from "./nodes.js";
import {money, number, page, t, told} from "./page.js";

export class Preview {
  /** `onChange()` when the receipt changes, `onRule(id)` when a rule's name is clicked. */
  constructor({names, document, words, onChange, onRule}) {
    Object.assign(this, {document, words, onRule});
    this.model = new Model(structuredClone(page.sample));
    this.form = new Form({model: this.model, names, redraw: () => this.draw(), currency: () => this.model.value.currency ?? ""});
    this.model.onChange(onChange);
    this.fields = h("div", {class: "ed-basket"});
    this.result = h("div", {class: "ed-result", "aria-live": "polite"});
    this.receipts = h("div", {});
    this.old = h("p", {class: "tg-hint", role: "status"});
    this.trouble = h("div", {});
    const take = page.may.receipts ? button(t("Take a stored receipt…"), () => this.#offer(), {data: {take: "receipt"}}) : null;
    this.element = h("section", {class: "tg-card ed-pane ed-preview", id: "sample-receipt"},
      h("div", {class: "ed-head"}, h("h2", {}, t("Sample receipt")), take), this.receipts, this.old, this.result, this.trouble,
      h("details", {class: "ed-sample", open: true}, h("summary", {}, t("What is in it")), this.fields));
    this.draw();
  }

  draw() {
    redraw(this.fields, this.form.object([], page.description.basket));
  }

  take(basket) {
    this.model.change(() => structuredClone(basket));
    this.draw();
  }

  async #offer() {
    const {status, body} = await get(page.urls.receipts);
    if (status !== 200) return replace(this.receipts, h("p", {class: "tg-error"}, body.error));
    const choose = async (url) => {
      const found = await get(url);
      if (found.status !== 200) return replace(this.receipts, h("p", {class: "tg-error"}, found.body.error));
      replace(this.receipts);
      return this.take(found.body.basket);
    };
    const row = (one) => h("li", {}, button(`${one.time} · ${one.store} · ${one.total}${one.guest ? ` · ${t("with a customer")}` : ""}`, () => choose(one.url), {kind: "ed-link"}));
    return replace(this.receipts, h("div", {class: "ed-choices"},
      body.receipts.length ? h("ul", {}, body.receipts.map(row)) : h("p", {class: "tg-empty"}, t("There are no receipts yet.")),
      h("p", {class: "tg-hint"}, t("The customer's facts are those of today; names and numbers are left out.")),
      button(t("Close"), () => replace(this.receipts))));
  }

  /** Something changed: what is shown is of before. */
  wait() {
    this.result.classList.add("ed-old");
  }

  /** What the server said: an answer, or errors at the receipt's fields. */
  show({answer, errors}) {
    const mine = errors.filter((error) => error.where === "basket");
    const left = showErrors(this.fields, mine);
    replace(this.trouble, left.map((error) => h("p", {class: "tg-error", role: "alert"}, error.text)));
    this.result.classList.toggle("ed-old", !answer);
    this.old.textContent = answer ? "" : this.result.childElementCount ? t("These are the figures of before the last change: it could not be calculated.") : t("not calculated");
    if (answer) replace(this.result, this.#answer(answer));
  }

  #rule(id) {
    const row = this.called.get(id);
    return button(row ? titleOf(row, told, this.words()) : id, () => this.onRule(id), {kind: "ed-link"});
  }

  #answer(answer) {
    this.called = new Map(rows(this.document()).map((row) => [row.node?.id, row]));
    const lines = this.model.value.lines ?? [];
    const goods = new Map(page.names.skus);
    const line = (priced, index) => h("tr", {},
      h("td", {}, lines[index]?.name || goods.get(lines[index]?.sku) || lines[index]?.sku || priced.id, h("br"), h("small", {}, `${number(lines[index]?.quantity ?? "")} × ${money(lines[index]?.unit_price ?? "")}`),
        priced.discounts.map((one) => h("div", {class: "ed-off"}, this.#rule(one.rule), ` −${money(one.amount)}`)),
        priced.redeemed !== "0.00" && Number(priced.redeemed) ? h("div", {class: "ed-off"}, t("points"), ` −${money(priced.redeemed)}`) : null),
      h("td", {class: "tg-figure"}, priced.net === priced.list ? null : h("s", {}, money(priced.list)), " ", h("b", {}, money(priced.net))));
    return [
      h("div", {class: "ed-totals"}, this.#figure(t("To pay"), money(answer.total), "total"), this.#figure(t("Discount"), money(answer.discount), "discount"), this.#figure(t("Points earned"), number(answer.points.earned), "earned"),
        answer.points.redeemable.max !== "0" ? this.#figure(t("Points may pay"), number(answer.points.redeemable.max), "redeemable") : null),
      h("table", {class: "tg-table"}, h("tbody", {}, answer.lines.map(line))),
      this.#list(t("Gave less than it could"), (answer.applied ?? []).flatMap((one) => (one.cuts ?? []).map((cut) => [this.#rule(one.rule), h("div", {}, cut.points ? `−${number(cut.points)} (${t("points")}): ` : `−${money(cut.amount)}: `, this.#cut(cut.reason))]))),
      this.#list(t("Points"), Object.entries(answer.points.by_rule ?? {}).map(([rule, points]) => [this.#rule(rule), ` +${number(points)}`])),
      this.#list(t("Rewards"), (answer.rewards ?? []).map((one) => [this.#rule(one.rule), h("div", {}, this.#reward(one))])),
      this.#list(t("Nearly"), (answer.hints ?? []).map((hint) => told(hint))),
      this.#list(t("What gave nothing, and why"), (answer.not_applied ?? []).map((one) => [this.#rule(one.rule), h("div", {}, told(one.detail))]), "not-applied"),
    ];
  }

  #figure(name, value, key) {
    return h("div", {}, h("small", {}, name), h("strong", {data: {figure: key}}, value));
  }

  #list(title, items, key = "") {
    return items.length ? h("div", {class: "ed-told", data: {told: key}}, h("h3", {}, title), h("ul", {}, items.map((item) => h("li", {}, item)))) : null;
  }

  #cut(reason) {
    const words = {CAP: t("its own cap"), FLOOR: t("the price is at its floor"), DISPLACED: t("another rule won the line"), LIMIT: t("the limits of discounts")};
    return words[reason] ?? reason;
  }

  #reward(one) {
    if (one.prompt) return told(one.prompt.text);
    if (one.offer_card) return t("offer a card: {kind}", {kind: one.offer_card.kind});
    if (one.gift) return t("hand over {sku} × {quantity}", one.gift);
    if (one.coupon) return t("coupon {template} {until}", {template: one.coupon.template, until: one.coupon.valid_until ?? ""});
    return JSON.stringify(one);
  }
}
