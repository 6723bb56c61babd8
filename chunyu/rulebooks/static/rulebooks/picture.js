// The part that was asked for stands in the middle of the picture when it is wider than the screen.
(() => {
  const frame = document.querySelector(".web-frame"), box = frame?.querySelector(".now rect");
  if (!box) return;
  frame.scrollLeft = box.x.baseVal.value - (frame.clientWidth - box.width.baseVal.value) / 2;
  frame.scrollTop = box.y.baseVal.value - frame.clientHeight / 2;
})();
