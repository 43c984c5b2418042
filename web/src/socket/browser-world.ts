// The browser as the socket sees it.

import type { VenueApi } from "../api/rest";
import { streamUrl } from "../api/stream-url";
import type { VenueBody } from "../wire";
import type { SocketWorld } from "./stream-socket";

export function browserWorld(api: VenueApi): SocketWorld {
  let venue: VenueBody | null = null;
  return {
    findUrl: async () => {
      try {
        venue = await api.venue();
      } catch {
        // The stream is a process of its own: it may be up while the gateway isn't, at the address it had.
      }
      return streamUrl(venue, window.location);
    },
    open: (url) => new WebSocket(url),
    now: () => Date.now(),
    chance: () => Math.random(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
