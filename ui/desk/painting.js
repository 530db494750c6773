// Painting an item: the stage, the bar, what stands in the strip; a redraw keeps the caret and the place. Methods of the desk.
import { clock } from "./dates.js";
import { el, isTextField } from "./dom.js";
import { drawBar, drawStage } from "./layout.js";
import { DRAWS } from "./registry.js";
import { languagesOf } from "./strings.js";

const SCROLLERS = ".pane-body, .answers";
const OPEN_ELSEWHERE = '[aria-expanded="true"], [role="listbox"], [role="dialog"], [data-testid="stPopoverBody"]';

export const painting = {
  take(item) {
    if (this.item && this.item !== item) { this.item.gone = true; this.activity?.beat(this.item.id); }
    if (this.item && this.item.id !== item.id) this.panels.dialog?.close(); // it was about the other one
    this.item = Object.assign(item, { activeMs: item.activeMs ?? 0, sealed: false });
    this.paint();
  },

  paint({ again = false } = {}) {
    this.painted &&= again; // a redraw of what has been seen takes the next key at once
    const keyboardIsOurs = this.mayTakeFocus();
    const held = again ? this.heldField() : null;
    const scrolled = again ? this.heldScroll() : null;
    const { screen } = this.item;
    this.letters = screen.shows.flatMap(show => (show.candidates || []).map(candidate => candidate.id));
    const drawn = this.asksToDraw().map(ask => DRAWS.asks[ask.kind](ask, this));
    this.drawStage(drawn);
    this.foot = this.drawBar(drawn);
    this.asks = [...drawn, ...this.foot.extras.asks];
    this.strip.language.hidden = languagesOf(screen).length < 2 && !this.data.slug;
    if (!again) {
      this.cursor = 0;
      this.touched = false;
      this.unsay();
      if (keyboardIsOurs) this.rest();
      this.announce();
    }
    this.refresh();
    this.showSaved();
    this.setCursor(this.cursor, { reveal: false }); // of a new item the first question, answered or not
    held?.();
    scrolled?.();
    const item = this.item;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { if (this.item === item) this.onPainted(); };
      port2.postMessage(null);
    });
  },

  // A preview redraws while the form beside it is typed in; a list or a menu that is open elsewhere would shut.
  mayTakeFocus() {
    const at = document.activeElement;
    return this.root.contains(at) || !(this.mode === "preview" || at?.closest(OPEN_ELSEWHERE));
  },

  // For those who do not see that there is another one.
  announce() {
    const [first] = this.item.screen.asks;
    this.voice.textContent = "";
    const words = this.t("New item. {question}", { question: first ? this.loc(first.label) : "" });
    requestAnimationFrame(() => { this.voice.textContent = words; });
  },

  asksToDraw() {
    return this.item.screen.asks;
  },

  drawStage(drawn) {
    drawStage(this.stage, this, drawn);
  },

  drawBar(drawn) {
    return drawBar(this, drawn);
  },

  // Also a frame later: a conversation scrolls to its end by itself once it is drawn.
  heldScroll() {
    const tops = [...this.stage.querySelectorAll(SCROLLERS)].map(node => node.scrollTop);
    const restore = () => this.stage.querySelectorAll(SCROLLERS).forEach((node, i) => { node.scrollTop = tops[i] ?? 0; });
    return () => { restore(); requestAnimationFrame(restore); };
  },

  // A redraw under somebody's hands gives the caret back to where it was.
  heldField() {
    const field = document.activeElement;
    const at = this.asks.findIndex(drawn => drawn.root.contains(field));
    if (at < 0 || !isTextField(field)) return null;
    const { selectionStart, selectionEnd } = field;
    return () => { this.asks[at]?.focus(); document.activeElement.setSelectionRange?.(selectionStart, selectionEnd); };
  },

  onPainted() {
    if (!this.painted) this.paintedAt = performance.now();
    this.painted = true;
    this.root.dataset.assignment = this.item.id ?? "";
    if (this.submittedAt) this.root.dataset.paintMs = (this.paintedAt - this.submittedAt).toFixed(1);
    this.submittedAt = null;
  },

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
    this.printKeys();
  },

  showProgress(progress) {
    if (!progress) return;
    const { today, left, sent_back: sentBack } = progress; // left is null where there is more than anybody counts
    this.count(this.t("{n} today", { n: today }), left && this.t("about {n} left", { n: left }));
    this.strip.sentBack.hidden = !sentBack;
    this.strip.sentBack.textContent = sentBack ? this.t("{n} sent back", { n: sentBack }) : "";
    this.strip.node.style.setProperty("--done", left === null ? 0 : today / Math.max(today + left, 1));
  },

  // Beside each other, or one above the other where the header is narrow.
  count(...words) {
    const told = words.filter(Boolean).flatMap((text, i) => [i ? el("i", { text: " · " }) : null, el("span", { text })]);
    this.strip.progress.replaceChildren(...told.filter(Boolean));
  },

  showSaved() {
    const { item } = this;
    if (!item || !this.keeps()) return;
    const time = item.savedAt && clock(item.savedAt);
    const words = item.unsavable ? this.t("Not saved: {why}", { why: item.unsavable }) : item.dirty || item.flight
      ? (this.trouble ? this.t("kept in this browser") : this.t("saving…")) : time ? this.t("saved {time}", { time }) : "";
    this.strip.saved.textContent = words;
    this.strip.saved.dataset.state = item.unsavable ? "wrong" : item.dirty || item.flight ? "pending" : "done";
  },

  // What is wrong stays until something is done about it; the rest goes by itself.
  say(words, { tone = "plain", forMs = 6000 } = {}) {
    this.status.textContent = words;
    this.status.dataset.tone = tone;
    clearTimeout(this.hush);
    if (tone !== "wrong") this.hush = setTimeout(() => { this.status.textContent = ""; }, forMs);
    else if (words) this.status.append(this.closing(() => this.say("")));
  },

  unsay() {
    if (this.status.dataset.tone === "wrong") this.say("");
  },

  closing(act) {
    return el("button", { type: "button", class: "quiet close", "aria-label": this.t("Close"), onclick: act }, "×");
  },
};
