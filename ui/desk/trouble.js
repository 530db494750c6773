// When there is nothing to do or something is wrong: what is true, and what to do about it.
import { moment } from "./dates.js";
import { el } from "./dom.js";
import { fillGuidelines } from "./text.js";
import { N_ } from "./strings.js";

const BANNERS = {
  offline: N_("You are offline. Your work is kept in this browser and is sent when the connection is back."),
  unreachable: N_("The server cannot be reached. Your work is kept in this browser and is sent as soon as it answers."),
  server: N_("The server has a problem. Your work is kept in this browser and is sent as soon as it answers."),
  signed_out: N_("You are signed out. Your work is kept in this browser and is sent once you have signed in again."),
};

export function drawTrouble(desk, trouble, body) {
  clearTrouble(desk);
  if (trouble === "second_desk" || trouble === "other_user") return veil(desk, trouble, body);
  const node = el("div", { class: "notice trouble", "data-tone": "warn", role: "alert" }, el("span", { text: desk.t(BANNERS[trouble]) }));
  if (trouble === "signed_out") node.append(el("a", { href: location.href, target: "_self", text: desk.t("Sign in again") }));
  else node.append(el("button", { type: "button", class: "quiet", text: desk.t("Try now"), onclick: () => desk.net.wake() }));
  desk.notices.append(node);
}

function veil(desk, trouble, body) {
  const second = trouble === "second_desk";
  const words = body.message || (second ? desk.t("You have this desk open in another tab or on another device. Only one can work at a time.") : desk.t("Someone else has signed in in this browser."));
  const act = second
    ? el("button", { type: "button", class: "primary", text: desk.t("Work here instead"), onclick: () => desk.takeOver() })
    : el("button", { type: "button", class: "primary", text: desk.t("Load the page again"), onclick: () => location.reload() });
  desk.interrupted = Boolean(desk.panels.dialog?.matches(".skip"));
  desk.panels.close();
  desk.root.append(
    el("div", { class: "veil trouble", role: "alertdialog", "aria-label": words }, el("p", { text: words }), act),
  );
  desk.work.inert = true; // what lies beneath is out of reach, of Tab and of a screen reader too
  act.focus();
}

export function clearTrouble(desk) {
  const veiled = desk.root.querySelector(".veil");
  desk.root.querySelectorAll(".trouble").forEach(node => node.remove());
  if (!veiled) return;
  desk.work.inert = false;
  desk.rest();
  if (desk.interrupted && desk.item) desk.panels.skip();
  desk.interrupted = false;
}

// New guidelines are read here and acknowledged here: the way on is on the same page.
async function drawAcknowledge(desk, message) {
  const text = el("div", { class: "guidelines-body", tabindex: "0", text: desk.t("Loading…") });
  const agree = el("button", { type: "button", class: "primary", disabled: true, text: desk.t("I have read them and work by them") });
  desk.stage.dataset.layout = "empty";
  desk.stage.replaceChildren(el("div", { class: "acknowledge" }, el("p", { class: "empty-words", text: message }), text, agree));
  const reply = await desk.guidelines();
  if (reply.status !== 200) return void (text.textContent = reply.body.message || desk.t("The guidelines cannot be loaded now. Try again in a moment."));
  fillGuidelines(text, reply.body, desk);
  agree.disabled = false;
  // Read by keyboard at once: the arrows scroll, Tab leads to the way on.
  if (document.activeElement === document.body || desk.root.contains(document.activeElement)) text.focus({ preventScroll: true });
  agree.onclick = async () => {
    agree.disabled = true;
    const done = await desk.net.until("POST", `/work/${desk.data.slug}/acknowledge`, { version: reply.body.version });
    if (done) desk.fetchNext();
  };
}

// Nothing to do, or not allowed to: the server's words, and the way on.
export function drawEmpty(desk, { message, back_at, where, done, error, why }) {
  if ((error ?? why) === "acknowledge") return drawAcknowledge(desk, message);
  const when = back_at ? desk.t("Check again after {time}.", { time: moment(back_at) }) : "";
  const words = message || desk.t("No items for you right now.");
  const refresh = { type: "button", class: "primary", text: desk.t("Refresh"), onclick: () => desk.fetchNext() };
  const link = (href, text) => (href ? el("a", { href, target: "_self", text }) : null);
  const again = desk.keeps() && !done ? el("button", refresh) : null;
  const on = link(where?.startsWith("/") && where, desk.t("Go there"));
  const home = link(desk.data.home, desk.t("Back to the project list"));
  const said = [el("p", { class: "empty-words", text: words }), when ? el("p", { text: when }) : null];
  const ways = el("div", { class: "empty-ways" }, on, again, desk.wayBack?.(), home);
  desk.stage.dataset.layout = "empty";
  desk.stage.replaceChildren(el("div", { class: "empty-state" }, ...said, ways));
  desk.unsay();
  desk.voice.textContent = words; // for those who do not see it
  desk.printKeys();
}
