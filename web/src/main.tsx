// Starts the terminal: one API, one feed, one page.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { VenueApi } from "./api/rest";
import { browserWorld } from "./socket/browser-world";
import { Feed } from "./store/feed";
import "./styles.css";
import { App } from "./views/app";

const api = new VenueApi();
const feed = new Feed(api, browserWorld(api));
feed.start();

// A user who returns to the page, or whose network recovers, should not wait for the next scheduled attempt.
window.addEventListener("online", () => feed.retryNow());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") feed.retryNow();
});

// An upgraded venue has other files than the ones this page names. The page reloads, but only once, not in a loop.
const RELOADED_KEY = "outcry.reloadedAtMs";
const RELOAD_PAUSE_MS = 60_000;
window.addEventListener("vite:preloadError", () => {
  try {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED_KEY) ?? 0) < RELOAD_PAUSE_MS) return;
    sessionStorage.setItem(RELOADED_KEY, `${Date.now()}`);
  } catch {
    return; // Without storage nothing would stop a second time.
  }
  window.location.reload();
});

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no element to draw into");
createRoot(root).render(
  <StrictMode>
    <App feed={feed} />
  </StrictMode>,
);
