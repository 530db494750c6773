// The desk's state and its loop: an item arrives, is painted, answered, sent; the reply already carries the next one.
import { Activity } from "./activity.js";
import { readPath, writePath } from "./answer.js";
import { complain } from "./asks.js";
import { el, isTextField, uuid } from "./dom.js";
import { Drafts } from "./drafts.js";
import { claimDesk } from "./identity.js";
import { onKeydown } from "./keys.js";
import { drawBar, drawStage, drawStrip, fitToPage } from "./layout.js";
import { Net, Vault } from "./net.js";
import { Panels } from "./panels.js";
import { DRAWS } from "./registry.js";
import { languagesOf, localise, pageLanguage, shortLanguage, translator } from "./strings.js";
import { clearTrouble, drawEmpty, drawTrouble } from "./trouble.js";

const SETTLE_MS = 400;
const LEASE_CHECK_MS = 10000;
const POLL_MS = 60000;

class Desk {
  constructor(parent, data) {
    Object.assign(this, { parent, data, mode: data.mode, item: null, asks: [], letters: [], cursor: 0, rendered: true, noteOpen: false, trouble: null, undoable: null });
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.root = el("div", { class: "touchstone-desk", tabindex: "-1", "data-mode": this.mode });
    this.stage = el("main", { class: "stage" });
    this.bar = el("footer", { class: "bar", hidden: true });
    this.notices = el("div", { class: "notices" });
    this.panels = new Panels(this);
    this.drafts = new Drafts(this);
    this.vault = new Vault(data.actor, error => this.cannotKeep(error));
    this.listen();
    parent.append(this.root);
    this.speak(data);
    this.unfit = data.fill ? fitToPage(this.root) : (this.root.style.height = `${data.height}px`, () => {});
    this.start();
  }

  listen() {
    this.keydown = event => onKeydown(event, this);
    window.addEventListener("keydown", this.keydown, true);
    // The mouse never takes the keyboard away: a pressed button leaves focus on the desk, so that Enter still submits.
    this.root.addEventListener("pointerdown", event => {
      if (event.pointerType !== "mouse" || isTextField(event.target) || !event.target.closest(".touchstone-desk > :not(dialog) button")) return;
      event.preventDefault();
      if (isTextField(document.activeElement)) this.rest();
    });
    this.root.addEventListener("mousedown", event => { if (event.target.closest("button") && !event.target.closest("dialog")) event.preventDefault(); });
    this.root.addEventListener("focusin", event => {
      const at = this.asks.findIndex(drawn => drawn.root.contains(event.target));
      if (at >= 0) this.setCursor(at);
    });
  }

  // ---- words and looks

  speak(data) {
    this.data = data;
    this.t = translator(data.strings);
    this.language = this.vaultedLanguage() || shortLanguage(data.content_language || data.language);
    document.documentElement.lang = pageLanguage(data.language);
    this.root.lang = pageLanguage(data.language);
    this.shade();
  }

  vaultedLanguage() {
    return this.vault.get("language")?.content;
  }

  loc(value) {
    return localise(value, this.language);
  }

  // Dark or light is read from the theme's own background.
  shade() {
    const probe = el("span", { class: "probe" });
    this.root.append(probe);
    const [r, g, b] = (getComputedStyle(probe).backgroundColor.match(/[\d.]+/g) || [255, 255, 255]).map(Number);
    probe.remove();
    this.root.dataset.theme = 0.299 * r + 0.587 * g + 0.114 * b < 128 ? "dark" : "light";
  }

  redraw() {
    const old = this.strip;
    this.strip = drawStrip(this);
    this.strip.language.lastChild.textContent = this.language === "zh" ? "English" : "中文";
    this.strip.view.setAttribute("aria-pressed", String(this.rendered));
    this.strip.title.textContent = this.loc(this.data.title);
    if (old) {
      old.node.replaceWith(this.strip.node);
      this.strip.progress.textContent = old.progress.textContent;
      this.strip.node.style.cssText = old.node.style.cssText;
    } else this.root.append(this.strip.node, this.notices, this.stage, this.bar);
    if (this.item) this.paint({ again: true });
    this.activity?.draw();
    this.panels.redrawGuidelines();
  }

  // ---- starting

  async start() {
    if (this.mode === "preview") return this.preview();
    const claimed = await claimDesk();
    if (this.gone) return claimed.release();
    Object.assign(this, { deskId: claimed.id, release: claimed.release });
    this.net = new Net({ api: this.data.api, actor: this.data.actor, deskId: this.deskId, report: (...trouble) => this.report(...trouble) });
    this.activity = new Activity(this, this.data.idle_ms);
    this.redraw();
    this.leases = setInterval(() => this.keepLease(), LEASE_CHECK_MS);
    if (this.mode === "revise") return this.startRevision();
    const pending = this.vault.get(this.outbox);
    if (pending?.path) return this.deliver(pending, null);
    return this.fetchNext();
  }

  preview() {
    this.redraw();
    const extrasWanted = this.data.screen.extras || this.data.extras_wanted || null;
    this.take({ id: null, rev: 0, screen: this.data.screen, extrasWanted, answer: this.data.answer || {}, extras: {} });
  }

  async startRevision() {
    const reply = await this.net.until("GET", `/work/answers/${this.data.answer_id}`);
    if (!reply) return;
    if (reply.status !== 200) return this.stopped(reply.body);
    const { screen, answer, extras } = reply.body;
    this.take({ id: `revise.${this.data.answer_id}`, rev: 0, screen, extrasWanted: screen.extras, answer: answer || {}, extras: extras || {}, offline: true });
  }

  async fetchNext() {
    const reply = await this.net.until("GET", `/work/${this.data.slug}/next`);
    if (reply) this.arrive(reply);
  }

  arrive(reply) {
    clearTimeout(this.polling);
    if (reply.status !== 200) return this.stopped(reply.body);
    this.serverAhead = reply.serverNow ? reply.serverNow - Date.now() : this.serverAhead || 0;
    if (!reply.body?.assignment) return this.empty(reply.body || {});
    const { assignment: id, rev, screen, draft, lease_until, progress, undo } = reply.body;
    const item = { id, rev, screen, extrasWanted: screen.extras, lease: this.leaseOf(lease_until) };
    const left = this.drafts.merge(item, draft);
    this.undoable = undo ?? null;
    this.take(item);
    this.showProgress(progress);
    if (item.dirty || item.flight) this.drafts.pump(item);
    if (left) this.offerCopy(left);
  }

  // ---- painting

  take(item) {
    if (this.item && this.item !== item) { this.item.gone = true; this.activity?.beat(this.item.id); }
    this.item = Object.assign(item, { activeMs: item.activeMs ?? 0, sealed: false });
    this.paint();
  }

  paint({ again = false } = {}) {
    this.painted = false;
    const { screen } = this.item;
    this.letters = screen.shows.flatMap(show => (show.candidates || []).map(candidate => candidate.id));
    const drawn = screen.asks.map(ask => DRAWS.asks[ask.kind](ask, this));
    drawStage(this, drawn);
    this.foot = drawBar(this, drawn);
    this.asks = [...drawn, ...this.foot.extras.asks];
    this.strip.language.hidden = languagesOf(screen).length < 2 && !this.data.slug;
    if (!again) { this.cursor = 0; this.touched = false; this.rest(); }
    this.refresh();
    this.showSaved();
    this.setCursor(again ? this.cursor : Math.max(0, this.asks.findIndex(a => !a.answered())), { reveal: false });
    const item = this.item;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { if (this.item === item) this.onPainted(); };
      port2.postMessage(null);
    });
  }

  onPainted() {
    this.painted = true;
    this.paintedAt = performance.now();
    this.root.dataset.assignment = this.item.id ?? "";
    if (this.submittedAt) this.root.dataset.paintMs = (this.paintedAt - this.submittedAt).toFixed(1);
    this.submittedAt = null;
  }

  refresh() {
    this.asks.forEach(drawn => drawn.refresh());
    this.foot.extras.refresh();
    const verdict = this.asks.find(drawn => drawn.verdict);
    if (verdict) this.stage.querySelectorAll("[data-candidate]").forEach(node => {
      const words = verdict.verdict(node.dataset.candidate);
      node.querySelector(".verdict").textContent = words;
      node.toggleAttribute("data-chosen", Boolean(words));
    });
    const left = this.asks.filter(drawn => drawn.missing()).length;
    this.foot.leftToDo.textContent = left && this.asks.length > 1 ? this.t("{n} to answer", { n: left }) : "";
    this.foot.submit.classList.toggle("ready", left === 0);
    if (this.foot.undo) this.foot.undo.disabled = !this.undoable;
  }

  showProgress(progress) {
    if (!progress) return;
    this.strip.progress.textContent = [this.t("{n} today", { n: progress.today }), progress.total ? this.t("{done} of {total} done", progress) : null].filter(Boolean).join(" · ");
    this.strip.node.style.setProperty("--done", progress.total ? progress.done / progress.total : 0);
  }

  showSaved() {
    const { item } = this;
    if (!item || this.mode !== "label") return;
    const time = item.savedAt?.toLocaleTimeString("en-GB");
    const words = item.unsavable ? this.t("Not saved: {why}", { why: item.unsavable }) : item.dirty || item.flight
      ? (this.trouble ? this.t("kept in this browser") : this.t("saving…")) : time ? this.t("saved {time}", { time }) : "";
    this.strip.saved.textContent = words;
    this.strip.saved.dataset.state = item.unsavable ? "wrong" : item.dirty || item.flight ? "pending" : "done";
  }

  say(words, { tone = "plain", forMs = 6000 } = {}) {
    this.strip.status.textContent = words;
    this.strip.status.dataset.tone = tone;
    clearTimeout(this.hush);
    this.hush = setTimeout(() => { this.strip.status.textContent = ""; }, forMs);
  }

  // ---- answering

  read(name) {
    return readPath(this.item, name);
  }

  write(name, value, { quiet = false } = {}) {
    if (!quiet && !this.ready()) return;
    writePath(this.item, name, value);
    if (quiet) return;
    this.touched = true;
    this.item.unsavable = null;
    if (this.mode === "label") this.drafts.changed(this.item);
    const drawn = this.asks.find(a => a.ask.name === name);
    if (drawn && !drawn.problem.hidden) complain(drawn, drawn.missing());
    this.refresh();
  }

  ready() {
    return Boolean(this.item && this.painted && !this.item.sealed && !["second_desk", "other_user"].includes(this.trouble));
  }

  wants(key) {
    return key.length === 1;
  }

  press(key) {
    if (!this.item) return false;
    if (!this.ready()) return this.wants(key);
    if (this.foot.extras.key(key)) return true;
    const inTurn = [this.asks[this.cursor], ...this.asks.filter((_, i) => i !== this.cursor)].filter(a => a && this.isVisible(a));
    for (const drawn of inTurn) {
      const did = drawn.key(key);
      if (!did) continue;
      if (did === "done") this.advance(this.asks.indexOf(drawn));
      else this.setCursor(this.asks.indexOf(drawn));
      return true;
    }
    return false;
  }

  command(key) {
    if (key === "?") return this.panels.help(), true;
    if (key === "g") return this.panels.toggleGuidelines(), true;
    if (key === "m") return this.toggleView(), true;
    if (key === "l") return this.toggleLanguage(), true;
    if (key === "s" && this.mode === "label" && this.ready()) return this.panels.skip(), true;
    if (key === "u" && this.mode === "label") return this.undo(), true;
    return false;
  }

  toggleView() {
    this.rendered = !this.rendered;
    this.strip.view.setAttribute("aria-pressed", String(this.rendered));
    if (this.item) this.paint({ again: true });
    this.say(this.rendered ? this.t("Formatted text") : this.t("Plain text, as it came"), { forMs: 2000 });
  }

  toggleLanguage() {
    this.language = this.language === "zh" ? "en" : "zh";
    this.vault.set("language", { content: this.language });
    this.redraw();
  }

  // ---- moving

  isVisible(drawn) {
    return drawn.root.offsetParent !== null;
  }

  setCursor(index, { reveal = true } = {}) {
    this.cursor = index;
    this.asks.forEach((drawn, i) => drawn.root.classList.toggle("active", i === index && this.asks.length > 1));
    if (reveal) this.asks[index]?.root.scrollIntoView({ block: "nearest" });
  }

  moveCursor(by) {
    const visible = this.asks.map((_, i) => i).filter(i => this.isVisible(this.asks[i]));
    if (!visible.length) return;
    const at = visible.indexOf(this.cursor);
    const to = visible[Math.max(0, Math.min(visible.length - 1, at + by))];
    if (this.asks[this.cursor].root.contains(document.activeElement)) this.rest();
    this.setCursor(to);
  }

  advance(from) {
    const order = [...this.asks.keys()].map(i => (from + 1 + i) % this.asks.length);
    const to = order.find(i => this.isVisible(this.asks[i]) && this.asks[i].missing());
    if (this.asks[from].root.contains(document.activeElement)) this.rest();
    this.setCursor(to ?? from);
  }

  enter(by) {
    const visible = this.asks.filter(drawn => this.isVisible(drawn));
    (by > 0 ? this.asks[this.cursor] ?? visible[0] : visible.at(-1))?.focus();
  }

  stepActive(by) {
    return this.ready() && Boolean(this.asks[this.cursor]?.step(by));
  }

  scroll(share) {
    const under = document.activeElement?.closest?.(".pane-body");
    const bodies = [...this.stage.querySelectorAll(".main .pane-body, .stage[data-layout=single] .pane-body")];
    const moving = under ? [under] : bodies.length ? bodies : [...this.stage.querySelectorAll(".pane-body")];
    moving.forEach(body => body.scrollBy({ top: share * body.clientHeight, behavior: this.calm ? "auto" : "smooth" }));
  }

  rest() {
    this.root.focus({ preventScroll: true });
  }

  leave(target) {
    if (this.panels.guidelines && !isTextField(target)) return this.panels.closeGuidelines(), true;
    if (!this.root.contains(target) || target === this.root) return false;
    this.rest();
    return true;
  }

  // ---- sending

  get outbox() {
    return `outbox.${this.data.slug}`;
  }

  problems() {
    return this.asks.map(drawn => ({ ask: drawn.ask.name, message: drawn.missing() })).filter(problem => problem.message);
  }

  // An item that nobody touched (a draft brought back) is not sent by a key pressed for the item before it.
  submit(outcome = "submitted", reason = undefined) {
    if (!this.ready() || (!this.touched && outcome === "submitted" && performance.now() - this.paintedAt < SETTLE_MS)) return;
    const problems = outcome === "submitted" ? this.problems() : [];
    if (problems.length) return this.showProblems(problems);
    if (this.mode === "preview") return this.say(this.t("Complete. This is a preview: nothing is sent."));
    this.submittedAt = performance.now();
    const { item } = this;
    const done = outcome === "submitted";
    const common = { key: uuid(), answer: done ? item.answer : null, extras: item.extras };
    if (this.mode === "revise") return this.deliver({ path: `/work/answers/${this.data.answer_id}/revise`, body: JSON.stringify(common) }, item);
    const body = { ...common, rev: this.drafts.highestRev(item), outcome, ...(reason ? { reason } : {}), active_ms: Math.round(item.activeMs), next: true };
    return this.deliver({ path: `/work/assignments/${item.id}/submit`, body: JSON.stringify(body), assignment: item.id }, item);
  }

  // Kept before it is sent and resent with the same key until answered, over reloads too.
  async deliver(order, item) {
    if (item) { item.sealed = true; clearTimeout(item.timer); }
    if (this.mode === "label") this.vault.set(this.outbox, order);
    const slow = setTimeout(() => { this.root.classList.add("sending"); this.say(this.t("Sending your answer…"), { forMs: 60000 }); }, 200);
    this.activity.beat(order.assignment ?? null);
    const reply = await this.net.until("POST", order.path, order.body);
    clearTimeout(slow);
    if (!reply) return;
    this.root.classList.remove("sending");
    this.say("");
    if (this.mode === "label") this.vault.drop(this.outbox);
    this.delivered(reply, order, item);
  }

  delivered(reply, order, item) {
    if (reply.status === 200) {
      if (order.assignment) this.vault.drop(`draft.${order.assignment}`);
      if (this.mode === "revise") return this.finished();
      return reply.body.next ? this.arrive({ ...reply, body: reply.body.next }) : this.fetchNext();
    }
    this.submittedAt = null;
    if (reply.status === 422 && item) return this.sentBack(item, reply.body);
    if (item && reply.status !== 409 && reply.status !== 404) return this.sentBack(item, reply.body);
    this.lost(item ?? order, reply.body);
    return this.mode === "revise" ? this.stopped(reply.body) : this.fetchNext();
  }

  sentBack(item, body) {
    item.sealed = false;
    this.showProblems(body.problems?.length ? body.problems : [{ ask: "", message: body.message }]);
  }

  showProblems(problems) {
    this.asks.forEach(drawn => complain(drawn, ""));
    this.foot.extras.reveal();
    const owner = name => this.asks.find(a => a.ask.name === name) ?? this.asks.find(a => a.ask.name === `~${name.split(".").at(-1)}`)
      ?? this.asks.find(a => name && a.ask.name.split(".")[0] === name.split(".")[0]);
    const owned = problems.map(problem => ({ ...problem, drawn: owner(problem.ask || "") }));
    owned.forEach(({ drawn, message }) => drawn && complain(drawn, message));
    const first = owned.find(({ drawn }) => drawn);
    this.say(problems.map(problem => problem.message).join(" "), { tone: "wrong", forMs: 10000 });
    if (!first) return;
    this.setCursor(this.asks.indexOf(first.drawn));
    first.drawn.focus();
  }

  // ---- what else can happen

  lost(order, body) {
    const kept = this.vault.get(`draft.${order.id ?? order.assignment}`) ?? (order.answer ? { answer: order.answer, extras: order.extras } : null);
    if (kept) this.offerCopy(kept, body.message || this.t("This item went to somebody else, because its time had run out."));
    else this.say(body.message || this.t("This item is no longer yours."), { tone: "wrong", forMs: 15000 });
  }

  async reconcile(item, reply) {
    if (this.item !== item || item.sealed) return;
    const mine = structuredClone({ answer: item.answer, extras: item.extras });
    item.gone = true;
    this.drafts.forget(item);
    const next = await this.net.until("GET", `/work/${this.data.slug}/next`);
    if (!next || this.item !== item) return;
    this.arrive(next);
    const same = this.item.id === item.id;
    const differs = JSON.stringify(mine) !== JSON.stringify({ answer: this.item.answer, extras: this.item.extras });
    if (!same || differs) this.offerCopy(mine, same ? null : reply?.body.message || this.t("This item went to somebody else, because its time had run out."), same);
  }

  offerCopy(mine, words = null, restorable = true) {
    const restore = () => { Object.assign(this.item, structuredClone(mine)); this.drafts.changed(this.item); this.paint({ again: true }); };
    this.notice("copy", words || this.t("A newer version of this answer came from another window. What you had here is kept."), "warn",
      [restorable && !words ? [this.t("Use mine instead"), restore] : null, [this.t("Show what I had"), () => this.panels.text(this.t("Kept in this browser"), keptText(mine))]]);
  }

  async undo() {
    if (!this.undoable) return this.say(this.t("There is nothing to take back."));
    if (!this.ready() || this.undoing) return;
    this.undoing = true;
    const { item } = this;
    if (item.dirty || item.flight) await Promise.race([this.drafts.pump(item), this.net.pause(1500)]);
    const reply = await this.net.call("POST", `/work/answers/${this.undoable}/undo`, {});
    this.undoing = false;
    if (reply.status === 200) {
      const { progress, ...body } = reply.body;
      this.arrive({ ...reply, body });
      return this.say(this.t("Your last answer is open again."));
    }
    if (reply.status) this.say(reply.body.message || this.t("It cannot be taken back any more."), { tone: "wrong" });
  }

  async keepLease() {
    const { item } = this;
    if (this.mode !== "label" || !item?.lease || item.sealed || item.gone || !this.activity.attentive) return;
    if (item.lease.until - Date.now() - this.serverAhead > item.lease.length / 2) return;
    const reply = await this.net.call("POST", `/work/assignments/${item.id}/renew`, {});
    if (reply.status === 200) item.lease = this.leaseOf(reply.body.lease_until);
    else if ((reply.status === 409 && !["second_desk", "other_user"].includes(reply.body.error)) || reply.status === 404) this.reconcile(item, reply);
  }

  leaseOf(until) {
    const at = Date.parse(until);
    return Number.isFinite(at) ? { until: at, length: at - Date.now() - (this.serverAhead || 0) } : null;
  }

  async takeOver() {
    const reply = await this.net.call("POST", "/work/desk", { take_over: true });
    if (reply.status !== 200) return;
    this.report(null, reply, "/work/desk");
    this.net.wake();
    if (this.item && !this.item.sealed) return this.reconcile(this.item, null);
    if (!this.item && !this.vault.get(this.outbox)?.path) return this.fetchNext();
  }

  guidelines() {
    if (this.data.guidelines) return Promise.resolve({ status: 200, body: this.data.guidelines });
    return this.net ? this.net.call("GET", `/work/${this.data.slug}/guidelines`) : Promise.resolve({ status: 404, body: {} });
  }

  report(trouble, reply, path) {
    const held = ["second_desk", "other_user"].includes(this.trouble);
    if (trouble === this.trouble || (held && !trouble && path === "/activity")) return;
    this.trouble = trouble;
    if (trouble) drawTrouble(this, trouble, reply.body);
    else { clearTrouble(this); this.net.wake(); }
    this.showSaved();
  }

  cannotKeep(error) {
    this.notice("store", this.t("This browser cannot keep a copy of your work ({why}). Drafts still go to the server.", { why: error.name }), "warn");
  }

  notice(name, words, tone, actions = []) {
    this.notices.querySelector(`[data-name="${name}"]`)?.remove();
    const node = el("div", { class: "notice", "data-name": name, "data-tone": tone, role: tone === "warn" ? "alert" : "status" }, el("span", { text: words }));
    actions.filter(Boolean).forEach(([label, act]) => node.append(el("button", { type: "button", class: "quiet", text: label, onclick: () => { act(); } })));
    node.append(el("button", { type: "button", class: "quiet close", "aria-label": this.t("Close"), onclick: () => node.remove() }, "×"));
    this.notices.append(node);
  }

  empty(body) {
    this.clearItem();
    drawEmpty(this, body);
    const wait = body.back_at ? Math.max(5000, Date.parse(body.back_at) - Date.now() - (this.serverAhead || 0)) : POLL_MS;
    if (wait < 864e5) this.polling = setTimeout(() => this.fetchNext(), wait);
  }

  stopped(body) {
    this.clearItem();
    drawEmpty(this, body);
  }

  finished() {
    this.clearItem();
    drawEmpty(this, { message: this.t("Your revision is saved."), done: true });
  }

  clearItem() {
    if (this.item) this.item.gone = true;
    Object.assign(this, { item: null, asks: [], painted: false });
    this.bar.hidden = true;
  }

  helpRows() {
    return [...this.asks.filter(a => !a.ask.name.startsWith("~rat")).map(drawn => drawn.help()), ...(this.foot?.extras.help() ?? [])];
  }

  update(data) {
    const same = ["mode", "actor", "slug", "answer_id"].every(name => data[name] === this.data[name]);
    if (!same) return false;
    const screenChanged = JSON.stringify(data.screen) !== JSON.stringify(this.data.screen);
    this.speak(data);
    if (this.mode === "preview" && screenChanged) this.preview();
    else if (this.strip) this.redraw();
    return true;
  }

  close() {
    this.gone = true;
    window.removeEventListener("keydown", this.keydown, true);
    this.unfit();
    if (this.item?.dirty) this.drafts.pump(this.item);
    [this.leases].forEach(clearInterval);
    clearTimeout(this.polling);
    this.activity?.close();
    this.panels.close();
    this.release?.();
    this.net?.close();
    this.root.remove();
  }
}

const keptText = ({ answer, extras }) => [answer?.text, extras?.rationale].filter(Boolean).join("\n\n") || JSON.stringify({ answer, extras }, null, 2);

const desks = new WeakMap();

export default function ({ parentElement, data }) {
  const desk = desks.get(parentElement);
  if (!desk || !desk.update(data)) {
    desk?.close();
    desks.set(parentElement, new Desk(parentElement, data));
  }
  return () => {
    desks.get(parentElement)?.close();
    desks.delete(parentElement);
  };
}
