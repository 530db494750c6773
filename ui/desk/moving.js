// Moving between questions, within one, and through the texts; methods of the desk.
import { isTextField } from "./dom.js";
import { isControl } from "./keys.js";

const isExtra = drawn => drawn.ask.name.startsWith("~");

export const moving = {
  isVisible(drawn) {
    return drawn.root.checkVisibility();
  },

  // The question in focus: digits are its own, and it is marked.
  setCursor(index, { reveal = true } = {}) {
    this.cursor = index;
    this.asks.forEach((drawn, i) => {
      drawn.root.classList.toggle("active", i === index && this.asks.length > 1);
      drawn.root.toggleAttribute("data-in-focus", i === index);
    });
    if (reveal) this.asks[index]?.root.scrollIntoView({ block: "nearest" });
    this.printKeys();
  },

  // Focus that is on a control goes along; a text field is entered by its own key only, since there keys are letters.
  goTo(ask) {
    const to = this.asks.findIndex(drawn => drawn.ask === ask);
    if (to < 0) return;
    const inside = this.asks.some((drawn, i) => i !== to && drawn.root.contains(document.activeElement));
    this.setCursor(to);
    if (inside && ask.kind === "write") this.rest();
    else if (inside) this.asks[to].focus();
  },

  moveCursor(by) {
    const visible = this.asks.filter(drawn => this.isVisible(drawn));
    if (!visible.length) return;
    const at = visible.indexOf(this.asks[this.cursor]);
    this.goTo(visible[Math.max(0, Math.min(visible.length - 1, at + by))].ask);
  },

  // A question has been answered: on to the next that waits; or to stay with it, since more belongs to it.
  goOn(ask, done = true) {
    const from = this.asks.findIndex(drawn => drawn.ask === ask);
    if (!this.ready() || from < 0) return;
    const to = done && !this.inPlace ? this.nextAfter(from) : from;
    this.goTo(this.asks[to].ask);
  },

  stay(ask) {
    this.goOn(ask, false);
  },

  // A digit may be meant to mend the answer just given. From scale to scale it leads on, as people rate; from another
  // question it never leads to an extra, where the same digits mean another thing.
  nextAfter(from) {
    const takesDigits = [...this.table(from)].some(([key, { ask }]) => ask === this.asks[from] && /^\d$/.test(key));
    const order = [...this.asks.keys()].map(i => (from + 1 + i) % this.asks.length);
    const alike = i => this.asks[i].ask.kind === "scale" && this.asks[from].ask.kind === "scale";
    const safe = i => !takesDigits || !isExtra(this.asks[i]) || alike(i);
    const waits = i => this.isVisible(this.asks[i]) && this.asks[i].missing() && safe(i);
    return order.find(waits) ?? from;
  },

  stepActive(by) {
    return this.ready() && Boolean(this.asks[this.cursor]?.step(by));
  },

  scroll(share) {
    const bodies = [...this.stage.querySelectorAll(".main .pane-body, .stage[data-layout=single] .pane-body")];
    const moving = bodies.length ? bodies : [...this.stage.querySelectorAll(".pane-body")];
    moving.forEach(body => body.scrollBy({ top: share * body.clientHeight, behavior: this.calm ? "auto" : "smooth" }));
  },

  rest() {
    this.root.focus({ preventScroll: true });
  },

  leave(target) {
    if (this.panels.guidelines && !isTextField(target)) return (this.panels.closeGuidelines(), true);
    if (this.foot?.extras.close?.()) return true;
    if (!this.root.contains(target) || target === this.root) return false;
    this.rest();
    const waiting = this.asks.find(drawn => this.isVisible(drawn) && drawn.missing());
    if (isTextField(target) && waiting) this.goTo(waiting.ask);
    return true;
  },

  // What moves and sends; these belong to no control, or to one that the browser itself presses.
  moves() {
    const { t } = this;
    const several =
      this.asks.filter(drawn => this.isVisible(drawn)).length > 1 || (this.mode === "review" && !this.editing);
    const free = (event, target) => !(event.ctrlKey || event.metaKey || event.altKey) && !isTextField(target);
    const through = (keys, share, takes = free) => ({
      keys,
      words: t("Scroll the texts"),
      takes,
      repeats: true,
      act: event => this.scroll(event.shiftKey ? -share : share),
    });
    const between = (keys, by) => ({
      keys,
      words: this.asks.length ? t("Move between questions") : t("Scroll the answers"),
      repeats: true,
      act: () => this.moveCursor(by),
    });
    const within = (key, by) => ({
      keys: [key],
      words: t("Move within a question"),
      repeats: true,
      act: () => this.stepActive(by),
    });
    return [
      {
        keys: ["Enter"],
        words: t("Submit; with Ctrl also from a text field"),
        takes: submits,
        act: () => void this.submit(),
        node: this.foot?.submit,
      },
      {
        keys: ["Escape"],
        words: t("Close, or leave the field"),
        takes: () => true,
        repeats: true,
        act: (_, target) => this.leave(target),
      },
      ...(several
        ? [between(["ArrowDown", "j"], 1), between(["ArrowUp", "k"], -1)]
        : [through(["ArrowDown"], 0.12), through(["ArrowUp"], -0.12)]),
      ...(this.asks.length ? [within("ArrowLeft", -1), within("ArrowRight", 1)] : []),
      through(["PageDown"], 0.85),
      through(["PageUp"], -0.85),
      through([" "], 0.85, (event, target) => free(event, target) && !isControl(target)),
    ];
  },
};

function submits(event, target) {
  if (event.ctrlKey || event.metaKey) return true;
  return !event.altKey && !isTextField(target) && (!isControl(target) || Boolean(target.closest(".choice")));
}
