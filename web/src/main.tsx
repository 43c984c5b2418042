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

// Somebody who comes back to the page, or whose network does, should not wait for the end of a pause.
window.addEventListener("online", () => feed.retryNow());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") feed.retryNow();
});

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no element to draw into");
createRoot(root).render(
  <StrictMode>
    <App feed={feed} />
  </StrictMode>,
);
