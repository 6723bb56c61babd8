// Bundled by `python -m chunyu.ui.assets` into build/static/vendor/offline.min.js; on every page of the staff.
import { begin as beginForm } from "./form.js";
import { begin as beginPhone } from "./phone.js";
import { begin as beginTake } from "./take.js";
import { watch } from "./watch.js";
import { words } from "./words.js";

async function start() {
  if (!globalThis.indexedDB || !globalThis.crypto?.subtle) return;
  const form = document.querySelector("form[data-offline]"), list = document.querySelector("form[data-take-along]"), phone = document.querySelector("[data-phone-page]");
  if ((form || list || phone) && navigator.serviceWorker && words()) navigator.serviceWorker.register(words().dataset.worker).catch(() => {});
  await watch();
  if (form) await beginForm(form);
  if (list) await beginTake(list);
  if (phone) await beginPhone();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
