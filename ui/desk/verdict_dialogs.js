// What a reviewer adds to a verdict, or sends in place of one: reason, comment, gold, example, an answer sent back.
import { REASONS, canPick, personName, reasonName } from "./answers.js";
import { el, isTextField, kbd, onWritten } from "./dom.js";
import { N_ } from "./strings.js";
import { DRAWS } from "./registry.js";

const CHECK = ["check", N_("A hidden check: served to annotators among other items")];
const REFERENCE = ["reference", N_("A reference: used for measuring only")];

const row = (key, words, act, { role, on, small } = {}) =>
  el("button", { type: "button", class: "menu-row", "data-key": key, role, "aria-checked": role ? String(on) : null, onclick: act }, kbd(key), el("span", { class: "menu-words" }, el("span", { text: words }), small ? el("small", { text: small }) : null));

const check = (rows, isOn) => rows.forEach((node, i) => node.setAttribute("aria-checked", String(isOn(i))));

// A text that is kept with every key pressed, so that closing the dialog loses nothing.
function field(desk, kept, name, words) {
  const area = el("textarea", { rows: 3, dir: "auto", placeholder: desk.t(words), "aria-label": desk.t(words), spellcheck: "true" });
  area.value = kept[name] ?? "";
  onWritten(area, value => { kept[name] = value; desk.keepNote(); });
  return area;
}

// Enter goes on to the text that is wanted, then sends; inside a text Ctrl+Enter sends.
function onEnter(dialog, area, send) {
  dialog.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.repeat) return;
    const anywhere = event.ctrlKey || event.metaKey;
    if (!anywhere && (isTextField(event.target) || event.target.tagName === "BUTTON")) return;
    event.preventDefault();
    if (!anywhere && area && !area.value.trim()) area.focus();
    else send();
  });
}

function reasonRows(desk, kept, then = () => {}) {
  const rows = REASONS.map(([name, key, words]) => row(key, desk.t(words), () => {
    kept.reason = kept.reason === name ? undefined : name;
    desk.keepNote();
    draw();
    then();
  }, { role: "radio", on: kept.reason === name }));
  const draw = () => check(rows, i => kept.reason === REASONS[i][0]);
  return rows;
}

const send = (desk, words, act) => el("button", { type: "button", class: "primary", onclick: act }, el("span", { text: desk.t(words) }), el("kbd", { text: "Ctrl ⏎" }));

const heading = (desk, words) => el("h3", { text: desk.t(words) });

export function askReason(desk) {
  const { note } = desk.item;
  desk.panels.open(desk.t("Reason for this verdict"), "reason", ...reasonRows(desk, note, () => desk.panels.dialog.close()));
}

export function askComment(desk) {
  const area = field(desk, desk.item.note, "comment", N_("A comment, kept with the verdict"));
  const close = () => desk.panels.dialog.close();
  onEnter(desk.panels.open(desk.t("Comment"), "comment", area, send(desk, N_("Save comment"), close)), area, close);
  area.focus();
}

function remove(desk, name) {
  delete desk.item.note[name];
  desk.keepNote();
  desk.panels.dialog.close();
}

// What is written here counts once it has been confirmed; until then it is only kept.
export function askGold(desk) {
  const { note } = desk.item;
  const kept = (note.goldText ??= { use: "check", explanation: "" });
  const uses = [CHECK, REFERENCE];
  const rows = uses.map(([use, words], i) => row(String(i + 1), desk.t(words), () => { kept.use = use; desk.keepNote(); check(rows, j => uses[j][0] === use); }, { role: "radio", on: kept.use === use }));
  const area = field(desk, kept, "explanation", N_("Why this is the right answer, shown after a wrong answer"));
  const take = () => {
    if (!kept.explanation.trim()) return area.focus();
    note.gold = { use: kept.use, explanation: kept.explanation.trim() };
    desk.keepNote();
    desk.panels.dialog.close();
  };
  const drop = note.gold ? el("button", { type: "button", class: "quiet", text: desk.t("Don't make it gold"), onclick: () => remove(desk, "gold") }) : null;
  onEnter(desk.panels.open(desk.t("Make the verdict gold"), "gold", ...rows, area, send(desk, N_("Make it gold once adjudicated"), take), ...(drop ? [drop] : [])), area, take);
}

export function askExample(desk) {
  const { note } = desk.item;
  note.exampleText ??= { note: "" };
  const area = field(desk, note.exampleText, "note", N_("What it shows, for the author of the guidelines"));
  const take = () => {
    if (!area.value.trim()) return area.focus();
    note.example = area.value.trim();
    desk.keepNote();
    desk.panels.dialog.close();
  };
  const drop = note.example ? el("button", { type: "button", class: "quiet", text: desk.t("Withdraw the proposal"), onclick: () => remove(desk, "example") }) : null;
  onEnter(desk.panels.open(desk.t("Propose it for the guidelines"), "example", area, send(desk, N_("Propose it once adjudicated"), take), ...(drop ? [drop] : [])), area, take);
  area.focus();
}

// People are chosen by their digit, 0 is all of them; the comment says what they should look at.
export function askReturn(desk) {
  const { note, served } = desk.item;
  const those = served.answers.filter(answer => canPick(answer) && !answer.machine && !answer.returned);
  const kept = (note.back ??= { labels: those.length === 1 ? [those[0].label] : [], comment: "" });
  const all = () => those.every(answer => kept.labels.includes(answer.label));
  const flip = label => { kept.labels = kept.labels.includes(label) ? kept.labels.filter(other => other !== label) : [...kept.labels, label]; drawn(); desk.keepNote(); };
  const said = answer => desk.item.screen.asks.map(ask => DRAWS.words[ask.kind](ask, { answer: answer.answer, extras: {} }, desk)).filter(Boolean).join(" · ");
  const rows = those.map(answer => row(answer.label < 10 ? String(answer.label) : "", personName(answer, desk), () => flip(answer.label), { role: "checkbox", small: said(answer) }));
  const everybody = row("0", desk.t("All of them"), () => { kept.labels = all() ? [] : those.map(answer => answer.label); drawn(); desk.keepNote(); }, { role: "checkbox" });
  const drawn = () => { check(rows, i => kept.labels.includes(those[i].label)); check([everybody], all); };
  const area = field(desk, kept, "comment", N_("What should they look at again?"));
  const problem = el("p", { class: "problem", role: "alert" });
  const go = () => {
    const comment = kept.comment.trim();
    problem.textContent = !kept.labels.length ? desk.t("Choose who to send it back to.") : comment ? "" : desk.t("Write what they should look at again.");
    if (problem.textContent) return comment || area.focus();
    desk.panels.dialog.close();
    desk.sendBack(those.filter(answer => kept.labels.includes(answer.label)).map(answer => answer.id), comment, kept.reason);
  };
  const dialog = desk.panels.open(desk.t("Send back to annotators"), "return", ...rows, ...(those.length > 1 ? [everybody] : []), heading(desk, N_("Reason")), el("div", { class: "reason-row" }, ...reasonRows(desk, kept)), area, problem, send(desk, N_("Send back"), go));
  drawn();
  onEnter(dialog, area, go);
}

// What people set aside goes back into the queue, or out of the work.
export function askAside(desk) {
  const decide = decision => { desk.panels.dialog.close(); desk.decideAside(decision); };
  desk.panels.open(desk.t("On hold: reported by annotators"), "aside", row("1", desk.t("Return item to queue"), () => decide("put_back")), row("2", desk.t("Withdraw item"), () => decide("withdraw")));
}

// Reopening is on record, so it says why.
export function askReopen(desk) {
  const name = `reopening.${desk.undoable}`;
  const kept = desk.vault.get(name) ?? { comment: "" };
  const area = el("textarea", { rows: 3, dir: "auto", placeholder: desk.t("Reason for reopening"), "aria-label": desk.t("Reason for reopening") });
  area.value = kept.comment;
  onWritten(area, comment => desk.vault.set(name, { comment }));
  const go = () => {
    if (!area.value.trim()) return area.focus();
    desk.panels.dialog.close();
    desk.reopen(area.value.trim());
  };
  onEnter(desk.panels.open(desk.t("Reopen the verdict"), "reopen", area, send(desk, N_("Reopen the verdict"), go)), area, go);
  area.focus();
}

// What goes with the verdict, each a button to change it.
export function drawAttached(desk) {
  const { note } = desk.item;
  const chip = (key, words) =>
    el("button", { type: "button", class: "attached", onclick: () => desk.command(key) }, el("span", { text: words }));
  return el("div", { class: "attached-row" },
    note.reason ? chip("w", reasonName(note.reason, desk)) : null, note.comment?.trim() ? chip("c", `“${note.comment.trim()}”`) : null,
    note.gold ? chip("p", desk.t(note.gold.use === "check" ? N_("Becomes gold: a hidden check") : N_("Becomes gold: a reference"))) : null, note.example ? chip("x", desk.t("Proposed for the guidelines")) : null);
}
