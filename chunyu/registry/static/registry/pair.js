// y and n press the buttons of those names, j goes to the next pair. Never while somebody types.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const found = document.querySelector(
    { y: 'button[name="y"]', n: 'button[name="n"]', j: "a[data-next]" }[event.key] || "[data-no-such]",
  );
  if (found) found.click();
});
