// Review mode: the item with everybody's answers, one key a decision. What the desk does otherwise here; methods laid over its own.
import { canPick, drawAnswers } from "./answers.js";
import { cap, el, isTextField, uuid } from "./dom.js";
import { drawBar, drawStage, tool } from "./layout.js";
import { SETTLE_MS } from "./sending.js";
import { N_ } from "./strings.js";
import { askAside, askComment, askExample, askGold, askReason, askReopen, askReturn, drawAttached } from "./verdict_dialogs.js";

const DIALOGS = { r: askReturn, w: askReason, c: askComment, p: askGold, x: askExample, b: askAside };
const TOOLS = [["e", N_("Edit")], ["r", N_("Send back")], ["w", N_("Reason")], ["c", N_("Comment")], ["p", N_("Gold")], ["x", N_("Example")], ["s", N_("Skip")]];
const usual = (desk, name, ...given) => Object.getPrototypeOf(desk)[name].apply(desk, given);

const isAside = item => ["flagged", "quarantined"].includes(item.served.state);
const isLocked = item => item.served.state === "quarantined"; // it can only be put back or taken out

function drawDeciding(desk) {
  const aside = isAside(desk.item) && !isLocked(desk.item) ? [["b", N_("Resolve hold")]] : [];
  const tools = [...TOOLS, ...aside].map(([key, words]) => tool(desk, key, words, () => desk.command(key)));
  const undo = tool(desk, "u", N_("Reopen"), () => desk.command("u"));
  const { suggested, first_verdict: first } = desk.item.served;
  const locked = isLocked(desk.item);
  const [words, key] = locked ? [N_("Resolve hold"), "b"] : [first ? N_("Confirm the verdict") : N_("Accept the suggestion"), "a"];
  const act = () => (locked ? desk.command("b") : desk.submit());
  const submit = el("button", { type: "button", class: "primary submit", "data-command": key, onclick: act },
    el("span", { text: desk.t(words) }), cap(), locked ? null : el("kbd", { text: "⏎" }));
  submit.disabled = !(locked || (first ?? suggested));
  const attached = drawAttached(desk);
  const foot = el("div", { class: "foot" }, el("div", { class: "tools" }, ...tools, undo), el("div", { class: "send" }, el("span", { class: "left-to-do" }), submit));
  desk.bar.replaceChildren(attached, foot);
  desk.bar.hidden = false;
  const extras = { asks: [], refresh: () => {}, reveal: () => {} };
  return { extras, submit, undo, leftToDo: foot.querySelector(".left-to-do") };
}

// On a narrow screen the item and its answers take turns.
function drawTurns(desk) {
  const turn = (side, words) => el("button", { type: "button", class: "turn-tab", "aria-pressed": String(desk.side === side), onclick: () => { desk.side = side; desk.stage.dataset.side = side; desk.stage.querySelectorAll(".turn-tab").forEach(tab => tab.setAttribute("aria-pressed", String(tab === node(side)))); } }, words);
  const node = side => tabs.children[side === "item" ? 0 : 1];
  const tabs = el("nav", { class: "turns" }, turn("item", desk.t("Item")), turn("answers", `${desk.t("Answers")} (${desk.item.served.answers.length})`));
  return tabs;
}

export const reviewing = {
  place: "review",
  editing: false,
  namesShown: false,
  marksShown: true,
  side: "item",

  nextPath() {
    const asked = Object.entries(this.filter()).filter(([, value]) => value);
    return `/review/${this.data.slug}/next?${new URLSearchParams(asked)}`;
  },

  // An item chosen in the address is asked for once; then come those that the filters let through.
  filter() {
    const { item, ...others } = this.data.filter ?? {};
    return this.cameFor === item ? others : { item, ...others };
  },

  async refilter() {
    if (this.item?.sealed) return void (this.refilterNext = true);
    if (this.item?.dirty) await this.drafts.pump(this.item);
    this.fetchNext();
  },

  // ---- an item comes

  begin(item, draft) {
    this.cameFor = this.data.filter?.item;
    this.editing = false;
    this.side = "item";
    if (this.refilterNext) queueMicrotask(() => this.refilter());
    this.refilterNext = false;
    const note = this.vault.get(`note.${item.id}`)?.content ?? { comment: draft?.comment ?? undefined, reason: draft?.reason ?? undefined };
    Object.assign(item, { extrasWanted: null, begun: Object.keys(item.answer).length > 0, note });
    if (item.begun) queueMicrotask(() => this.say(this.t("You have an unfinished edit. Press E to continue."), { forMs: 8000 }));
  },

  keepNote() {
    this.vault.set(`note.${this.item.id}`, { content: this.item.note });
    this.drafts.changed(this.item);
    if (!this.editing) this.bar.querySelector(".attached-row")?.replaceWith(drawAttached(this));
  },

  beside({ note }) {
    return { comment: note?.comment ?? null, reason: note?.reason ?? null };
  },

  asksToDraw() {
    return this.editing ? this.item.screen.asks : [];
  },

  drawStage(drawn) {
    const seen = el("section", { class: "stage seen" });
    drawStage(seen, this, drawn);
    this.stage.replaceChildren(drawTurns(this), seen, drawAnswers(this));
    this.stage.dataset.layout = "review";
    this.stage.dataset.side = this.side;
  },

  drawBar(drawn) {
    return this.editing ? drawBar(this, drawn) : drawDeciding(this);
  },

  showProgress(progress) {
    if (!progress) return;
    this.left = progress.left;
    this.count(this.t("{n} today", { n: progress.today }), this.t("{n} left", { n: progress.left }));
    this.strip.node.style.setProperty("--done", progress.today + progress.left ? progress.today / (progress.today + progress.left) : 0);
  },

  empty(body) {
    this.undoable = body.verdict ?? this.undoable;
    const filtered = body.why === "none_left" && Object.values(this.filter()).some(Boolean);
    usual(this, "empty", filtered ? { ...body, message: this.t("No items match your filters. Press F to change them.") } : body);
  },

  wayBack() {
    return this.undoable ? tool(this, "u", N_("Reopen"), () => this.command("u")) : null;
  },

  // ---- keys

  command(key) {
    if (key === "n" || key === "d") return this.flip(key === "n" ? "namesShown" : "marksShown");
    if (!this.editing && this.decide(key)) return;
    usual(this, "command", key);
  },

  decide(key) {
    if (key === "u") return this.askReopen(), true;
    if (!this.item || !this.ready()) return false;
    if (key === "e") return this.edit(), true;
    if (key === "s") return this.pass(), true;
    if (!DIALOGS[key] || (key === "b" && !isAside(this.item))) return false;
    if (!this.panels.dialog?.open) DIALOGS[key](this);
    return true;
  },

  // The filters stand above the desk, on the page.
  moves() {
    const button = document.querySelector(".st-key-review_filters button");
    const filters = button ? [{ keys: ["f"], words: this.t("Filters"), act: () => button.click() }] : [];
    const back = this.foot?.back;
    const leads = ({ keys }) => back && keys[0] === "Escape" && this.leadsBack();
    const printed = usual(this, "moves").map(move => (leads(move) ? { ...move, node: back, cap: back.querySelector("kbd") } : move));
    return [...filters, ...printed];
  },

  flip(name) {
    this[name] = !this[name];
    this.paint({ again: true });
  },

  // With nothing to choose from, up and down go from card to card.
  moveCursor(by) {
    if (this.editing) return usual(this, "moveCursor", by);
    this.stage.querySelector(".answers")?.scrollBy({ top: by * 160, behavior: this.calm ? "auto" : "smooth" });
  },

  // From a control, too, Escape leads back at once: it is printed so. What is open, and a text being written, come first.
  leave(target) {
    const back = this.editing && this.leadsBack() && !isTextField(target);
    return back ? (this.show(false), true) : usual(this, "leave", target);
  },

  leadsBack() {
    return !this.panels.guidelines && !this.foot?.extras.isOpen?.();
  },

  wordsOf(key) {
    if (/^[1-9]$/.test(key)) return this.t("Use this answer as the verdict");
    if (key === "m" || key === "?") return usual(this, "wordsOf", key);
    return { a: this.t("Accept the suggestion"), u: this.t("Reopen the last verdict") }[key];
  },

  whyNot(node) {
    if (node === this.foot?.submit) this.submit();
  },

  // ---- deciding

  tooSoon() {
    return !this.ready() || performance.now() - this.paintedAt < SETTLE_MS;
  },

  submit(...given) {
    if (this.editing) return usual(this, "submit", ...given);
    const { suggested, first_verdict: first } = this.item?.served ?? {};
    if (!this.item || this.tooSoon()) return;
    if (isLocked(this.item)) return DIALOGS.b(this);
    if (!(first ?? suggested)) return this.say(this.t("Nothing is suggested: pick an answer or edit one."), { tone: "wrong" });
    return this.settle({ basis: "accepted" });
  },

  pick(label) {
    const answer = this.item.served.answers.find(one => one.label === label);
    if (this.tooSoon() || this.editing) return;
    if (!canPick(answer)) return this.say(this.t("There is no answer {n} to pick.", { n: label }), { tone: "wrong" });
    return this.settle({ basis: "picked", answer_id: answer.id });
  },

  edit() {
    const { item } = this;
    const { suggested, first_verdict: first, answers } = item.served;
    if (!item.begun) item.answer = structuredClone((first ?? suggested ?? answers.find(canPick))?.answer ?? {});
    item.begun = true;
    this.show(true);
  },

  show(editing) {
    this.editing = editing;
    this.root.toggleAttribute("data-editing", editing);
    if (!editing) this.side = "item";
    this.rest();
    this.cursor = 0;
    this.paint({ again: true });
  },

  order(body) {
    const { reason, comment, gold, example } = this.item.note;
    const added = Object.fromEntries(Object.entries({ reason, comment: comment?.trim() || undefined, gold, example }).filter(([, value]) => value));
    return { key: uuid(), active_ms: Math.round(this.item.activeMs), next: true, filter: this.filter(), ...added, ...body };
  },

  settle(body) {
    const { item } = this;
    this.submittedAt = performance.now();
    return this.deliver({ path: `/review/assignments/${item.id}/settle`, body: JSON.stringify(this.order(body)), assignment: item.id }, item);
  },

  sendOff() {
    return this.settle({ basis: "edited", answer: this.item.answer });
  },

  sendBack(answers, comment, reason) {
    const { item } = this;
    const body = { key: uuid(), answers, comment, ...(reason ? { reason } : {}), next: true, filter: this.filter() };
    return this.deliver({ path: `/review/assignments/${item.id}/return`, body: JSON.stringify(body), assignment: item.id }, item);
  },

  pass() {
    const { item } = this;
    if (this.tooSoon()) return;
    return this.deliver({ path: `/review/assignments/${item.id}/pass`, body: JSON.stringify({ next: true, filter: this.filter() }), assignment: item.id }, item);
  },

  decideAside(decision) {
    const { item } = this;
    return this.deliver({ path: `/review/assignments/${item.id}/flag`, body: JSON.stringify({ decision, next: true, filter: this.filter() }), assignment: item.id }, item);
  },

  askReopen() {
    if (!this.undoable) return this.say(this.t("You have no verdict to reopen."));
    if (!this.panels.dialog?.open) askReopen(this);
  },

  async reopen(comment) {
    if (this.undoing || this.item?.sealed) return;
    this.undoing = true;
    const verdict = this.undoable;
    if (this.item?.dirty) await Promise.race([this.drafts.pump(this.item), this.net.pause(1500)]);
    const reply = await this.net.call("POST", `/review/verdicts/${verdict}/reopen`, { comment });
    this.undoing = false;
    if (reply.status === 200) {
      this.vault.drop(`reopening.${verdict}`);
      const { next } = reply.body;
      const progress = { ...next.progress, left: Math.max(next.progress.left, (this.left ?? 0) + 1) }; // a queue of one has no count of the rest
      this.arrive({ ...reply, body: { ...next, progress, why: ["reopened"] } });
      return this.say(this.t("Your last verdict is open again."));
    }
    if (reply.status) this.say(reply.body.message || this.t("It can no longer be undone."), { tone: "wrong" });
  },
};
