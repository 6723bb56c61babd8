// The service worker: without a network it opens the forms that were taken along, and for everything else the page "On
// this phone". It keeps the shell of this release and no page of anybody; the server writes what the shell is before this.
import { along, fact } from "./store.js";

const { version, files, shells } = self.SHELL;
const CACHE = `chunyu-shell-${version}`;
const SLOW = 8_000; // milliseconds after which a form that was taken along opens from the phone

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...files, ...Object.values(shells)].map((address) => new Request(address, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("chunyu-shell-") && name !== CACHE) await caches.delete(name);
    await along(); // what is over its days goes
    await self.clients.claim();
  })());
});

async function fromPhone(address) {
  const taken = (await along()).find((row) => row.address === address.pathname);
  if (taken) {
    const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
    if (taken.policy) headers["Content-Security-Policy"] = taken.policy;
    return new Response(taken.html, { headers });
  }
  const language = await fact("language");
  return (await caches.match(shells[language] ?? Object.values(shells)[0], { ignoreVary: true })) ?? Response.error();
}

async function page(request) {
  const address = new URL(request.url), fetched = fetch(request);
  const waited = new Promise((resolve) => setTimeout(resolve, SLOW, null));
  try {
    const mine = (await along()).some((row) => row.address === address.pathname);
    const answer = mine ? await Promise.race([fetched, waited]) : await fetched;
    if (answer) return answer;
    fetched.catch(() => {});
  } catch { /* no network */ }
  return fromPhone(address);
}

self.addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(page(request));
  else if (request.method === "GET" && ["style", "script", "image", "font"].includes(request.destination)) {
    event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept ?? fetch(request)));
  }
});
