// What else can happen to an item: taken back, gone stale, its time over, the desk open elsewhere; methods of the desk.
import { el } from "./dom.js";
import { clearTrouble, drawEmpty, drawTrouble } from "./trouble.js";

const POLL_MS = 60000;

export const keeping = {
  lost(order, body) {
    const id = order.id ?? order.assignment;
    const kept = this.vault.get(`draft.${id}`) ?? (order.answer ? { answer: order.answer, extras: order.extras } : null);
    if (!kept) return this.say(body.message || this.t("This item is no longer assigned to you."), { tone: "wrong", forMs: 15000 });
    this.drafts.leave(order.id ? order : { id, ...kept, dirty: kept.unsaved });
    this.offerCopy(kept, body.message || this.t("Your time on this item expired, and someone else has taken it."));
  },

  // What this browser keeps of items that are not on the screen: it goes to the server, and if the item is gone it is said, once.
  async bringBack() {
    for (const name of this.vault.names("draft.")) {
      const [id, kept] = [name.slice("draft.".length), this.vault.get(name)];
      if (!kept || id === String(this.item?.id) || (kept.place ?? "work") !== this.place) continue;
      const reply = kept.slug === this.data.slug ? await this.net.call("POST", `/${this.place}/assignments/${id}/renew`, {}) : null;
      if (reply?.body.error === "lease_over") this.lost({ assignment: id }, {});
      else if (reply?.status === 404) { this.offerCopy(kept, this.t("This item is no longer assigned to you.")); this.vault.drop(name); }
      else if (kept.unsaved) this.drafts.leave({ id, ...kept, dirty: true });
    }
  },

  // The server's truth, met with what is kept here: the newer words stay on the screen, the older ones within reach.
  async reconcile(item, reply) {
    if (this.item !== item || item.sealed) return;
    item.gone = true;
    const next = await this.net.until("GET", this.nextPath());
    if (!next || this.item !== item || item.sealed) return;
    const mine = structuredClone({ answer: item.answer, extras: item.extras });
    this.arrive(next);
    if (this.item?.id !== item.id) return this.lost(item, reply?.body ?? {});
    const differs = JSON.stringify(mine) !== JSON.stringify({ answer: this.item.answer, extras: this.item.extras });
    if (differs) this.offerCopy(mine);
  },

  // ---- a revision: one answer sent once, until then kept in this browser alone

  keepRevision() {
    const { revision, answer, extras } = this.item;
    this.vault.set(this.revisionName, { revision, answer, extras });
    this.strip.saved.textContent = this.t("kept in this browser");
  },

  resumeRevision() {
    const { item } = this;
    const kept = this.vault.get(this.revisionName);
    const sent = structuredClone({ answer: item.answer, extras: item.extras });
    if (!kept) return;
    const mine = { answer: kept.answer, extras: kept.extras };
    if (JSON.stringify(mine) === JSON.stringify(sent)) return this.vault.drop(this.revisionName);
    if (kept.revision !== item.revision) return this.offerCopy(mine);
    Object.assign(item, mine);
    this.paint({ again: true });
    this.keepRevision();
    const discard = () => {
      Object.assign(item, structuredClone(sent));
      this.vault.drop(this.revisionName);
      this.strip.saved.textContent = "";
      this.notices.querySelector('[data-name="revision"]')?.remove();
      this.paint({ again: true });
    };
    const words = this.t("Your unsent changes to this answer were restored.");
    this.notice("revision", words, "plain", [[this.t("Discard changes"), discard]]);
  },

  stopRevision(body) {
    const kept = this.vault.get(this.revisionName);
    if (kept) this.offerCopy(kept, body.message);
    this.stopped(body);
  },

  offerCopy(mine, words = null, restorable = true) {
    const restore = () => { Object.assign(this.item, structuredClone(mine)); this.drafts.changed(this.item); this.paint({ again: true }); };
    this.notice("copy", words || this.t("A newer version of this answer came from another window. What you had here is kept."), "warn",
      [restorable && !words ? [this.t("Use mine instead"), restore] : null, [this.t("Show what I had"), () => this.panels.text(this.t("Kept in this browser"), keptText(mine))]]);
  },

  async undo() {
    if (!this.undoable) return this.say(this.t("Nothing to undo."));
    if (!this.ready() || this.undoing) return;
    this.undoing = true;
    const { item } = this;
    if (item.dirty || item.flight) await Promise.race([this.drafts.pump(item), this.net.pause(1500)]);
    const reply = await this.net.call("POST", `/work/answers/${this.undoable}/undo`, {});
    this.undoing = false;
    if (reply.status === 200) {
      this.arrive(reply);
      return this.say(this.t("Your last answer is open again."));
    }
    if (reply.status) this.say(reply.body.message || this.t("It can no longer be undone."), { tone: "wrong" });
  },

  async keepLease() {
    const { item } = this;
    if (!this.keeps() || !item?.lease || item.sealed || item.gone || !this.activity.attentive) return;
    if (item.lease.until - Date.now() - this.serverAhead > item.lease.length / 2) return;
    const reply = await this.net.call("POST", `/${this.place}/assignments/${item.id}/renew`, {});
    if (reply.status === 200) item.lease = this.leaseOf(reply.body.lease_until);
    else if ((reply.status === 409 && !["second_desk", "other_user"].includes(reply.body.error)) || reply.status === 404) this.reconcile(item, reply);
  },

  leaseOf(until) {
    const at = Date.parse(until);
    return Number.isFinite(at) ? { until: at, length: at - Date.now() - (this.serverAhead || 0) } : null;
  },

  async takeOver() {
    const reply = await this.net.call("POST", "/work/desk", { take_over: true });
    if (reply.status !== 200) return;
    this.report(null, reply, "/work/desk");
    this.net.wake();
    if (this.item && !this.item.sealed) return this.reconcile(this.item, null);
    if (!this.item && !this.vault.get(this.outbox)?.path) return this.fetchNext();
  },

  guidelines() {
    if (this.data.guidelines) return Promise.resolve({ status: 200, body: this.data.guidelines });
    return this.net ? this.net.call("GET", `/work/${this.data.slug}/guidelines`) : Promise.resolve({ status: 404, body: {} });
  },

  report(trouble, reply, path) {
    const held = ["second_desk", "other_user"].includes(this.trouble);
    if (trouble === this.trouble || (held && !trouble && path === "/activity")) return;
    this.trouble = trouble;
    if (trouble) drawTrouble(this, trouble, reply.body);
    else { clearTrouble(this); this.net.wake(); }
    this.showSaved();
  },

  cannotKeep(error) {
    this.notice("store", this.t("This browser cannot keep a copy of your work ({why}). Drafts still go to the server.", { why: error.name }), "warn");
  },

  notice(name, words, tone, actions = []) {
    this.notices.querySelector(`[data-name="${name}"]`)?.remove();
    const node = el("div", { class: "notice", "data-name": name, "data-tone": tone, role: tone === "warn" ? "alert" : "status" }, el("span", { text: words }));
    actions.filter(Boolean).forEach(([label, act]) => node.append(el("button", { type: "button", class: "quiet", text: label, onclick: () => { act(); } })));
    node.append(this.closing(() => node.remove()));
    this.notices.append(node);
  },

  empty(body) {
    this.clearItem();
    this.showProgress(body.progress);
    drawEmpty(this, body);
    const back = body.back_at && Date.parse(body.back_at) - Date.now() - (this.serverAhead || 0);
    const wait = body.back_at ? Math.max(5000, back) : POLL_MS;
    if (wait < 864e5) this.polling = setTimeout(() => this.fetchNext(), wait);
  },

  stopped(body) {
    this.clearItem();
    drawEmpty(this, body);
  },

  finished() {
    this.clearItem();
    drawEmpty(this, { message: this.t("Your revision is saved."), done: true });
  },

  clearItem() {
    if (this.item) this.item.gone = true;
    this.strip.saved.textContent = "";
    Object.assign(this, { item: null, asks: [], foot: null, painted: false });
    this.bar.hidden = true;
    this.printKeys();
  },
};

const keptText = ({ answer, extras, comment }) => [answer?.text, extras?.rationale, comment].filter(Boolean).join("\n\n") || JSON.stringify({ answer, extras }, null, 2);
