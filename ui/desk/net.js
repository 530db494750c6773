// Talks to /api: one call, calls repeated until answered, and what is kept in the browser meanwhile.
const RETRY = new Set([0, 401, 408, 425, 429, 500, 502, 503, 504]);
const HELD = new Set(["second_desk", "other_user"]);
const TIMEOUT_MS = 20000;
const SLOWEST_MS = 15000;
const KEPT_DAYS = 30;
const FLEETING = ["draft.", "note.", "outbox.", "revision.", "reopening"]; // what is on its way somewhere

export class Net {
  constructor({ api, actor, deskId, report }) {
    Object.assign(this, { api, report, sleepers: new Set(), closed: false });
    this.headers = { "Content-Type": "application/json", "X-Touchstone": "1", "X-Touchstone-Desk": deskId, "X-Touchstone-Actor": actor };
    this.wake = () => { this.sleepers.forEach(rise => rise()); };
    window.addEventListener("online", this.wake);
  }

  async call(method, path, body, { keepalive = false } = {}) {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const signal = keepalive ? undefined : AbortSignal.timeout(TIMEOUT_MS);
    let reply = { status: 0, body: {} };
    try {
      const response = await fetch(this.api + path, { method, body: text, headers: this.headers, credentials: "same-origin", cache: "no-store", keepalive, signal });
      reply = { status: response.status, body: await response.json().catch(() => ({})), serverNow: Date.parse(response.headers.get("Date")) };
    } catch (error) {
      if (!(error instanceof TypeError) && error.name !== "TimeoutError" && error.name !== "AbortError") throw error;
    }
    if (!this.closed) this.report(troubleIn(reply), reply);
    return reply;
  }

  // Resends the same words until there is an answer that resending would not change; null when nobody wants it any more.
  async until(method, path, body, wanted = () => true) {
    for (let n = 0; !this.closed && wanted(); n++) {
      const reply = await this.call(method, path, body);
      const held = reply.status === 409 && HELD.has(reply.body.error);
      if (!held && !RETRY.has(reply.status)) return reply;
      await this.pause(held ? SLOWEST_MS : Math.min(SLOWEST_MS, 400 * 2 ** n));
    }
    return null;
  }

  // The desk is being closed: the person's next one need not wait until this one has been silent for long. A desk that is
  // the person's no longer changes nothing by it, and one that comes back to life sits down again with its next call.
  leave() {
    return this.call("DELETE", "/work/desk", undefined, { keepalive: true });
  }

  pause(ms) {
    return new Promise(resolve => {
      const rise = () => { clearTimeout(timer); this.sleepers.delete(rise); resolve(); };
      const timer = setTimeout(rise, ms);
      this.sleepers.add(rise);
    });
  }

  close() {
    this.closed = true;
    window.removeEventListener("online", this.wake);
    this.wake();
  }
}

function troubleIn({ status, body }) {
  if (status === 0) return navigator.onLine ? "unreachable" : "offline";
  if (status === 401) return "signed_out";
  if (status === 409 && HELD.has(body.error)) return body.error;
  return status >= 500 ? "server" : null;
}

// Kept in this browser, apart for each person; a full or forbidden store is said, never swallowed.
export class Vault {
  constructor(actor, complain) {
    Object.assign(this, { prefix: `touchstone.desk.${actor}.`, complain });
    this.forgetOld();
  }

  get(name) {
    try {
      return JSON.parse(localStorage.getItem(this.prefix + name));
    } catch (error) {
      this.complain(error);
      return null;
    }
  }

  set(name, value) {
    try {
      localStorage.setItem(this.prefix + name, JSON.stringify({ ...value, at: Date.now() }));
    } catch (error) {
      this.complain(error);
    }
  }

  drop(name) {
    try {
      localStorage.removeItem(this.prefix + name);
    } catch (error) {
      this.complain(error);
    }
  }

  // What is kept under names that begin so.
  names(beginning) {
    const all = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i));
    return all.filter(key => key?.startsWith(this.prefix + beginning)).map(key => key.slice(this.prefix.length));
  }

  // Drafts and answers on their way do not wait for ever; choices such as the language do.
  forgetOld() {
    const oldest = Date.now() - KEPT_DAYS * 864e5;
    FLEETING.flatMap(beginning => this.names(beginning)).forEach(name => {
      if ((this.get(name)?.at ?? 0) < oldest) this.drop(name);
    });
  }
}
