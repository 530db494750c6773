// What opens over the desk: guidelines at the right, the key sheet, ways to pass an item on, a text that was kept.
import { el, kbd, onWritten } from "./dom.js";
import { fillGuidelines } from "./text.js";
import { N_ } from "./strings.js";

export const SKIPS = [["unclear", N_("The item is unclear")], ["too_long", N_("It is too long")], ["outside_knowledge", N_("Outside my knowledge")], ["wrong_language", N_("Not a language I work in")]];
export const OUTCOMES = [["bad_item", N_("The item is broken")], ["personal_data", N_("It contains personal data")], ["unsafe_for_me", N_("I don't want to see this content")], ["give_up", N_("I tried and cannot decide")]];
const OVER = ["g", "l", "Escape", "Tab"]; // what the guidelines themselves answer to while they cover the texts
const NATIVE = ["Tab", "Enter", " ", "Escape", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];

export class Panels {
  constructor(desk) {
    this.desk = desk;
    this.dialog = null;
    this.guidelines = null;
  }

  // A dialog owns the keyboard; its own choices answer to digits.
  key(event, key, target) {
    if (!this.dialog?.open) return this.covering() && this.wait(key);
    if (NATIVE.includes(key) || event.ctrlKey || event.metaKey || target.tagName === "TEXTAREA") return false;
    const choice = this.dialog.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (choice?.checkVisibility() && !event.repeat) choice.click();
    return true;
  }

  // Whether the guidelines lie over what is asked: then nothing that cannot be seen is answered.
  covering() {
    return Boolean(this.guidelines) && getComputedStyle(this.guidelines).position === "absolute";
  }

  wait(key) {
    if (OVER.includes(key)) return false;
    this.guidelines.querySelector(".waits").toggleAttribute("data-pressed", true);
    return true;
  }

  isNative(key, target) {
    if (this.dialog?.open) return NATIVE.includes(key) || target.tagName === "TEXTAREA";
    return Boolean(this.guidelines?.contains(target) || target.closest?.(".acknowledge")) && NATIVE.includes(key) && key !== "Escape";
  }

  open(title, className, ...body) {
    this.dialog?.close();
    const close = this.desk.closing(() => dialog.close());
    const dialog = el("dialog", { class: `dialog ${className}`, "aria-label": title, tabindex: "-1" }, el("header", {}, el("h2", { text: title }), close), ...body);
    dialog.onclose = () => { dialog.remove(); if (this.dialog === dialog) this.dialog = null; this.desk.rest(); };
    dialog.onclick = event => { if (event.target === dialog) dialog.close(); };
    dialog.querySelectorAll("[data-key]").forEach(node => node.setAttribute("aria-keyshortcuts", node.dataset.key.toUpperCase()));
    this.desk.root.append(dialog);
    this.dialog = dialog;
    dialog.showModal();
    dialog.focus();
    return dialog;
  }

  skip() {
    const { t } = this.desk;
    if (this.dialog) return;
    const send = (outcome, reason) => { this.dialog.close(); this.desk.submit(outcome, reason); };
    let n = 0;
    const row = (words, act) => { const key = String(++n); return el("button", { type: "button", class: "menu-row", "data-key": key, onclick: act }, kbd(key), el("span", { text: t(words) })); };
    const skips = SKIPS.map(([reason, words]) => row(words, () => send("skipped", reason)));
    const own = el("textarea", { rows: 2, placeholder: t("In a few words"), hidden: true, "aria-label": t("In a few words") });
    own.value = this.desk.item.note.skip ?? "";
    onWritten(own, text => { this.desk.item.note.skip = text; this.desk.keepNote(); }); // the item may be fetched anew beneath
    const sendOwn = el("button", { type: "button", class: "primary", hidden: true, text: t("Skip with this reason"), onclick: () => own.value.trim() && send("skipped", own.value.trim()) });
    const write = () => { own.hidden = sendOwn.hidden = false; own.focus(); };
    const other = row(N_("Another reason…"), write);
    own.onkeydown = event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && event.keyCode !== 229 && own.value.trim()) send("skipped", own.value.trim()); };
    const outcomes = OUTCOMES.map(([outcome, words]) => row(words, () => send(outcome)));
    this.open(t("Skip or report"), "skip", el("h3", { text: t("Reason for skipping") }), ...skips, other, own, sendOwn, el("h3", { text: t("Report it") }), ...outcomes);
    if (own.value) write();
  }

  // The key sheet is the table of keys, read aloud.
  help() {
    const { desk } = this;
    const rows = [...desk.keySheet(), [["Tab"], desk.t("Texts, questions, controls and menus in turn")]];
    const draw = ([keys, words]) => el("div", { class: "help-row" }, el("span", { class: "help-keys" }, ...keys.map(key => el("kbd", { text: key }))), el("span", { text: words }));
    this.open(desk.t("Keys"), "help", ...rows.map(draw));
  }

  text(title, text) {
    this.open(title, "kept", el("textarea", { rows: 12, readonly: true, "aria-label": title }, text));
  }

  async toggleGuidelines() {
    if (this.guidelines) return this.closeGuidelines();
    const { desk } = this;
    const title = desk.t("Guidelines");
    const body = el("div", { class: "guidelines-body", tabindex: "0", role: "region", "aria-label": title });
    const version = el("span", { class: "version" });
    const waits = el("p", { class: "waits", role: "status", text: desk.t("Answering waits until you close the guidelines.") });
    const head = el("header", {}, el("h2", { text: title }), version, desk.closing(() => this.closeGuidelines()));
    this.guidelines = el("aside", { class: "guidelines", "aria-label": title }, head, waits, body);
    desk.root.append(this.guidelines);
    // Beside the texts or over them: that changes with the window and the menu.
    this.fitting = new ResizeObserver(() => { desk.work.inert = this.covering(); });
    this.fitting.observe(desk.root);
    body.focus({ preventScroll: true });
    desk.printKeys(); // Escape closes them now
    body.textContent = desk.t("Loading…");
    await this.fillGuidelines(body, version);
  }

  async fillGuidelines(body, version) {
    const { desk } = this;
    const reply = await desk.guidelines();
    if (reply.status !== 200) return void (body.textContent = reply.body.message || desk.t("The guidelines cannot be loaded now. Try again in a moment."));
    version.textContent = desk.t("Version {n}", { n: reply.body.version });
    fillGuidelines(body, reply.body, desk);
  }

  redrawGuidelines() {
    if (this.guidelines) this.fillGuidelines(this.guidelines.querySelector(".guidelines-body"), this.guidelines.querySelector(".version"));
  }

  closeGuidelines() {
    this.fitting?.disconnect();
    this.guidelines?.remove();
    this.guidelines = null;
    this.desk.work.inert = false;
    this.desk.rest();
    this.desk.printKeys();
  }

  close() {
    this.dialog?.close();
    if (this.guidelines) this.closeGuidelines();
  }
}
