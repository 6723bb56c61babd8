// The slider and the number beside it are one value; another parameter or place is another page.
(() => {
  const form = document.querySelector("form[data-slider]");
  if (!form) return;
  const slide = form.querySelector("[data-slide]"), value = form.querySelector("[name=value]");
  if (slide && value) {
    slide.hidden = false;
    slide.value = value.value;
    slide.addEventListener("input", () => {
      value.value = slide.value;
      value.dispatchEvent(new Event("input", { bubbles: true }));
    });
    value.addEventListener("input", () => { slide.value = value.value; });
  }
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-reload]")) return;
    value?.removeAttribute("name");
    HTMLFormElement.prototype.submit.call(form);
  });
})();
