// "On this phone": what was taken along, what waits, what needs the person, what went through today.
import { anew, CONFLICT, contentOf, DISCARDED, DONE, DRAFT, entries, goOn, OPEN, REFUSED, settle, WAITS } from "./entries.js";
import { holder } from "./sealing.js";
import { along, wipeAlong } from "./store.js";
import { Stopped, sync } from "./sync.js";
import { alertBox, clock, made, word, words } from "./words.js";

const page = () => document.querySelector("[data-phone-page]");
const part = (name) => page().querySelector(`[data-part="${name}"]`);
const drawn = (name) => document.getElementById(`entry-${name}`).content.firstElementChild.cloneNode(true);
const fromTemplate = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

function say(tone, ...lines) { page().querySelector("[data-phone-said]").replaceChildren(alertBox(tone, ...lines)); }

function list(name, items) {
  const section = part(name);
  section.querySelector("[data-list]").replaceChildren(...items);
  section.querySelector("[data-count]").textContent = items.length || "";
  const empty = section.querySelector("[data-empty]");
  if (empty) empty.hidden = items.length > 0;
  if (name === "needs") section.hidden = !items.length;
  if (name === "along") section.querySelector("[data-wipe-row]").hidden = !items.length;
}

function askDiscard(item, entry) {
  if (item.querySelector(".ask")) return;
  const ask = fromTemplate("ask-discard");
  ask.querySelector("[data-yes]").addEventListener("click", async () => {
    await settle(entry, DISCARDED);
    document.dispatchEvent(new CustomEvent("entrieschange"));
    page().querySelector("[data-sync]").focus();
  });
  ask.querySelector("[data-no]").addEventListener("click", () => { ask.remove(); item.querySelector("[data-discard]").focus(); });
  item.append(ask);
  ask.querySelector("[data-no]").focus();
}

// What the person entered, by the labels of the form as it was taken along.
function readable(content, taken) {
  const form = taken && new DOMParser().parseFromString(taken.html, "text/html").querySelector("form[data-offline]");
  const shown = new Map();
  for (const [name, value] of content.fields) {
    if (!value) continue;
    const control = form?.querySelector(`[name="${CSS.escape(name)}"]`);
    if (control?.type === "hidden") continue;
    const field = control?.closest(".field");
    const label = (field?.querySelector("legend") ?? field?.querySelector("label"))?.firstChild?.textContent.trim() || name;
    const option = control?.tagName === "SELECT" ? [...control.options].find((each) => each.value === value)?.textContent
      : ["checkbox", "radio"].includes(control?.type) ? form.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`)?.closest("label")?.textContent.trim() : null;
    shown.set(label, [...(shown.get(label) ?? []), option ?? value]);
  }
  const pairs = [...shown].map(([label, values]) => [label, values.join(", ")]);
  return content.files.length ? [...pairs, ["", word("photos", { count: content.files.length })]] : pairs;
}

const pairs = (where, rows) => where.replaceChildren(...rows.flatMap(([label, value]) => [made("dt", {}, label), made("dd", {}, value)]));

async function waiting(entry, behind) {
  const item = drawn("waits"), content = await contentOf(entry);
  item.querySelector("[data-title]").textContent = content?.about ?? word("locked-title");
  item.querySelector("[data-subject]").textContent = entry.subject;
  const note = [word("captured", { time: clock(entry.captured) })];
  if (!content) note.push(word("locked"));
  else if (behind) note.push(word("behind"));
  item.querySelector("[data-note]").textContent = note.join(" · ");
  const mend = item.querySelector("[data-mend]");
  if (content) mend.href = `${entry.address}#entry=${entry.key}`;
  else mend.remove();
  item.querySelector("[data-discard]").addEventListener("click", () => askDiscard(item, entry));
  return item;
}

function wayButtons(item, entry) {
  const ways = item.querySelector("[data-ways]");
  for (const way of entry.answer.ways ?? []) {
    const attributes = way.refusal ? { "aria-disabled": "true", class: "btn", title: way.refusal }
      : { class: `btn${way === entry.answer.ways[0] ? " btn-primary" : ""}`, onclick: async () => { await goOn(entry, { way: way.code, seen: entry.answer.seen }); await send(); } };
    ways.append(made("button", { type: "button", ...attributes }, way.label));
    if (way.refusal) ways.append(made("span", { class: "soft" }, way.refusal));
  }
}

async function needing(entry, taken) {
  const item = drawn("needs"), content = await contentOf(entry);
  item.querySelector("[data-title]").textContent = content?.about ?? word("locked-title");
  item.querySelector("[data-subject]").textContent = entry.subject;
  item.querySelector("[data-note]").textContent = word("captured", { time: clock(entry.captured) });
  item.querySelector("[data-sentences]").replaceChildren(...(entry.answer?.sentences ?? []).map((each) => made("div", {}, each)));
  const mend = item.querySelector("[data-mend]"), again = item.querySelector("[data-again]");
  if (content) mend.href = `${entry.address}#entry=${entry.key}`;
  else mend.remove();
  const where = item.querySelector("[data-where]");
  if (entry.answer?.where) where.href = entry.answer.where;
  else where.remove();
  if (entry.state === CONFLICT) {
    item.querySelector(".alert").className = "alert amber";
    again.remove();
    item.querySelector("[data-sides]").hidden = false;
    pairs(item.querySelector("[data-theirs]"), entry.answer.now ?? []);
    if (content) pairs(item.querySelector("[data-mine]"), readable(content, taken.get(entry.address)));
    wayButtons(item, entry);
  } else if (entry.answer?.anew && content) {
    again.textContent = word("anew");
    again.addEventListener("click", async () => { await anew(entry); await send(); });
  } else {
    again.addEventListener("click", async () => { await goOn(entry); await send(); });
  }
  item.querySelector("[data-discard]").addEventListener("click", () => askDiscard(item, entry));
  return item;
}

function finished(entry) {
  const item = drawn("done");
  item.querySelector("[data-title]").textContent = entry.subject || entry.form;
  item.querySelector("[data-note]").textContent = `${entry.state === DONE ? word("sent") : word("discarded")} · ${clock(entry.settled)}`;
  const goal = item.querySelector("[data-goal]");
  if (entry.goal) goal.href = entry.goal;
  else goal.remove();
  return item;
}

function takenItem(row, drafts, states) {
  const item = drawn("along"), link = item.querySelector("[data-title]");
  link.href = row.address;
  link.textContent = row.title;
  item.querySelector("[data-lines]").replaceChildren(...row.lines.map((line) => made("span", {}, line)));
  const until = new Date(row.until), day = clock(until).slice(0, 10), draft = drafts.get(row.address);
  const tag = item.querySelector("[data-until]"), state = states.get(row.address);
  if (state) {
    tag.classList.add(state === DONE ? "rain" : "amber");
    tag.textContent = word(state === DONE ? "sent" : "kept");
  } else tag.textContent = draft ? word("draft", { time: clock(draft.saved).slice(11) }) : word("until", { day });
  return item;
}

async function draw() {
  const [rows, taken, mine] = [await entries(), await along(), await holder()];
  const byAddress = new Map(taken.map((row) => [row.address, row]));
  const drafts = new Map(rows.filter((row) => row.state === DRAFT && row.post === mine).map((row) => [row.address, row]));
  const open = rows.filter((row) => OPEN.includes(row.state)), behind = new Set(), waits = [], needs = [];
  for (const row of open) {
    if (row.state === WAITS) waits.push(await waiting(row, row.subject && behind.has(row.subject)));
    else needs.push(await needing(row, byAddress));
    behind.add(row.subject);
  }
  const loose = [...drafts.values()].filter((row) => !byAddress.has(row.address));
  for (const row of loose) waits.push(await waiting(row, false));
  list("needs", needs);
  list("waits", waits);
  const states = new Map(rows.filter((row) => row.state === DONE || OPEN.includes(row.state)).map((row) => [row.address, row.state]));
  list("along", taken.map((row) => takenItem(row, drafts, states)));
  list("done", rows.filter((row) => [DONE, DISCARDED].includes(row.state)).reverse().map(finished));
}

async function send() {
  const bar = page().querySelector("[data-phone-progress]"), button = page().querySelector("[data-sync]");
  button.disabled = true;
  try {
    const before = (await entries()).filter((row) => row.state === WAITS).length;
    const tried = await sync((number, count) => {
      bar.hidden = false;
      bar.max = count;
      bar.value = number;
      say("sky", word("sending", { number, count }));
    });
    const left = (await entries()).filter((row) => [REFUSED, CONFLICT].includes(row.state)).length;
    if (left) say("amber", word("some-left", { count: left }));
    else if (before && tried) say("rain", word("all-sent"));
    else say("sky", word("nothing-waits"));
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const link = error.word === "signed-out" ? [made("a", { class: "btn btn-sm", href: `${words().dataset.signIn}?next=${encodeURIComponent(words().dataset.phone)}` }, word("sign-in"))] : [];
    say("amber", word(error.word), ...link);
  } finally {
    bar.hidden = true;
    button.disabled = false;
    await draw();
  }
}

export async function begin() {
  document.addEventListener("entrieschange", draw);
  addEventListener("online", send);
  page().querySelector("[data-sync]").addEventListener("click", send);
  page().querySelector("[data-wipe]").addEventListener("click", async () => {
    await wipeAlong();
    document.dispatchEvent(new CustomEvent("entrieschange"));
  });
  if (![words().dataset.phone, page().dataset.start].includes(location.pathname) && !location.pathname.startsWith("/offline/")) say("sky", word("not-here"));
  await draw();
  if ((await entries()).some((row) => row.state === WAITS)) await send();
  page().dataset.ready = "";
}

