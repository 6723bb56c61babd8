// What a person kept is sealed under a key of this person and post. Signing out forgets the key, never the entry.
import { fact, forgetFact, setFact } from "./store.js";

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Held so that no script can read it out again; only used.
export async function learnKey(post, text) {
  const key = await crypto.subtle.importKey("raw", bytes(text), "AES-GCM", false, ["encrypt", "decrypt"]);
  await setFact("key", { post, key });
}

export const forgetKey = () => forgetFact("key");
export const keyOf = async (post) => { const held = await fact("key"); return held && held.post === post ? held.key : null; };
export const holder = async () => (await fact("key"))?.post ?? null;

// A head of JSON, then the files one after the other.
export async function seal(key, id, { fields, about, files }) {
  const head = new TextEncoder().encode(JSON.stringify({
    fields, about, files: files.map(({ name, field, type, blob }) => ({ name, field, type, size: blob.size })),
  }));
  const parts = [new Uint8Array(new Uint32Array([head.length]).buffer), head];
  for (const file of files) parts.push(new Uint8Array(await file.blob.arrayBuffer()));
  const plain = new Uint8Array(await new Blob(parts).arrayBuffer());
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const content = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) }, key, plain);
  return { iv, content };
}

export async function unseal(key, id, { iv, content }) {
  const plain = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) }, key, content));
  const length = new Uint32Array(plain.slice(0, 4).buffer)[0];
  const head = JSON.parse(new TextDecoder().decode(plain.slice(4, 4 + length)));
  let at = 4 + length;
  const files = head.files.map(({ name, field, type, size }) => {
    const blob = new Blob([plain.slice(at, at + size)], { type });
    at += size;
    return { name, field, type, blob };
  });
  return { ...head, files };
}
