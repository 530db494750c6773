// Which desk this is: one id a tab, kept over reloads; a duplicated tab copies it, so it asks the others first.
import { uuid } from "./dom.js";

const NAME = "touchstone.desk";
const PATIENCE_MS = 30;

function answerOthers(id, mine) {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => { if (data.hello === id && data.from !== mine) channel.postMessage({ taken: id, from: mine }); };
  return channel;
}

function isTaken(id, mine) {
  const channel = new BroadcastChannel(NAME);
  return new Promise(resolve => {
    channel.onmessage = ({ data }) => { if (data.taken === id && data.from !== mine) resolve(true); };
    channel.postMessage({ hello: id, from: mine });
    setTimeout(() => resolve(false), PATIENCE_MS);
  }).finally(() => channel.close());
}

export async function claimDesk() {
  const mine = (window.touchstoneWindow ??= uuid());
  let id = sessionStorage.getItem(NAME);
  if (!id || (await isTaken(id, mine))) id = uuid();
  sessionStorage.setItem(NAME, id);
  const channel = answerOthers(id, mine);
  return { id, release: () => channel.close() };
}
