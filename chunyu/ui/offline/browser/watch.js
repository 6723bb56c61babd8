// On every page of the staff: the count in the head, sending when the network is back, and wiping when the person changes.
import { count, entries, WAITS } from "./entries.js";
import { forgetKey, holder } from "./sealing.js";
import { along, beginUse, inUse, setFact, wipeAlong } from "./store.js";
import { sync } from "./sync.js";

const AGAIN = 30_000; // milliseconds between two tries while a page is open
const link = () => document.querySelector("[data-on-phone]");

export async function leave() {
  await wipeAlong();
  await forgetKey();
}

// Another person or post than the one who took things along: they see none of it.
async function changed() {
  const post = link()?.dataset.post, before = await holder();
  if (post && before && before !== post) await leave();
}

export async function show() {
  const shown = link();
  if (!shown) return;
  const number = await count(), taken = (await along()).length;
  shown.hidden = !inUse() && !number && !taken;
  const badge = shown.querySelector("[data-count]");
  badge.hidden = !number;
  badge.textContent = number || "";
  if (number) navigator.setAppBadge?.(number).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}

export async function trySync() {
  if (!(await entries()).some((each) => each.state === WAITS)) return;
  try { await sync(); } catch { /* the page "On this phone" says why; here it is tried again later */ }
}

// Signing out removes what was taken along before the server is asked, so that it also holds without a network.
function onSignOut(event) {
  const form = event.target, address = link()?.dataset.signOut;
  if (!address || new URL(form.action, location.href).pathname !== address) return;
  event.preventDefault();
  leave().catch(() => {}).finally(() => HTMLFormElement.prototype.submit.call(form));
}

export async function watch() {
  document.addEventListener("submit", onSignOut);
  document.addEventListener("entrieschange", show);
  const declared = document.querySelector("[data-offline], [data-take-along], [data-phone-page]");
  if (!inUse() && !declared) return;
  if (declared) {
    beginUse();
    await setFact("language", document.documentElement.lang === "en" ? "en" : "zh-hans");
  }
  await changed();
  await show();
  addEventListener("online", trySync);
  // Not every phone says when its network is back.
  const look = () => { if (!document.hidden) trySync(); };
  document.addEventListener("visibilitychange", look);
  setInterval(look, AGAIN);
  if (!declared) trySync();
}
