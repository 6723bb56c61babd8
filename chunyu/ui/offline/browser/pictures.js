// Photos are made smaller before they are kept; drawing them anew also leaves behind where and when they were taken.
import { alertBox, made, word } from "./words.js";

const LONGEST = 1600; // pixels
const QUALITY = 0.82;
const PREVIEW = 96;
const underWay = new Set();

// Every picture that was chosen or drawn has arrived: asked before an entry is kept.
export const settled = () => Promise.allSettled([...underWay]);

function counted(work) {
  underWay.add(work);
  work.finally(() => underWay.delete(work)).catch(() => {});
  return work;
}

const toBlob = (canvas, type, quality) =>
  new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("empty"))), type, quality));

function drawn(image, longest, background = null) {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  if (background) { context.fillStyle = background; context.fillRect(0, 0, canvas.width, canvas.height); }
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export async function smaller(file) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const blob = await toBlob(drawn(image, LONGEST, "#fff"), "image/jpeg", QUALITY);
  image.close();
  return blob;
}

// The input for photos: pictures are added one by one, each with a small view and a button that takes it away.
export function photos(input, files, changed) {
  const most = Number(input.dataset.photos);
  const views = made("ul", { class: "photo-views" });
  const trouble = made("div", {});
  const field = input.dataset.field;
  const mine = () => files.filter((each) => each.field === field);
  input.removeAttribute("name");
  input.after(views, trouble);

  async function show() {
    views.replaceChildren();
    for (const [index, file] of mine().entries()) {
      const number = { number: index + 1 };
      let view;
      try {
        const image = await createImageBitmap(file.blob);
        view = drawn(image, PREVIEW);
        image.close();
      } catch { view = document.createElement("canvas"); }
      view.setAttribute("role", "img");
      view.setAttribute("aria-label", word("photo", number));
      views.append(made("li", {}, view, made("button", { type: "button", class: "btn btn-sm btn-quiet", "aria-label": word("remove", number), onclick: () => {
        files.splice(files.indexOf(file), 1);
        show().then(changed);
        input.focus();
      } }, "×")));
    }
  }

  async function takeIn() {
    trouble.replaceChildren();
    for (const chosen of [...input.files]) {
      if (mine().length >= most) {
        trouble.append(alertBox("amber", word("photo-many", { most })));
        break;
      }
      try {
        files.push({ field, name: `${chosen.name.replace(/\.[^.]*$/, "") || "photo"}.jpg`, type: "image/jpeg", blob: await smaller(chosen) });
      } catch {
        trouble.append(alertBox("seal", word("photo-bad", { name: chosen.name })));
      }
    }
    input.value = "";
    await show();
    changed();
  }
  input.addEventListener("change", () => counted(takeIn()));
  return show;
}

// The signature: a sheet to draw on in place of the input. A PNG in black on white, so that it prints.
export function signature(input, files, changed) {
  const field = input.dataset.field;
  const [width, height] = [640, 260];
  const sheet = made("canvas", { class: "signature", width, height, role: "img", tabindex: "0", "aria-label": word("sign-here") });
  const pen = sheet.getContext("2d");
  const said = made("span", { class: "sub", role: "status" });
  let drawing = false, marked = false;

  function blank() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    pen.strokeStyle = "#111";
    pen.lineWidth = 3.5;
    pen.lineCap = pen.lineJoin = "round";
    marked = false;
    said.textContent = "";
  }
  const point = (event) => {
    const box = sheet.getBoundingClientRect();
    return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height];
  };
  async function take() {
    const at = files.findIndex((each) => each.field === field);
    if (at >= 0) files.splice(at, 1);
    if (marked) {
      files.push({ field, name: "signature.png", type: "image/png", blob: await toBlob(sheet, "image/png") });
      said.textContent = word("signed");
    }
    changed();
  }
  sheet.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    drawing = true;
    pen.beginPath();
    pen.moveTo(...point(event));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    for (const each of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) pen.lineTo(...point(each));
    pen.stroke();
    marked = true;
  });
  const up = () => { if (drawing) { drawing = false; counted(take()); } };
  sheet.addEventListener("pointerup", up);
  sheet.addEventListener("pointercancel", up);
  blank();
  input.hidden = true;
  input.removeAttribute("name");
  input.after(sheet, made("div", { class: "buttons" }, made("button", { type: "button", class: "btn btn-sm", onclick: () => { blank(); counted(take()); } }, word("clear")), said));

  return async () => {
    const held = files.find((each) => each.field === field);
    blank();
    if (!held) return;
    const image = await createImageBitmap(held.blob);
    pen.drawImage(image, 0, 0, width, height);
    image.close();
    marked = true;
    said.textContent = word("signed");
  };
}
