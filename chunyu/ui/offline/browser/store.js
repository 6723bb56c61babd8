// The phone's own database: what was taken along, what was kept, and who is signed in. Read by pages and by the worker.
const NAME = "chunyu";
const VERSION = 1;
const MINE = "chunyu.offline"; // in localStorage: this device is used offline, so pages look further

let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("facts", { keyPath: "name" });
      request.result.createObjectStore("along", { keyPath: "address" });
      request.result.createObjectStore("entries", { keyPath: "key" });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => { request.result.close(); opening = undefined; };
      resolve(request.result);
    };
    request.onerror = () => { opening = undefined; reject(request.error); };
  });
  return opening;
}

const answered = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Written through to the disk before it is called kept: a phone that dies the next moment still has it.
async function write(store, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    work(transaction.objectStore(store));
  });
}

async function read(store, work) {
  const database = await open();
  return answered(work(database.transaction(store).objectStore(store)));
}

export const put = (store, value) => write(store, (rows) => rows.put(value));
export const remove = (store, key) => write(store, (rows) => rows.delete(key));
export const clear = (store) => write(store, (rows) => rows.clear());
export const all = (store) => read(store, (rows) => rows.getAll());
export const get = (store, key) => read(store, (rows) => rows.get(key));
export const fact = async (name) => (await get("facts", name))?.value;
export const setFact = (name, value) => put("facts", { name, value });
export const forgetFact = (name) => remove("facts", name);

// A change that is only made when the row is still as it was read: two tabs may look at one entry.
export async function change(key, allowed, changes) {
  let changed = null;
  await write("entries", (rows) => {
    const request = rows.get(key);
    request.onsuccess = () => {
      if (!request.result || !allowed(request.result)) return;
      changed = { ...request.result, ...changes };
      rows.put(changed);
    };
  });
  return changed;
}

export function inUse() {
  try { return localStorage.getItem(MINE) === "1"; } catch { return false; }
}

export function beginUse() {
  try { localStorage.setItem(MINE, "1"); } catch { /* the database is what counts */ }
  navigator.storage?.persist?.().catch(() => {});
}

export const today = (moment = new Date()) => {
  const two = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
};

// What was taken along and is still to be used; what is over goes.
export async function along() {
  const rows = await all("along");
  const over = rows.filter((row) => row.until <= Date.now());
  for (const row of over) await remove("along", row.address);
  return rows.filter((row) => row.until > Date.now()).sort((a, b) => a.place - b.place);
}

export async function wipeAlong() {
  await clear("along");
  if (globalThis.caches) await caches.delete("chunyu-along");
}
