// Small conveniences. Every page works without them.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

  // "/" goes to the search of the list, else of the whole house; Escape closes an open menu.
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) {
      const fields = [...document.querySelectorAll("[data-slash]")].filter((each) => each.offsetParent !== null);
      if (fields.length) { event.preventDefault(); fields[fields.length - 1].focus(); fields[fields.length - 1].select(); }
    }
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details[data-menu][open]")) {
        menu.open = false;
        if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      }
      if (document.activeElement?.getAttribute("aria-disabled") === "true") document.activeElement.blur();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Empty choices stay out of the address, and so does a number that could be of a card or a phone: it is sent in a form.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("[data-clean]")) return;
    const sent = event.detail.parameters;
    for (const name of Object.keys(sent)) if (!sent[name] && name !== "q") delete sent[name];
    if (/\d{7}/.test((sent.q ?? "").replaceAll(" ", ""))) {
      Object.assign(event.detail, { verb: "post", useUrlParams: false });
      event.detail.headers["Content-Type"] = "application/x-www-form-urlencoded";
      return;
    }
    delete sent.csrfmiddlewaretoken;
    if (!sent.q) delete sent.q;
  });

  // The theme changes at once; the server keeps the choice for the next page.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-switch]") || !event.submitter) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = chosen;
    root.dataset.bsTheme = chosen === "auto" ? (dark ? "dark" : "light") : chosen;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === chosen));
    document.dispatchEvent(new CustomEvent("themechange"));
    const body = new URLSearchParams(new FormData(form));
    body.set("theme", chosen);
    await fetch(form.action, { method: "POST", body, redirect: "manual" });
  });

  // Typing is doing something: a sign-in that ends by itself must not take a long form along.
  let told = Date.now();
  document.addEventListener("input", () => {
    const { here } = document.body.dataset;
    if (!here || Date.now() - told < 240_000) return;
    told = Date.now();
    fetch(here, { method: "HEAD", redirect: "manual" }).catch(() => {});
  });

  // After a refused form, the reading starts at what is wrong.
  const focusFault = () => document.querySelector("[data-focus]")?.focus();
  document.addEventListener("DOMContentLoaded", focusFault);
  document.addEventListener("htmx:afterSettle", focusFault);

  // An upload shows how much is sent; the answer replaces the page as without scripts.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-upload]") || event.defaultPrevented) return;
    event.preventDefault();
    const bar = form.querySelector("progress"), said = form.querySelector("[data-upload-said]"), button = form.querySelector("button[type=submit]");
    const request = new XMLHttpRequest();
    const target = form.getAttribute("action") || location.href;
    request.open("POST", target);
    bar.hidden = said.hidden = false;
    button.disabled = true;
    said.textContent = said.dataset.sending;
    request.upload.onprogress = (sent) => { if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total; };
    request.upload.onload = () => { said.textContent = said.dataset.checking; bar.removeAttribute("value"); };
    request.onerror = () => { said.textContent = said.dataset.failed; button.disabled = false; bar.hidden = true; };
    request.onload = () => {
      // Shown as it came, not fetched again: a second fetch would lose the sentence meant for the person.
      if (request.responseURL) history.pushState(null, "", request.responseURL);
      document.open(); document.write(request.responseText); document.close();
    };
    request.send(new FormData(form));
  });

  // A table of things to tick gets one box for all of them.
  for (const table of document.querySelectorAll("[data-tick-all]")) {
    const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")], all = document.createElement("input");
    all.type = "checkbox"; all.className = "form-check-input"; all.setAttribute("aria-label", table.dataset.tickAll);
    const settle = () => { const ticked = boxes.filter((each) => each.checked).length; all.checked = ticked === boxes.length; all.indeterminate = ticked > 0 && !all.checked; };
    all.addEventListener("change", () => { for (const each of boxes) each.checked = all.checked; });
    for (const each of boxes) each.addEventListener("change", settle);
    table.querySelector("thead th").append(all);
    settle();
  }

  // A menu wider than its place begins where the reader is.
  const here = document.querySelector(".menu [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft + here.offsetWidth - here.parentElement.offsetLeft - here.parentElement.clientWidth;

  // A page that is meant for paper offers the printer.
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print-page]")) print(); });
})();
