// The outbox. An entry is a draft while it is written, waits until it is taken in, and leaves a line for the day.
import { beginUse, change, get, all, put, remove, today } from "./store.js";
import { holder, keyOf, seal, unseal } from "./sealing.js";

export const DRAFT = "draft", WAITS = "waits", REFUSED = "refused", CONFLICT = "conflict", DONE = "done", DISCARDED = "discarded";
export const OPEN = [WAITS, REFUSED, CONFLICT];
// Beyond these a phone's browser may throw everything away by itself; it is said before that.
const MOST_ENTRIES = 200;
const MOST_BYTES = 250 * 1024 * 1024;

export class NotKept extends Error {
  constructor(name, reason = "") { super(reason || name); this.word = name; this.reason = reason; }
}

export async function keep(entry, content, state) {
  const key = await keyOf(entry.post);
  if (!key) throw new NotKept((await holder()) ? "other-hand" : "no-key");
  const rows = await all("entries"), before = rows.find((each) => each.key === entry.key);
  // Another tab has kept this draft already: what is written here is an entry of its own.
  if (before && before.state !== DRAFT && !entry.mending) entry = { ...entry, key: crypto.randomUUID(), made: Date.now(), saved: 0 };
  const held = rows.filter((each) => each.key !== entry.key && each.sealed);
  const sealed = await seal(key, entry.key, content);
  const size = sealed.content.byteLength;
  if (held.length >= MOST_ENTRIES || held.reduce((sum, each) => sum + each.size, size) > MOST_BYTES) throw new NotKept("full");
  const row = { ...entry, state, sealed, size, way: "", answer: null, mending: undefined, saved: Math.max(Date.now(), (entry.saved ?? 0) + 1) };
  try {
    await put("entries", row);
  } catch (error) {
    throw error?.name === "QuotaExceededError" ? new NotKept("full") : new NotKept("not-kept", error?.message ?? String(error));
  }
  beginUse();
  return row;
}

export async function contentOf(entry) {
  const key = await keyOf(entry.post);
  if (!key || !entry.sealed) return null;
  try { return await unseal(key, entry.key, entry.sealed); } catch { return null; }
}

export const fresh = (about) => ({ key: crypto.randomUUID(), made: Date.now(), captured: new Date().toISOString(), way: "", answer: null, ...about });

// The same content as another entry, under another key: for what was taken in before it was changed.
export async function anew(entry) {
  const content = await contentOf(entry);
  const row = await keep({ ...entry, key: crypto.randomUUID(), saved: 0 }, content, WAITS);
  await settle(entry, DISCARDED);
  return row;
}

export const one = (key) => get("entries", key);

export async function draftFor(address, post) {
  return (await all("entries")).find((each) => each.state === DRAFT && each.address === address && each.post === post) ?? null;
}

// In the order in which they were written down; lines of earlier days go.
export async function entries() {
  const rows = await all("entries");
  const old = rows.filter((row) => [DONE, DISCARDED].includes(row.state) && today(new Date(row.settled)) !== today());
  for (const row of old) await remove("entries", row.key);
  return rows.filter((row) => !old.includes(row)).sort((a, b) => a.made - b.made || (a.key < b.key ? -1 : 1));
}

export const count = async () => (await entries()).filter((each) => OPEN.includes(each.state)).length;

// What was taken in or discarded keeps its number for the day and nothing of its content. What was changed since it was
// sent is left: the server will say that it has another content under this key.
export const settle = (entry, state, goal = "") =>
  change(entry.key, (row) => row.state !== DONE && row.saved === entry.saved, { state, goal, sealed: null, size: 0, answer: null, settled: Date.now() });

export const answer = (entry, state, told) => change(entry.key, (row) => row.saved === entry.saved && OPEN.includes(row.state), { state, answer: told });

export const goOn = (entry, changes = {}) =>
  change(entry.key, (row) => [REFUSED, CONFLICT, WAITS].includes(row.state), { state: WAITS, answer: null, ...changes });
