// Every change is kept in the browser at once and sent as a numbered draft until the server has acknowledged it.
const DEBOUNCE_MS = 400;

const draftName = item => `draft.${item.id}`;

export class Drafts {
  constructor(desk) {
    this.desk = desk;
  }

  changed(item) {
    item.dirty = true;
    this.keep(item);
    clearTimeout(item.timer);
    item.timer = setTimeout(() => this.pump(item), DEBOUNCE_MS);
    this.desk.showSaved();
  }

  keep(item) {
    const { rev, answer, extras, flight, dirty } = item;
    this.desk.vault.set(draftName(item), { rev, answer, extras, flight, slug: this.desk.data.slug, place: this.desk.place, ...this.desk.beside(item), unsaved: dirty || Boolean(flight) });
  }

  forget(item) {
    clearTimeout(item.timer);
    this.desk.vault.drop(draftName(item));
  }

  // One request at a time. What is under way is resent word for word: the same number never carries two texts.
  pump(item) {
    item.pumping ??= this.send(item).finally(() => { item.pumping = null; });
    return item.pumping;
  }

  async send(item, wanted = () => !item.sealed && !item.gone) {
    while ((item.dirty || item.flight) && wanted()) {
      item.flight ??= this.take(item);
      const reply = await this.desk.net.until("PUT", `/${this.desk.place}/assignments/${item.id}/draft`, item.flight.body, wanted);
      if (!reply || !wanted()) return;
      if (reply.status !== 200) return this.refused(item, reply);
      Object.assign(item, { rev: reply.body.rev, flight: null, savedAt: new Date() });
      this.keep(item);
      this.desk.showSaved();
    }
  }

  // An item that went to somebody else still takes its last words: the server keeps them for whoever wrote them.
  async leave(item) {
    clearTimeout(item.timer);
    await item.pumping;
    if (item.dirty || item.flight) await this.send(item, () => true);
    if (!item.dirty && !item.flight) this.forget(item);
  }

  take(item) {
    item.dirty = false;
    const rev = item.rev + 1;
    const flight = { rev, body: JSON.stringify({ rev, answer: item.answer, extras: item.extras, ...this.desk.beside(item) }) };
    item.flight = flight;
    this.keep(item);
    return flight;
  }

  async refused(item, reply) {
    item.flight = null;
    if (reply.status === 409 || reply.status === 404) {
      item.dirty = true;
      this.keep(item);
      return this.desk.reconcile(item, reply);
    }
    item.unsavable = reply.body.message || String(reply.status);
    this.desk.showSaved();
  }

  // What the browser kept against what the server knows: the newer one is used, an older one stays within reach.
  merge(item, served) {
    const local = this.desk.vault.get(draftName(item));
    Object.assign(item, { answer: served?.answer ?? {}, extras: served?.extras ?? {}, savedAt: served ? new Date() : null });
    if (!local?.unsaved) return null;
    const mine = { answer: local.answer, extras: local.extras };
    if (JSON.stringify(mine) === JSON.stringify({ answer: item.answer, extras: item.extras })) return null;
    const known = local.flight?.rev ?? local.rev;
    if (item.rev > known) return mine;
    Object.assign(item, mine, { dirty: true });
    if (item.rev < known && local.flight) item.flight = local.flight;
    return null;
  }

  highestRev(item) {
    return item.flight?.rev ?? item.rev;
  }
}
