// The browser's functions that the socket needs.

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
        // The stream is a separate process: it may run at its known address while the gateway is down.
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
