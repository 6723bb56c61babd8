// Taking along: the forms that were chosen, whole, with what they need to be shown, into this phone's database.
import { along, beginUse, put } from "./store.js";
import { keyOf } from "./sealing.js";
import { ready, Stopped } from "./sync.js";
import { show } from "./watch.js";
import { alertBox, word } from "./words.js";

const DAY = 86_400_000;

// Style, scripts and icons of the page as it is today: another release does not take them away from under it.
async function keepParts(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const parts = [...page.querySelectorAll("link[rel=stylesheet], link[rel=icon]")].map((link) => link.getAttribute("href"))
    .concat([...page.querySelectorAll("script[src]")].map((script) => script.getAttribute("src")));
  const cache = await caches.open("chunyu-along");
  for (const part of new Set(parts)) if (!(await cache.match(part))) await cache.add(part);
}

async function page(address) {
  const response = await fetch(address, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
  if (response.type === "opaqueredirect") throw new Stopped("signed-out");
  if (!response.ok) throw new Error(String(response.status));
  return { html: await response.text(), policy: response.headers.get("Content-Security-Policy") ?? "" };
}

export async function mark() {
  const held = new Map((await along()).map((row) => [row.address, row]));
  for (const tag of document.querySelectorAll("[data-taken]")) {
    const row = held.get(tag.dataset.taken);
    tag.hidden = !row;
    if (row) tag.textContent = word("on-phone");
  }
}

export async function begin(form) {
  const said = form.querySelector("[data-take-said]"), bar = form.querySelector("progress"), button = form.querySelector("button[data-take]");
  const say = (tone, ...lines) => said.replaceChildren(alertBox(tone, ...lines));
  const boxes = () => [...form.elements].filter((control) => control.type === "checkbox" && control.name);

  async function take() {
    const told = await ready();
    if (!(await keyOf(told.post))) throw new Stopped("no-key");
    const response = await fetch(form.dataset.takeAlong, {
      method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual",
      headers: { "X-CSRFToken": told.token, Accept: "application/json" },
    });
    if (response.type === "opaqueredirect") throw new Stopped("signed-out");
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.sentences.join(" "));
    const until = Date.now() + answer.days * DAY;
    bar.hidden = false;
    bar.max = answer.things.length;
    for (const [index, thing] of answer.things.entries()) {
      say("sky", word("taking", { number: index + 1, count: answer.things.length }));
      const taken = await page(thing.address);
      await keepParts(taken.html);
      await put("along", { ...thing, ...taken, place: index, post: told.post, taken: Date.now(), until });
      bar.value = index + 1;
    }
    beginUse();
    const last = new Date(until);
    say("rain", word("taken", { count: answer.things.length, day: `${last.getFullYear()}-${String(last.getMonth() + 1).padStart(2, "0")}-${String(last.getDate()).padStart(2, "0")}` }));
  }

  form.addEventListener("submit", async (event) => {
    if (event.submitter && event.submitter !== button) return;
    event.preventDefault();
    if (!boxes().some((box) => box.checked)) return say("amber", word("take-none"));
    button.disabled = true;
    try {
      await take();
    } catch (error) {
      const reason = error instanceof Stopped ? word(error.word) : error.name === "QuotaExceededError" ? word("full") : error instanceof TypeError ? word("no-network") : error.message;
      say("seal", word("take-failed", { reason }));
    }
    bar.hidden = true;
    button.disabled = false;
    await mark();
    await show();
  });

  form.querySelector("[data-take-all]")?.addEventListener("change", (event) => {
    for (const box of boxes()) box.checked = event.target.checked;
  });
  for (const each of form.querySelectorAll("[data-scripted]")) each.hidden = false;
  document.addEventListener("htmx:afterSettle", mark); // the rows of another page or search
  await mark();
  form.dataset.ready = "";
}

