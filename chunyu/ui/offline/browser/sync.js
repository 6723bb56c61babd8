// Sending what waits: one after the other, in order for each subject, each with its key. Nothing goes from the phone
// before the server has said that it was taken in.
import { answer, CONFLICT, contentOf, entries, OPEN, REFUSED, settle, WAITS, DONE } from "./entries.js";
import { holder, learnKey } from "./sealing.js";
import { inUse, wipeAlong } from "./store.js";
import { word, words } from "./words.js";

const PATIENCE = 600_000; // milliseconds: eight photos over a poor line take minutes
const said = (name, values) => ({ sentences: [word(name, values)] });

export class Stopped extends Error {
  constructor(name) { super(name); this.word = name; }
}

const readyAddress = () => document.querySelector("[data-on-phone]")?.dataset.ready ?? words()?.dataset.ready;

// Who is signed in; a fresh token; the key of what is kept.
export async function ready() {
  let response;
  try {
    response = await fetch(readyAddress(), { redirect: "manual", cache: "no-store", credentials: "same-origin" });
  } catch { throw new Stopped("no-network"); }
  if (response.type === "opaqueredirect" || response.status === 404) throw new Stopped("signed-out");
  if (!response.ok) throw new Stopped("server-down");
  const told = await response.json();
  const before = await holder();
  if (before && before !== told.post) await wipeAlong(); // somebody else is signed in now
  await learnKey(told.post, told.key);
  return told;
}

function body(entry, content, post) {
  const form = new FormData();
  for (const [name, value] of content.fields) form.append(name, value);
  for (const file of content.files) form.append(file.field, file.blob, file.name);
  form.append("entry_key", entry.key);
  form.append("entry_captured", entry.captured);
  form.append("entry_seen", entry.seen);
  form.append("entry_post", post);
  form.append("entry_way", entry.way);
  return form;
}

async function post(entry, content, told) {
  const stop = AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined;
  try {
    return await fetch(entry.address, {
      method: "POST", body: body(entry, content, told.post), redirect: "manual", credentials: "same-origin", signal: stop,
      headers: { "X-CSRFToken": told.token, Accept: "application/json" },
    });
  } catch { throw new Stopped("no-network"); }
}

async function judged(entry, response) {
  if (response.type === "opaqueredirect") throw new Stopped("signed-out");
  if (response.status >= 500) throw new Stopped("server-down");
  let told = null;
  if ((response.headers.get("Content-Type") ?? "").includes("json")) {
    try { told = await response.json(); } catch { throw new Stopped("no-network"); } // the answer broke off: ask again later
  }
  if (told?.outcome === "taken_in") return settle(entry, DONE, told.goal);
  if (told?.outcome === "other_post") throw new Stopped("locked");
  if (told?.outcome === "conflict") return answer(entry, CONFLICT, told);
  if (told?.sentences) return answer(entry, REFUSED, told);
  if (response.status === 404) return answer(entry, REFUSED, said("missing"));
  if (response.status === 403) return answer(entry, REFUSED, said("forbidden"));
  return answer(entry, REFUSED, said("unreadable", { status: response.status }));
}

async function send(entry, told) {
  const content = await contentOf(entry);
  if (!content) return;
  let response = await post(entry, content, told);
  if (response.status === 403) {
    // The token may be of an earlier sign-in.
    Object.assign(told, await ready());
    if (told.post === entry.post) response = await post(entry, content, told);
  }
  await judged(entry, response);
}

// The entries that may be sent now: of this post, and none whose subject has an earlier one that stands in the way.
function next(rows, post, tried) {
  const behind = new Set();
  for (const row of rows.filter((each) => OPEN.includes(each.state) && each.post === post)) {
    const subject = row.subject ? `${row.form} ${row.subject}` : row.key;
    if (!behind.has(subject) && row.state === WAITS && !tried.has(row.key)) return row;
    behind.add(subject);
  }
  return null;
}

async function run(progress) {
  const told = await ready();
  const tried = new Set();
  const waiting = (await entries()).filter((each) => each.state === WAITS && each.post === told.post).length;
  for (let row; (row = next(await entries(), told.post, tried)); ) {
    tried.add(row.key);
    progress?.(tried.size, Math.max(waiting, tried.size));
    await send(row, told);
  }
  return tried.size;
}

// One tab at a time sends. Resolves with how many were tried, or null when another tab is at it; throws Stopped.
export async function sync(progress) {
  if (!inUse()) return 0;
  const work = () => run(progress);
  const done = navigator.locks
    ? await navigator.locks.request("chunyu-sync", { ifAvailable: true }, (lock) => (lock ? work() : null))
    : await work();
  if (done) document.dispatchEvent(new CustomEvent("entrieschange"));
  return done;
}
