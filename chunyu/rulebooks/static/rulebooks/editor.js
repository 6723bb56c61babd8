// The text of a rulebook with its faults under the very words; without scripts the faults stand beneath the text.
(() => {
  const text = document.getElementById("id_text");
  const mirror = document.querySelector(".mirror");
  if (!text || !mirror) return;

  const spans = () => {
    const found = document.getElementById("faults-found")?.dataset.spans;
    return found ? JSON.parse(found) : [];
  };
  const piece = (from, to) => document.createTextNode(text.value.slice(from, to));
  const paint = () => {
    let at = 0;
    const parts = [];
    for (const [from, to] of spans().sort((one, other) => one[0] - other[0])) {
      if (from < at || to <= from) continue;
      const mark = document.createElement("mark");
      mark.append(piece(from, to));
      parts.push(piece(at, from), mark);
      at = to;
    }
    mirror.replaceChildren(...parts, piece(at), document.createTextNode("\n"));
    follow();
  };
  const follow = () => { mirror.scrollTop = text.scrollTop; mirror.scrollLeft = text.scrollLeft; };
  const show = (from, to) => {
    text.focus();
    text.setSelectionRange(from, to);
    const line = parseFloat(getComputedStyle(text).lineHeight);
    text.scrollTop = Math.max(0, (text.value.slice(0, from).split("\n").length - 5) * line);
    text.scrollIntoView({ block: "center" });
  };

  // The place of a fault is of the text that was checked: while it is changed, nothing is marked.
  text.addEventListener("input", () => mirror.replaceChildren());
  text.addEventListener("scroll", follow);
  document.addEventListener("htmx:afterSettle", paint);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-from]");
    const here = new URLSearchParams(location.search).get("file") ?? document.querySelector(".files [aria-current]")?.textContent.trim();
    if (!link || link.dataset.file !== here) return;
    event.preventDefault();
    show(Number(link.dataset.from), Number(link.dataset.to));
  });

  paint();
  const asked = /^(\d+)-(\d+)$/.exec(new URLSearchParams(location.search).get("at") ?? "");
  if (asked) show(Number(asked[1]), Number(asked[2]));
})();
