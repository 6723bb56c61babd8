// A form that is kept before it is sent. As it is written it is a draft on this phone; kept, it waits to be sent.
import { contentOf, draftFor, DRAFT, DONE, fresh, keep, NotKept, one, OPEN, WAITS, CONFLICT, REFUSED } from "./entries.js";
import { keyOf } from "./sealing.js";
import { beginUse, get, today } from "./store.js";
import { ready, Stopped, sync } from "./sync.js";
import { photos, settled, signature } from "./pictures.js";
import { alertBox, clock, made, word, words } from "./words.js";

const PAUSE = 350; // milliseconds after a key before the draft is kept
const DAY = 86_400_000;

const labelOf = (control) => {
  const field = control.closest(".field");
  const label = field?.querySelector("legend") ?? field?.querySelector("label");
  return [...(label?.childNodes ?? [])].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join("").trim() || control.name;
};

function fieldsOf(form) {
  return [...new FormData(form).entries()].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
}

function fill(form, fields) {
  for (const control of form.elements) {
    if (!control.name || control.name === "csrfmiddlewaretoken" || control.type === "file") continue;
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
    else if (control.tagName === "SELECT" && control.multiple) for (const option of control.options) option.selected = values.includes(option.value);
    else if (values.length) control.value = values[0];
  }
}

// What is missing or cannot be read, as [control, sentence]; and the groups that are counted.
function faultsOf(form) {
  const found = [], seen = new Set();
  for (const control of form.elements) {
    if (!control.name || !control.willValidate || control.checkValidity() || seen.has(control.name)) continue;
    seen.add(control.name);
    found.push([control, word(control.validity.valueMissing ? "fill" : "wrong", { label: labelOf(control) })]);
  }
  for (const rule of form.querySelectorAll("[data-count]")) {
    const counted = [...form.querySelectorAll(`[data-counts="${rule.dataset.count}"]`)].filter((control) => control.name);
    const number = counted.reduce((sum, control) => sum + (control.type === "checkbox" ? Number(control.checked)
      : control.value.split(/[,，、]/).filter((part) => part.trim()).length), 0);
    if (number < Number(rule.dataset.least)) found.push([counted[0], rule.textContent.trim()]);
  }
  return found;
}

export async function begin(form) {
  const { offline, address, subject, about, seen, day } = form.dataset;
  const post = document.querySelector("[data-on-phone]")?.dataset.post;
  const draftSaid = form.querySelector("[data-offline-draft]"), said = form.parentElement.querySelector("[data-offline-said]");
  const trouble = form.parentElement.querySelector("[data-offline-faults]");
  const files = [], shows = [];
  let begun, entry, timer, saving = Promise.resolve(), closed = false, touched = false;

  const content = () => ({ fields: fieldsOf(form), about, files: [...files] });

  // One after the other: a later state of the form never gives way to an earlier one.
  const save = (as) => (saving = saving.catch(() => {}).then(async () => {
    await begun;
    // The time of the visit is when it was first kept, not when it was opened, changed or sent.
    const first = as === WAITS && !entry.mending ? { captured: new Date().toISOString() } : {};
    entry = await keep({ ...entry, ...first }, content(), as ?? DRAFT);
    return entry;
  }));
  function later() {
    if (closed || entry?.mending) return;
    touched = true;
    clearTimeout(timer);
    timer = setTimeout(() => save(DRAFT).then(
      () => { if (!closed) draftSaid.textContent = word("draft", { time: clock(entry.saved).slice(11) }); },
      (error) => { if (!closed) notKept(error); },
    ), PAUSE);
  }

  function say(...boxes) { trouble.replaceChildren(...boxes); boxes[0]?.scrollIntoView?.({ block: "center" }); }
  function notKept(error) {
    const name = error instanceof NotKept ? error.word : "not-kept";
    say(alertBox("seal", word(name, { reason: error?.reason || error?.message || "" })));
  }

  function showFaults(faults) {
    for (const old of form.querySelectorAll(".fault")) old.remove();
    for (const old of form.querySelectorAll(".field.wrong")) old.classList.remove("wrong");
    const lines = faults.map(([control, sentence], index) => {
      const field = control?.closest(".field");
      if (!field) return made("li", {}, sentence);
      field.classList.add("wrong");
      control.setAttribute("aria-invalid", "true");
      field.append(made("p", { class: "fault", id: `offline-fault-${index}` }, sentence));
      const id = control.id || (control.id = `offline-control-${index}`);
      return made("li", {}, made("a", { href: `#${id}`, onclick: (event) => { event.preventDefault(); control.focus(); } }, sentence));
    });
    const box = alertBox("seal", made("b", {}, word("check")), made("ul", {}, ...lines));
    box.tabIndex = -1;
    say(box);
    box.focus();
  }

  // The server's answer to this entry, put beside the fields that it names.
  function showAnswer(answer) {
    const named = Object.entries(answer.fields ?? {}).flatMap(([name, sentences]) => {
      const control = form.querySelector(`[name="${CSS.escape(name)}"], [data-field="${CSS.escape(name)}"]`);
      return sentences.map((sentence) => [control, control ? `${labelOf(control)}: ${sentence}` : sentence]);
    });
    const general = answer.sentences.filter((sentence) => !named.some(([, each]) => each.endsWith(sentence.split(/[:：]\s*/).pop())));
    showFaults([...general.map((sentence) => [null, sentence]), ...named]);
  }

  function done(title, line, links) {
    form.hidden = true;
    trouble.replaceChildren();
    const box = alertBox("rain", made("b", {}, title), line);
    said.replaceChildren(box, made("div", { class: "buttons" }, ...links));
    said.hidden = false;
    said.focus();
  }

  const phone = () => made("a", { class: "btn", href: words().dataset.phone }, document.querySelector("[data-on-phone] span")?.textContent ?? "");

  async function onSubmit(event) {
    event.preventDefault();
    const faults = faultsOf(form);
    if (faults.length) return showFaults(faults);
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    await settled(); // a photo that is still being made smaller belongs to it
    clearTimeout(timer);
    closed = true;
    try {
      await save(WAITS);
    } catch (error) {
      button.disabled = closed = false;
      return notKept(error);
    }
    done(word("kept"), word("kept-later"), [phone()]);
    document.dispatchEvent(new CustomEvent("entrieschange"));
    try { await sync(); } catch (error) { if (!(error instanceof Stopped)) throw error; }
    const row = await one(entry.key);
    if (row?.state === DONE) done(word("sent"), about, [made("a", { class: "btn btn-primary", href: row.goal }, word("open")), phone()]);
    else if (row?.state === CONFLICT) location.assign(words().dataset.phone);
    else if (row?.state === REFUSED) {
      closed = false;
      form.hidden = false;
      said.hidden = true;
      button.disabled = false;
      entry = { ...row, mending: true };
      showAnswer(row.answer);
    }
  }

  async function start() {
    if (!(await keyOf(post))) await ready().catch(() => {});
    const asked = location.hash.match(/^#entry=([0-9a-f-]{36})$/)?.[1];
    const found = asked ? await one(asked) : await draftFor(address, post);
    const held = found && found.post === post && (found.state === DRAFT || OPEN.includes(found.state)) ? found : null;
    const taken = await get("along", address);
    entry = held ?? fresh({ form: offline, address, subject, seen, post });
    const kept = held ? await contentOf(held) : null;
    // A form that was taken along on an earlier day proposes the day on which it is filled in.
    const date = form.querySelector("input[type=date][data-today]");
    if (!kept && date && taken && day) {
      const gone = Math.round((Date.parse(today()) - Date.parse(today(new Date(taken.taken)))) / DAY);
      date.value = today(new Date(Date.parse(`${day}T12:00:00`) + gone * DAY));
    }
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.dataset.field = input.name;
      if (input.dataset.photos) shows.push(photos(input, files, later));
      else if ("signature" in input.dataset) shows.push(signature(input, files, later));
    }
    if (kept) {
      fill(form, kept.fields);
      files.push(...kept.files);
      for (const show of shows) await show();
      if (held.state === DRAFT) draftSaid.textContent = word("draft", { time: clock(held.saved).slice(11) });
      else entry = { ...held, mending: true };
      if (held.answer?.sentences) showAnswer(held.answer);
    }
  }

  form.addEventListener("submit", onSubmit);
  form.addEventListener("input", later);
  // Left in the middle: what was typed last is kept without waiting.
  addEventListener("pagehide", () => { if (touched && !closed && !entry?.mending) { clearTimeout(timer); save(DRAFT).catch(() => {}); } });
  document.addEventListener("visibilitychange", () => { if (document.hidden && touched && !closed && !entry?.mending) save(DRAFT).catch(() => {}); });
  try {
    begun = start();
    await begun;
    beginUse();
    form.dataset.ready = "";
  } catch (error) {
    // Without a store the form is an ordinary one and is sent at once.
    form.removeEventListener("submit", onSubmit);
    for (const input of form.querySelectorAll("input[data-field]")) input.name = input.dataset.field;
    say(alertBox("amber", word("no-store")));
  }
}
