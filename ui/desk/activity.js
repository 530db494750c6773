// Measures attention in seconds and reports it in numbered beats that are kept until the server has acknowledged them.
import { el } from "./dom.js";
import { N_ } from "./strings.js";

const TICK_MS = 1000;
const BEAT_MS = 15000;
const FIRST_BEAT_MS = 1500;
const LONGEST_TICK_MS = 5000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "scroll", "compositionupdate"];
const MOST_BEATS = 2000;

const WHY = {
  idle: N_("no activity for a while"), hidden: N_("this tab is in the background"), 
  other_desk: N_("the desk is open elsewhere"), paused: N_("the project is paused"),
};

export class Activity {
  constructor(desk, idleMs) {
    Object.assign(this, { desk, idleMs, last: performance.now(), prev: performance.now(), todayS: null, clock: null, sinceMs: 0, sending: false });
    this.store = sessionStorage;
    this.name = `touchstone.beats.${desk.deskId}`;
    Object.assign(this, { seq: 0, beats: [] }, JSON.parse(this.store.getItem(this.name) || "{}"));
    this.reset();
    this.view = el("span", { class: "clock", role: "timer", "aria-live": "off" }, el("i", { class: "dot" }), el("span", { class: "clock-time" }), el("span", { class: "clock-why" }));
    this.sign = () => { this.last = performance.now(); };
    this.leave = () => { this.beat(); this.send({ keepalive: true }); };
    this.turned = () => { this.tick(); if (document.visibilityState === "hidden") this.leave(); else this.sign(); };
    SIGNS.forEach(name => document.addEventListener(name, this.sign, { capture: true, passive: true }));
    document.addEventListener("visibilitychange", this.turned);
    window.addEventListener("pagehide", this.leave);
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.beater = setInterval(() => { this.beat(); this.send(); }, BEAT_MS);
    this.opening = setTimeout(() => { this.beat(); this.send(); }, FIRST_BEAT_MS);
  }

  reset() {
    this.counts = { active_ms: 0, idle_ms: 0, hidden_ms: 0 };
  }

  get attentive() {
    return document.visibilityState !== "hidden" && performance.now() - this.last < this.idleMs;
  }

  tick() {
    const now = performance.now();
    const passed = Math.min(now - this.prev, LONGEST_TICK_MS);
    this.prev = now;
    const state = document.visibilityState === "hidden" ? "hidden_ms" : now - this.last < this.idleMs ? "active_ms" : "idle_ms";
    this.counts[state] += passed;
    if (state === "active_ms") {
      if (this.desk.item) this.desk.item.activeMs += passed;
      if (this.clock?.state !== "paused") this.sinceMs += passed;
    }
    this.draw();
  }

  // Closes the running count, for the assignment it belongs to; nothing counted, nothing kept.
  beat(assignment = this.desk.item?.id ?? null) {
    const counts = Object.fromEntries(Object.entries(this.counts).map(([name, ms]) => [name, Math.round(ms)]));
    this.reset();
    if (!counts.active_ms && !counts.idle_ms && !counts.hidden_ms) return;
    this.beats.push({ seq: ++this.seq, at: new Date().toISOString(), ...counts, ...(Number.isInteger(assignment) ? { assignment } : {}), category: "work" });
    this.beats = this.beats.slice(-MOST_BEATS);
    this.keep();
  }

  keep() {
    this.store.setItem(this.name, JSON.stringify({ seq: this.seq, beats: this.beats }));
  }

  async send({ keepalive = false } = {}) {
    if (!this.beats.length || (this.sending && !keepalive)) return;
    this.sending = true;
    const reply = await this.desk.net.call("POST", "/activity", { desk: this.desk.deskId, beats: this.beats.slice(0, 200) }, { keepalive });
    this.sending = false;
    if (reply.status !== 200) return;
    this.beats = this.beats.filter(beat => beat.seq > reply.body.acknowledged);
    this.clock = reply.body.clock;
    this.sinceMs = 0;
    this.keep();
    this.draw();
  }

  reason() {
    if (document.visibilityState === "hidden") return "hidden";
    if (!this.attentive) return "idle";
    if (this.clock?.state === "paused" && !["idle", "hidden"].includes(this.clock.why)) return this.clock.why || "paused";
    return null;
  }

  draw() {
    const { t } = this.desk;
    const seconds = Math.floor((this.clock?.today_s ?? 0) + this.sinceMs / 1000);
    const why = this.reason();
    const [dot, time, words] = this.view.children;
    time.textContent = this.clock ? `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}` : "–:––";
    this.view.dataset.state = why ? "paused" : "counting";
    words.textContent = why ? t("Active time paused: {why}", { why: t(WHY[why] || why) }) : t("active time today");
    this.view.title = why ? words.textContent : t("Active time today. It pauses when the tab is hidden or after {n} minutes without activity.", { n: Math.round(this.idleMs / 60000) });
    dot.hidden = false;
  }

  close() {
    this.leave();
    clearTimeout(this.opening);
    [this.ticker, this.beater].forEach(clearInterval);
    SIGNS.forEach(name => document.removeEventListener(name, this.sign, { capture: true }));
    document.removeEventListener("visibilitychange", this.turned);
    window.removeEventListener("pagehide", this.leave);
  }
}
