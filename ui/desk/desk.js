// The desk's state and its loop: an item arrives, is painted, answered, sent; the reply already carries the next one.
import { readPath, writePath } from "./answer.js";
import { arriving } from "./arriving.js";
import { complain } from "./asks.js";
import { el, isTextField } from "./dom.js";
import { Drafts } from "./drafts.js";
import { keying, onKeydown } from "./keys.js";
import { fitToPage } from "./fitting.js";
import { drawStrip } from "./layout.js";
import { keeping } from "./keeping.js";
import { moving } from "./moving.js";
import { reviewing } from "./reviewing.js";
import { Vault } from "./net.js";
import { painting } from "./painting.js";
import { Panels } from "./panels.js";
import { localise, pageLanguage, shortLanguage, translator } from "./strings.js";
import { sending } from "./sending.js";
import { undisturbed } from "./undisturbed.js";

const present = new Set(); // the desks of this page

class Desk {
  constructor(parent, data) {
    present.add(this);
    Object.assign(this, { parent, data, mode: data.mode, place: "work", item: null, asks: [], letters: [], cursor: 0 });
    Object.assign(this, { rendered: true, trouble: null, undoable: null });
    if (this.mode === "review") Object.assign(this, reviewing);
    this.heading = el(this.mode === "preview" ? "h2" : "h1", { class: "unseen" }); // a preview stands on a page with its own
    this.voice = el("p", { class: "unseen", role: "status" });
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.root = el("div", { class: "touchstone-desk", tabindex: "-1", "data-mode": this.mode });
    this.stage = el("section", { class: "stage" });
    this.bar = el("footer", { class: "bar", hidden: true });
    this.notices = el("div", { class: "notices" });
    this.status = el("p", { class: "status", role: "status", "aria-live": "polite" });
    this.work = el("div", { class: "work" });
    this.panels = new Panels(this);
    this.drafts = new Drafts(this);
    this.vault = new Vault(data.actor, error => this.cannotKeep(error));
    this.disturb = this.mode === "preview" ? () => {} : undisturbed(this.root); // before the desk listens to keys itself
    this.listen();
    this.root.append(this.work);
    parent.append(this.root);
    this.speak(data);
    this.unfit = this.fit(parent);
    this.widths = new ResizeObserver(() => this.item && this.printKeys()); // what a phone hides has no keys
    this.widths.observe(this.root);
    this.start();
  }

  fit(parent) {
    const [below, read] = [["review", "revise"].includes(this.mode) ? parent : null, this.mode === "revise"];
    if (this.data.fill) return fitToPage(this.root, below, { read });
    this.root.style.height = `${this.data.height}px`;
    return () => {};
  }

  listen() {
    this.keydown = event => onKeydown(event, this);
    window.addEventListener("keydown", this.keydown, true);
    this.departure = () => this.net?.leave();
    window.addEventListener("pagehide", this.departure);
    // The mouse never takes the keyboard away: a pressed button leaves focus on the desk, so that Enter still submits.
    this.root.addEventListener("pointerdown", event => {
      if (event.pointerType !== "mouse" || isTextField(event.target) || !event.target.closest(".touchstone-desk > :not(dialog) button")) return;
      event.preventDefault();
      if (isTextField(document.activeElement)) this.rest();
    });
    this.root.addEventListener("mousedown", event => {
      if (event.target.closest("button, .ask-label") && !event.target.closest("dialog")) event.preventDefault();
    });
    // Pressed where it has the focus (Space): whoever tabs keeps their place.
    this.root.addEventListener("click", event => { this.inPlace = event.isTrusted && event.detail === 0; }, true);
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

  // One after another: in Chinese they stand without a space.
  sentences(...said) {
    return said.filter(Boolean).join(this.root.lang.startsWith("zh") ? "" : " ");
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
    this.heading.textContent = this.strip.title.textContent;
    this.heading.hidden = this.mode === "preview" || !this.heading.textContent; // a preview stands on a page with its own
    if (old) {
      old.node.replaceWith(this.strip.node);
      this.strip.progress.replaceChildren(...old.progress.childNodes);
      this.strip.sentBack.textContent = old.sentBack.textContent;
      this.strip.sentBack.hidden = old.sentBack.hidden;
      this.strip.node.style.cssText = old.node.style.cssText;
    } else {
      // In order of Tab; where each is seen is the style sheet's matter.
      this.work.append(this.heading, this.voice, this.notices, this.stage, this.status, this.bar, this.strip.node);
    }
    if (this.item) this.paint({ again: true });
    else this.printKeys();
    this.activity?.draw();
    this.panels.redrawGuidelines();
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
    if (this.keeps()) this.drafts.changed(this.item);
    else if (this.mode === "revise") this.keepRevision();
    const drawn = this.asks.find(a => a.ask.name === name);
    if (drawn && !drawn.problem.hidden) complain(drawn, drawn.missing());
    if (!this.asks.some(one => !one.problem.hidden)) this.unsay();
    this.refresh();
  }

  ready() {
    return Boolean(this.item && this.painted && !this.item.sealed && !this.isHeld());
  }

  // Whether the desk is somebody else's at the moment: then its keys wait.
  isHeld() {
    return ["second_desk", "other_user"].includes(this.trouble);
  }

  // What the controls of the desk do, each by the key that is printed on it.
  command(key) {
    const { panels } = this;
    const done = { "?": () => panels.help(), g: () => panels.toggleGuidelines() };
    Object.assign(done, { m: () => this.toggleView(), l: () => this.toggleLanguage() });
    if (this.mode === "label") Object.assign(done, { s: () => this.ready() && panels.skip(), u: () => this.undo() });
    done[key]?.();
  }

  // A control that cannot be pressed says why, where it can.
  whyNot(node) {
    if (node === this.foot?.undo) this.undo();
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

  // Whether drafts go to the server: not of a preview, and a revision is kept in this browser until it is sent.
  keeps() {
    return ["label", "review"].includes(this.mode);
  }

  get outbox() {
    return this.place === "work" ? `outbox.${this.data.slug}` : `outbox.${this.place}.${this.data.slug}`;
  }

  get revisionName() {
    return `revision.${this.data.answer_id}`;
  }

  update(data) {
    const same = ["mode", "actor", "slug", "answer_id"].every(name => data[name] === this.data[name]);
    if (!same) return false;
    const changed = name => JSON.stringify(data[name]) !== JSON.stringify(this.data[name]);
    const words = ["strings", "language", "content_language", "title"].some(changed);
    const screen = this.mode === "preview" && changed("screen");
    const filter = changed("filter");
    this.speak(data);
    if (screen) this.preview();
    else if (words && this.strip) this.redraw();
    if (filter) this.refilter?.();
    return true;
  }

  close() {
    this.gone = true;
    window.removeEventListener("keydown", this.keydown, true);
    window.removeEventListener("pagehide", this.departure);
    this.unfit();
    this.widths.disconnect();
    this.disturb();
    this.giveUp(this.item?.dirty ? this.drafts.pump(this.item) : this.item?.pumping);
    [this.leases].forEach(clearInterval);
    clearTimeout(this.polling);
    this.activity?.close();
    this.panels.close();
    this.release?.();
    this.net?.close();
    this.root.remove();
  }

  // The seat, after the last words; not where the page has drawn another desk in this one's place.
  async giveUp(lastWords) {
    present.delete(this);
    await lastWords;
    if (!present.size) this.net?.leave();
  }
}

Object.assign(Desk.prototype, arriving, painting, keying, moving, sending, keeping);

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
