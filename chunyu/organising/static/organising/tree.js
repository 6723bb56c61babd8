// The family tree on a canvas. Only what the window shows is drawn: 50,000 nodes cost no more than the few hundred in sight.
(() => {
  const canvas = document.getElementById("tree");
  if (!canvas) return;
  const pen = canvas.getContext("2d"), say = canvas.dataset;
  const at = (id) => document.getElementById(id);
  const words = (id) => [...at(id).children].map((each) => each.textContent);
  const KINDS = words("tree-kinds"), STANDINGS = words("tree-standings");
  const CODES = [...at("tree-standings").children].map((each) => each.dataset.code);
  const ROW = 26, COLUMN = 250, TEXT_FROM = 0.42, FOUND_MOST = 12, OPEN_AT_FIRST = 150, FEWEST_PIXELS = 1.5;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const told = (sentence, ...values) => sentence.replace(/\{(\d)\}/g, (_, place) => values[place]);

  let tree, first, next, depth, open, kin, x, y, shown = [], levels = [], spans = [], height = 0;
  let view = { x: 40, y: 40, scale: 1 }, focus = 0, marked = new Set(), colours = {}, drawn = false;

  function paint() {
    const style = getComputedStyle(document.documentElement), token = (name) => style.getPropertyValue(name).trim();
    colours = { ink: token("--ink"), soft: token("--soft"), line: token("--line-strong"), card: token("--card"), mark: token("--rain-wash"), rain: token("--rain"), sky: token("--sky"),
      by: { normal: token("--rain"), inquiry: token("--amber"), shell: token("--seal"), dissolved: token("--soft") } };
    pen.font = `14px ${token("--sans")}`;
    colours.font = pen.font;
  }

  // First child and next sibling; the server sends parents first and whole branches together.
  function link() {
    const count = tree.ids.length;
    first = new Int32Array(count).fill(-1); next = new Int32Array(count).fill(-1);
    depth = new Uint8Array(count); open = new Uint8Array(count); kin = new Int32Array(count);
    x = new Float32Array(count); y = new Float32Array(count);
    const last = new Int32Array(count).fill(-1);
    for (let node = 1; node < count; node++) {
      const above = tree.parents[node];
      depth[node] = depth[above] + 1;
      if (last[above] < 0) first[above] = node; else next[last[above]] = node;
      last[above] = node;
    }
    for (let node = count - 1; node > 0; node--) kin[tree.parents[node]] += kin[node] + 1;
    tree.tied = new Map(tree.ties);
  }

  // A row for every leaf in sight; whoever is above stands in the middle of the branch.
  function layOut() {
    shown = []; levels = []; spans = [];
    let row = 0, node = 0;
    while (node < tree.ids.length) {
      shown.push(node);
      x[node] = depth[node] * COLUMN;
      (levels[depth[node]] ??= []).push(node);
      const inside = open[node] && first[node] >= 0;
      if (!inside) y[node] = row++ * ROW;
      node += inside ? 1 : kin[node] + 1;
    }
    for (let place = shown.length - 1; place >= 0; place--) {
      const each = shown[place];
      if (!open[each] || first[each] < 0) continue;
      let end = first[each];
      while (next[end] >= 0) end = next[end];
      y[each] = (y[first[each]] + y[end]) / 2;
      (spans[depth[each]] ??= []).push([y[first[each]], y[end], each]);
    }
    for (const each of spans) each?.reverse();
    height = row * ROW;
    at("tree-state").textContent = told(say.count, number.format(tree.ids.length), number.format(shown.length));
    canvas.dataset.shown = shown.length;
  }

  // The place in a sorted list from which `reaches` holds.
  function from(list, reaches) {
    let low = 0, high = list.length;
    while (low < high) { const middle = (low + high) >> 1; if (reaches(list[middle])) high = middle; else low = middle + 1; }
    return low;
  }

  function draw() {
    drawn = false;
    const ratio = devicePixelRatio || 1, wide = canvas.clientWidth, tall = canvas.clientHeight;
    if (canvas.width !== Math.round(wide * ratio)) canvas.width = Math.round(wide * ratio);
    if (canvas.height !== Math.round(tall * ratio)) canvas.height = Math.round(tall * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, wide, tall);
    if (!tree?.ids.length) return;
    const { scale } = view, top = -view.y / scale - ROW, bottom = (tall - view.y) / scale + ROW;
    const sx = (value) => value * scale + view.x, sy = (value) => value * scale + view.y;
    const written = scale >= TEXT_FROM;
    pen.lineWidth = 1;
    levels.forEach((level, deep) => lines(level, spans[deep] ?? [], deep, top, bottom, sx, sy, scale));
    if (written) ties(sx, sy);
    pen.font = colours.font.replace("14px", `${Math.min(16, 14 * Math.max(scale, 0.75))}px`);
    pen.textBaseline = "middle";
    for (const level of levels) dots(level, top, bottom, sx, sy, written);
  }

  function lines(level, branches, deep, top, bottom, sx, sy, scale) {
    pen.strokeStyle = colours.line; pen.beginPath();
    const trunk = sx((deep + 1) * COLUMN) - 16 * scale;
    let before = -1e9;
    for (let place = from(branches, (each) => each[1] >= top); place < branches.length && branches[place][0] <= bottom; place++) {
      const [start, end, node] = branches[place];
      if (sy(end) - before < FEWEST_PIXELS) continue;
      before = sy(end);
      pen.moveTo(sx(x[node]) + 6 * scale, sy(y[node])); pen.lineTo(trunk, sy(y[node]));
      pen.moveTo(trunk, sy(start)); pen.lineTo(trunk, sy(end));
    }
    if (deep > 0) {
      const stem = sx(deep * COLUMN) - 16 * scale;
      let last = -1e9;
      for (let place = from(level, (node) => y[node] >= top); place < level.length && y[level[place]] <= bottom; place++) {
        const line = sy(y[level[place]]);
        if (line - last < FEWEST_PIXELS) continue;
        last = line;
        pen.moveTo(stem, line); pen.lineTo(sx(deep * COLUMN) - 5 * scale, line);
      }
    }
    pen.stroke();
    // The path to the top stands out.
    pen.strokeStyle = colours.rain; pen.lineWidth = 2.5; pen.beginPath();
    for (const node of marked) {
      if (depth[node] !== deep || deep === 0) continue;
      const above = tree.parents[node], stem = sx(deep * COLUMN) - 16 * scale;
      pen.moveTo(sx(x[above]) + 6 * scale, sy(y[above])); pen.lineTo(stem, sy(y[above])); pen.lineTo(stem, sy(y[node])); pen.lineTo(sx(x[node]), sy(y[node]));
    }
    pen.stroke(); pen.lineWidth = 1;
  }

  function ties(sx, sy) {
    pen.strokeStyle = colours.sky; pen.setLineDash([5, 4]); pen.beginPath();
    for (const [own, above] of tree.ties) {
      if (!seen(own) || !seen(above)) continue;
      const bend = Math.max(sx(x[own]), sx(x[above])) + 90;
      pen.moveTo(sx(x[own]), sy(y[own])); pen.bezierCurveTo(bend, sy(y[own]), bend, sy(y[above]), sx(x[above]), sy(y[above]));
    }
    pen.stroke(); pen.setLineDash([]);
  }

  function dots(level, top, bottom, sx, sy, written) {
    const size = Math.max(1.5, Math.min(5, 5 * view.scale)), end = canvas.clientWidth;
    let last = -1e9;
    for (let place = from(level, (node) => y[node] >= top); place < level.length && y[level[place]] <= bottom; place++) {
      const node = level[place], left = sx(x[node]), line = sy(y[node]);
      if (left > end || left < -COLUMN * view.scale * 1.5) return;
      if (line - last < FEWEST_PIXELS && node !== focus) continue;
      last = line;
      const width = written ? pen.measureText(tree.names[node]).width : 0;
      const shut = first[node] >= 0 && !open[node] ? ` +${number.format(kin[node])}` : "";
      if (written) {
        const whole = width + (shut ? pen.measureText(shut).width : 0);
        pen.fillStyle = node === focus ? colours.mark : colours.card;
        pen.beginPath(); pen.roundRect(left - 7, line - 11, whole + 24, 22, 6); pen.fill();
        if (node === focus) { pen.strokeStyle = colours.rain; pen.stroke(); }
        pen.fillStyle = colours.ink; pen.fillText(tree.names[node], left + 10, line);
        if (shut) { pen.fillStyle = colours.soft; pen.fillText(shut, left + 12 + width, line); }
      }
      pen.fillStyle = colours.by[CODES[tree.standings[node]]];
      pen.beginPath(); pen.arc(left, line, node === focus && !written ? 6 : size, 0, 7); pen.fill();
    }
  }

  const ask = () => { if (!drawn) { drawn = true; requestAnimationFrame(draw); } };
  const path = (node) => { const found = []; for (let each = node; each >= 0; each = tree.parents[each]) found.unshift(each); return found; };
  const seen = (node) => path(node).slice(0, -1).every((each) => open[each]);

  function bringIn(node, middle = false) {
    const wide = canvas.clientWidth, tall = canvas.clientHeight, { scale } = view;
    const left = x[node] * scale + view.x, line = y[node] * scale + view.y;
    if (middle || left < 30 || left > wide - 230) view.x = Math.min(wide * 0.35, wide - 240) - x[node] * scale;
    if (middle || line < 40 || line > tall - 60) view.y = tall / 2 - y[node] * scale;
  }

  function choose(node, { middle = false, speak = true } = {}) {
    focus = node; marked = new Set(path(node));
    bringIn(node, middle);
    const facts = [KINDS[tree.kinds[node]], STANDINGS[tree.standings[node]]];
    if (kin[node]) facts.push(told(say.below, number.format(kin[node])));
    at("tree-name").textContent = tree.names[node];
    at("tree-facts").textContent = facts.join(" · ");
    at("tree-path").textContent = path(node).slice(0, -1).map((each) => tree.names[each]).join(" › ");
    at("tree-link").href = say.union.replace(/0\/$/, `${tree.ids[node]}/`);
    const above = tree.tied.get(node), tie = at("tree-tie");
    tie.hidden = above === undefined;
    if (above !== undefined) tie.textContent = told(say.industry, tree.names[above]);
    at("tree-card").hidden = false;
    if (speak) at("tree-said").textContent = [tree.names[node], ...facts, first[node] >= 0 ? (open[node] ? say.open : say.shut) : ""].filter(Boolean).join(", ");
    canvas.dataset.focus = tree.names[node];
    ask();
  }

  function turn(node, wanted = !open[node]) {
    if (first[node] < 0) return;
    const before = y[node];
    open[node] = wanted ? 1 : 0;
    layOut();
    view.y += (before - y[node]) * view.scale;  // what was turned stays where it was
    choose(node);
  }

  function all(wanted) {
    open.fill(wanted ? 1 : 0); open[0] = 1;
    if (!seen(focus)) focus = 0;
    layOut(); choose(focus, { middle: true });
  }

  function fit() {
    const wide = canvas.clientWidth, tall = canvas.clientHeight, across = levels.length * COLUMN;
    view.scale = Math.max(0.002, Math.min(1, (tall - 60) / Math.max(height, ROW), (wide - 60) / across));
    view.x = 30; view.y = 30; ask();
  }

  function zoom(factor, left = canvas.clientWidth / 2, line = canvas.clientHeight / 2) {
    const scale = Math.max(0.002, Math.min(3, view.scale * factor)), by = scale / view.scale;
    view = { scale, x: left - (left - view.x) * by, y: line - (line - view.y) * by };
    ask();
  }

  const tools = { expand: () => all(true), collapse: () => all(false), fit, in: () => zoom(1.4), out: () => zoom(1 / 1.4) };
  document.addEventListener("click", (event) => { const tool = event.target.closest("[data-tree]"); if (tool && tree?.ids.length) tools[tool.dataset.tree](); });

  function step(by) {
    const place = shown.indexOf(focus) + by;
    if (place >= 0 && place < shown.length) choose(shown[place]);
  }
  canvas.addEventListener("keydown", (event) => {
    if (!tree?.ids.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowDown: () => step(1), ArrowUp: () => step(-1),
      ArrowRight: () => (first[focus] < 0 ? 0 : open[focus] ? choose(first[focus]) : turn(focus, true)),
      ArrowLeft: () => (open[focus] && first[focus] >= 0 ? turn(focus, false) : tree.parents[focus] >= 0 && choose(tree.parents[focus])),
      Enter: () => turn(focus), " ": () => turn(focus), Home: () => choose(0), End: () => choose(shown.at(-1)),
      PageDown: () => step(Math.min(20, shown.length - 1 - shown.indexOf(focus))), PageUp: () => step(-Math.min(20, shown.indexOf(focus))),
      "+": tools.in, "=": tools.in, "-": tools.out, 0: fit, o: () => at("tree-link").click(), O: () => at("tree-link").click(),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  // One finger or the mouse moves, two fingers or the wheel zoom; a press without movement chooses.
  const fingers = new Map();
  let moved = 0, apart = 0;
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); fingers.set(event.pointerId, event); moved = 0; apart = 0; });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    fingers.set(event.pointerId, event);
    const box = canvas.getBoundingClientRect();
    if (fingers.size === 1) {
      view.x += event.clientX - before.clientX; view.y += event.clientY - before.clientY;
      moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
      ask();
    } else {
      const [one, two] = [...fingers.values()], now = Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
      moved = 99;
      if (apart) zoom(now / apart, (one.clientX + two.clientX) / 2 - box.left, (one.clientY + two.clientY) / 2 - box.top);
      apart = now;
    }
  });
  const lift = (event) => { fingers.delete(event.pointerId); apart = 0; };
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerup", (event) => {
    lift(event);
    if (moved > 5 || !tree?.ids.length) return;
    const box = canvas.getBoundingClientRect(), left = (event.clientX - box.left - view.x) / view.scale, line = (event.clientY - box.top - view.y) / view.scale;
    let nearest = -1, least = ROW * 0.7;
    for (const level of levels) for (let place = from(level, (node) => y[node] >= line - ROW); place < level.length && y[level[place]] <= line + ROW; place++) {
      const node = level[place], off = Math.abs(y[node] - line);
      if (off < least && left > x[node] - 14 && left < x[node] + COLUMN - 24) { nearest = node; least = off; }
    }
    if (nearest < 0) return;
    if (left < x[nearest] + 12 || nearest === focus) { focus = nearest; turn(nearest); if (first[nearest] < 0) choose(nearest); } else choose(nearest);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    if (event.shiftKey) { view.x -= event.deltaY; ask(); } else zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  // Search: a name, a part of one, or the first letters of its syllables.
  const field = at("tree-search"), list = at("tree-found");
  let hits = [], picked = -1;
  function search() {
    const text = field.value.trim().toLowerCase();
    hits = [];
    if (text && tree) {
      const later = [];
      for (let node = 0; node < tree.ids.length && hits.length < FOUND_MOST; node++) {
        const name = tree.names[node].toLowerCase(), letters = tree.letters[node];
        if (name.startsWith(text) || letters.startsWith(text)) hits.push(node);
        else if (later.length < FOUND_MOST && (name.includes(text) || letters.includes(text))) later.push(node);
      }
      hits = [...hits, ...later].slice(0, FOUND_MOST);
    }
    picked = hits.length ? 0 : -1;
    list.replaceChildren(...hits.map((node, place) => {
      const item = document.createElement("li");
      item.id = `tree-hit-${place}`; item.setAttribute("role", "option"); item.textContent = tree.names[node];
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); goTo(node); });
      return item;
    }));
    list.hidden = !hits.length; field.setAttribute("aria-expanded", String(!!hits.length));
    pick();
  }
  function pick() {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === picked)));
    if (picked >= 0) field.setAttribute("aria-activedescendant", `tree-hit-${picked}`); else field.removeAttribute("aria-activedescendant");
  }
  function goTo(node) {
    for (const each of path(node).slice(0, -1)) open[each] = 1;
    layOut();
    view.scale = Math.max(view.scale, 0.8);
    list.hidden = true; field.setAttribute("aria-expanded", "false");
    canvas.focus(); choose(node, { middle: true });
  }
  field.addEventListener("input", search);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); picked = Math.max(0, Math.min(hits.length - 1, picked + (event.key === "ArrowDown" ? 1 : -1))); pick(); }
    if (event.key === "Enter" && hits[picked] !== undefined) { event.preventDefault(); goTo(hits[picked]); }
    if (event.key === "Escape") { list.hidden = true; field.setAttribute("aria-expanded", "false"); }
  });
  field.addEventListener("blur", () => { list.hidden = true; });

  new ResizeObserver(ask).observe(canvas);
  const dress = () => { paint(); ask(); };
  document.addEventListener("themechange", dress);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(dress));
  paint();
  fetch(say.source).then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.json(); }).then((found) => {
    tree = found;
    canvas.dataset.nodes = tree.ids.length;
    if (!tree.ids.length) { at("tree-state").textContent = say.empty; canvas.dataset.shown = 0; return; }
    link();
    // Level by level, as long as it stays a picture that can be read.
    let visible = 1;
    for (let level = [0]; level.length; ) {
      const below = level.flatMap((node) => { const found = []; for (let each = first[node]; each >= 0; each = next[each]) found.push(each); return found; });
      if (visible + below.length > OPEN_AT_FIRST && visible > 1) break;
      for (const node of level) open[node] = 1;
      visible += below.length; level = below;
    }
    layOut();
    view = { x: 40, y: canvas.clientHeight / 2 - y[0], scale: 1 };
    choose(0, { speak: false });
  }).catch(() => { at("tree-state").textContent = say.failed; });
})();
