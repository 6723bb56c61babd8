// Sentences come with the page, in its language; see ui/offline/words.html.
export const words = () => document.getElementById("offline-words");

export function word(name, values = {}) {
  const found = words()?.querySelector(`[data-word="${name}"]`)?.textContent ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export const clock = (moment) => {
  const at = new Date(moment);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")} ${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
};

export function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// An alert as the kit draws it; tone seal is announced at once.
export function alertBox(tone, ...lines) {
  return made("div", { class: `alert ${tone}`, role: tone === "seal" ? "alert" : "status" },
    made("div", {}, ...lines.map((line) => (typeof line === "string" ? made("div", {}, line) : line))));
}
