// Moving between questions, within one, and through the texts; methods of the desk.
import { isTextField } from "./dom.js";

export const moving = {
  isVisible(drawn) {
    return drawn.root.offsetParent !== null;
  },

  setCursor(index, { reveal = true } = {}) {
    this.cursor = index;
    this.asks.forEach((drawn, i) => drawn.root.classList.toggle("active", i === index && this.asks.length > 1));
    if (reveal) this.asks[index]?.root.scrollIntoView({ block: "nearest" });
  },

  moveCursor(by) {
    const visible = this.asks.map((_, i) => i).filter(i => this.isVisible(this.asks[i]));
    if (!visible.length) return;
    const at = visible.indexOf(this.cursor);
    const to = visible[Math.max(0, Math.min(visible.length - 1, at + by))];
    if (this.asks[this.cursor].root.contains(document.activeElement)) this.rest();
    this.setCursor(to);
  },

  advance(from) {
    const order = [...this.asks.keys()].map(i => (from + 1 + i) % this.asks.length);
    const to = order.find(i => this.isVisible(this.asks[i]) && this.asks[i].missing());
    if (this.asks[from].root.contains(document.activeElement)) this.rest();
    this.setCursor(to ?? from);
  },

  enter(by) {
    const visible = this.asks.filter(drawn => this.isVisible(drawn));
    (by > 0 ? this.asks[this.cursor] ?? visible[0] : visible.at(-1))?.focus();
  },

  stepActive(by) {
    return this.ready() && Boolean(this.asks[this.cursor]?.step(by));
  },

  scroll(share) {
    const under = document.activeElement?.closest?.(".pane-body");
    const bodies = [...this.stage.querySelectorAll(".main .pane-body, .stage[data-layout=single] .pane-body")];
    const moving = under ? [under] : bodies.length ? bodies : [...this.stage.querySelectorAll(".pane-body")];
    moving.forEach(body => body.scrollBy({ top: share * body.clientHeight, behavior: this.calm ? "auto" : "smooth" }));
  },

  rest() {
    this.root.focus({ preventScroll: true });
  },

  leave(target) {
    if (this.panels.guidelines && !isTextField(target)) return this.panels.closeGuidelines(), true;
    if (!this.root.contains(target) || target === this.root) return false;
    this.rest();
    if (isTextField(target)) this.setCursor(Math.max(0, this.asks.findIndex(drawn => this.isVisible(drawn) && drawn.missing())));
    return true;
  },
};
