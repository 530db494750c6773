// Sending an answer: checked, kept, sent under one key until answered; methods of the desk.
import { complain } from "./asks.js";
import { uuid } from "./dom.js";

export const SETTLE_MS = 400;
const MOST_NAMED = 3;

export const sending = {
  problems() {
    return this.asks.map(drawn => ({ ask: drawn.ask.name, message: drawn.missing() })).filter(problem => problem.message);
  },

  // An item that nobody touched (a draft brought back) is not sent by a key pressed for the item before it.
  submit(outcome = "submitted", reason = undefined) {
    if (!this.ready() || (!this.touched && outcome === "submitted" && performance.now() - this.paintedAt < SETTLE_MS)) return;
    const problems = outcome === "submitted" ? this.problems() : [];
    if (problems.length) return this.showProblems(problems);
    if (this.mode === "preview") return this.say(this.t("Complete. This is a preview: nothing is sent."));
    if (this.mode === "review") return this.sendOff();
    this.submittedAt = performance.now();
    const { item } = this;
    const done = outcome === "submitted";
    const common = { key: uuid(), answer: done ? item.answer : null, extras: item.extras };
    if (this.mode === "revise") return this.deliver({ path: `/work/answers/${this.data.answer_id}/revise`, body: JSON.stringify(common) }, item);
    const body = { ...common, rev: this.drafts.highestRev(item), outcome, ...(reason ? { reason } : {}), active_ms: Math.round(item.activeMs), next: true };
    return this.deliver({ path: `/work/assignments/${item.id}/submit`, body: JSON.stringify(body), assignment: item.id }, item);
  },

  // Kept before it is sent and resent with the same key until answered, over reloads too.
  async deliver(order, item) {
    if (item) { item.sealed = true; clearTimeout(item.timer); }
    if (this.keeps()) this.vault.set(this.outbox, order);
    const slow = setTimeout(() => { this.root.classList.add("sending"); this.say(this.t("Sending your answer…"), { forMs: 60000 }); }, 200);
    this.activity.beat(order.assignment ?? null);
    const reply = await this.net.until("POST", order.path, order.body);
    clearTimeout(slow);
    if (!reply) return;
    this.root.classList.remove("sending");
    this.say("");
    if (this.keeps()) this.vault.drop(this.outbox);
    this.delivered(reply, order, item);
  },

  delivered(reply, order, item) {
    if (reply.status === 200) {
      if (order.assignment) ["draft", "note"].forEach(kept => this.vault.drop(`${kept}.${order.assignment}`));
      if (this.mode === "revise") {
        this.vault.drop(this.revisionName);
        return this.finished();
      }
      return reply.body.next ? this.arrive({ ...reply, body: reply.body.next }) : this.fetchNext();
    }
    this.submittedAt = null;
    if (reply.status === 422 && item) return this.sentBack(item, reply.body);
    if (item && reply.status !== 409 && reply.status !== 404) return this.sentBack(item, reply.body);
    this.lost(item ?? order, reply.body);
    return this.mode === "revise" ? this.stopped(reply.body) : this.fetchNext();
  },

  sentBack(item, body) {
    item.sealed = false;
    this.showProblems(body.problems?.length ? body.problems : [{ ask: "", message: body.message }]);
  },

  showProblems(problems) {
    this.asks.forEach(drawn => complain(drawn, ""));
    this.foot.extras.reveal();
    const owner = name => this.asks.find(a => a.ask.name === name) ?? this.asks.find(a => a.ask.name === `~${name.split(".").at(-1)}`)
      ?? this.asks.find(a => name && a.ask.name.split(".")[0] === name.split(".")[0]);
    const owned = problems.map(problem => ({ ...problem, drawn: owner(problem.ask || "") }));
    owned.forEach(({ drawn, message }) => drawn && complain(drawn, message));
    const first = owned.find(({ drawn }) => drawn);
    this.say(this.inWords(owned), { tone: "wrong" });
    if (!first) return;
    this.setCursor(this.asks.indexOf(first.drawn));
    first.drawn.focus();
  },

  // Each message once, with the questions that it is about, where there are several to be meant.
  inWords(problems) {
    const named = new Map();
    const nameOf = drawn => drawn && this.loc(drawn.ask.label).replace(/[?？:：]$/, "");
    problems.forEach(({ drawn, message }) => named.set(message, [...(named.get(message) ?? []), nameOf(drawn)]));
    const sentence = ([message, asks]) => {
      const names = this.asks.length > 1 ? asks.filter(Boolean) : [];
      const ask = names.slice(0, MOST_NAMED).join(this.t(", ")) + (names.length > MOST_NAMED ? "…" : "");
      return ask ? this.t("{ask} — {message}", { ask, message }) : message;
    };
    return this.sentences(...[...named].map(sentence));
  },
};
