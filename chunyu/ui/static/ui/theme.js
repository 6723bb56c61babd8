// Runs before anything is painted: a page on a dark device never flashes white.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const settle = () => {
    const chosen = root.dataset.theme;
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  };
  settle();
  dark.addEventListener("change", () => {
    settle();
    document.dispatchEvent(new CustomEvent("themechange"));
  });
})();
