// How items come: from the server, from a preview, from a revision; methods of the desk.
import { Activity } from "./activity.js";
import { claimDesk } from "./identity.js";
import { Net } from "./net.js";

const LEASE_CHECK_MS = 10000;

export const arriving = {
  async start() {
    if (this.mode === "preview") return this.preview();
    const claimed = await claimDesk();
    if (this.gone) return claimed.release();
    Object.assign(this, { deskId: claimed.id, release: claimed.release });
    const report = (...trouble) => this.report(...trouble);
    this.net = new Net({ api: this.data.api, actor: this.data.actor, deskId: this.deskId, report });
    this.activity = new Activity(this, this.data.idle_ms);
    this.redraw();
    this.leases = setInterval(() => this.keepLease(), LEASE_CHECK_MS);
    if (this.mode === "revise") return this.startRevision();
    const pending = this.vault.get(this.outbox);
    await (pending?.path ? this.deliver(pending, null) : this.fetchNext());
    if (!this.gone) await this.bringBack();
  },

  preview() {
    this.redraw();
    const extrasWanted = this.data.screen.extras || this.data.extras_wanted || null;
    const answer = structuredClone(this.data.answer || {});
    this.take({ id: null, rev: 0, screen: this.data.screen, extrasWanted, answer, extras: {} });
  },

  async startRevision() {
    const reply = await this.net.until("GET", `/work/answers/${this.data.answer_id}`);
    if (!reply) return;
    if (reply.status !== 200) return this.stopRevision(reply.body);
    const { screen, revision, answer, extras } = reply.body;
    const given = { answer: answer || {}, extras: extras || {} };
    this.take({ id: `revise.${this.data.answer_id}`, rev: 0, revision, screen, extrasWanted: screen.extras, ...given });
    this.resumeRevision();
  },

  async fetchNext() {
    const asked = (this.asked = {}); // a later question (another filter) makes an earlier one moot
    const reply = await this.net.until("GET", this.nextPath(), undefined, () => this.asked === asked);
    if (reply && this.asked === asked) this.arrive(reply);
  },

  nextPath() {
    return `/work/${this.data.slug}/next`;
  },

  arrive(reply) {
    clearTimeout(this.polling);
    if (reply.status !== 200) return this.stopped(reply.body);
    this.serverAhead = reply.serverNow ? reply.serverNow - Date.now() : this.serverAhead || 0;
    this.undoable = reply.body?.undo ?? reply.body?.last ?? null;
    if (!reply.body?.assignment) return this.empty(reply.body || {});
    const { assignment: id, rev, screen, draft, lease_until, progress } = reply.body;
    const item = { id, rev, screen, extrasWanted: screen.extras, lease: this.leaseOf(lease_until), served: reply.body };
    const left = this.drafts.merge(item, draft);
    this.begin(item, draft);
    this.take(item);
    this.showProgress(progress);
    if (item.dirty || item.flight) this.drafts.pump(item);
    if (left) this.offerCopy(left);
  },

  // What goes with an item that has just come. A reason for skipping it is kept as its draft is.
  begin(item) {
    item.note = this.vault.get(`note.${item.id}`)?.content ?? {};
    const words = this.t("You have an unfinished skip reason. Press S to continue.");
    if (item.note.skip && !this.panels.dialog) queueMicrotask(() => this.say(words, { forMs: 8000 }));
  },

  keepNote() {
    this.vault.set(`note.${this.item.id}`, { content: this.item.note });
  },

  beside() {
    return {}; // what of an item is drafted with its answer
  },
};
