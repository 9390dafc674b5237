// Saving a draft, and what happens when somebody else was faster: nothing is overwritten unseen.

import {post} from "./api.js";
import {button, h, replace} from "./dom.js";
import {page, t} from "./page.js";

export class Saving {
  /** `adopt(document)` takes what the other one wrote onto the page; `unread()` says whether text waits that is no JSON. */
  constructor({model, editable, adopt, unread}) {
    Object.assign(this, {model, editable, adopt, unread});
    this.saved = page.saved;
    this.clean = JSON.stringify(model.value);
    this.state = h("span", {class: "ed-saved", role: "status"});
    this.notice = h("div", {class: "ed-notice"});
    const publish = page.may.publish && editable ? button(t("Publish…"), () => this.publish(), {data: {save: "publish"}}) : null;
    this.buttons = h("span", {class: "ed-bar"}, editable ? button(t("Save"), () => this.save(), {kind: "ed-primary", data: {save: "draft"}}) : null, publish,
      this.saved && !editable ? h("a", {class: "tg-link", href: this.saved.download}, t("Download")) : null);
    // On a phone the receipt is far below: what it comes to stands in the bar.
    this.sum = h("a", {class: "ed-sum tg-link", href: "#sample-receipt"});
    this.element = h("div", {class: "ed-save"}, this.state, this.sum, this.buttons);
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty) event.preventDefault();
    });
    this.draw();
  }

  get dirty() {
    return this.editable && (this.unread() || JSON.stringify(this.model.value) !== this.clean);
  }

  draw() {
    const dirty = this.dirty;
    this.state.textContent = !this.editable ? t("Only to be read") : dirty ? t("Not saved") : this.saved ? t("Saved as draft {number}", {number: this.saved.number}) : t("A new draft");
  }

  /** Whether it is kept now. What is asked for while a save is under way comes after it. */
  async save({asNew = false} = {}) {
    if (!this.editable) return false;
    while (this.busy) await this.busy;
    this.busy = this.#send(asNew);
    const kept = await this.busy;
    this.busy = null;
    return kept;
  }

  async #send(asNew) {
    const sent = JSON.stringify(this.model.value);
    const body = {document: this.model.value, revision_id: asNew ? null : this.saved?.id ?? null, base: this.saved?.base ?? ""};
    const answer = await post(page.urls.save, body);
    if (answer.status === 409) this.#clash(answer.body);
    else if (answer.status !== 200) replace(this.notice, h("p", {class: "tg-error", role: "alert"}, answer.body.error));
    else this.#kept(answer.body.saved, sent);
    return answer.status === 200;
  }

  #kept(saved, sent) {
    this.saved = saved;
    this.clean = sent;
    replace(this.notice);
    history.replaceState(null, "", saved.editor);
    this.draw();
  }

  async publish() {
    if (this.saved && !this.dirty) location.assign(this.saved.publish);
    else if (await this.save()) location.assign(this.saved.publish);
  }

  #clash({words, saved, document, changes = []}) {
    const theirs = () => {
      this.adopt(document);
      this.#kept(saved, JSON.stringify(document));
    };
    replace(this.notice, h("div", {class: "tg-card ed-clash", role: "alertdialog", "aria-label": words},
      h("p", {}, h("b", {}, words), " ", t("Nothing of yours is lost, and nothing of theirs is overwritten.")),
      changes.length ? h("h3", {}, t("What theirs has otherwise than yours")) : null,
      h("ul", {}, changes.map((change) => h("li", {}, h("b", {}, change.name), " ", change.words, change.edits.map((edit) => h("div", {}, `${edit.label}: ${edit.old || "—"} → ${edit.new || "—"}`))))),
      h("div", {class: "ed-bar"},
        button(t("Save mine as a new draft"), () => this.save({asNew: true}), {kind: "ed-primary", data: {clash: "new"}}),
        document ? button(t("Take theirs (mine stays under Undo)"), theirs, {data: {clash: "theirs"}}) : null)));
  }
}
