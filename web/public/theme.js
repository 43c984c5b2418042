// Sets the chosen theme before the first drawing, so that the page never flashes in the other theme. It is a separate file
// because a strict content policy allows no script in the page.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("outcry.theme");
  } catch {
    // Storage is switched off: follow the system.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
