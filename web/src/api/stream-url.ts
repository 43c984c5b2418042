// Where the venue's WebSocket is.

import type { VenueBody } from "../wire";

const DEFAULT_PORT = 8080;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]"]);

interface Page {
  readonly protocol: string;
  readonly hostname: string;
}

/**
 * The address the venue names, else its port (8080 unless it says otherwise) on the host the page came from.
 *
 * A venue that only knows itself by a loopback address is meant to be found where the page was found, and a page that came
 * encrypted may only open an encrypted socket.
 */
export function streamUrl(venue: Pick<VenueBody, "streamUrl" | "streamPort"> | null, page: Page): string {
  const secure = page.protocol === "https:";
  const named = venue?.streamUrl;
  if (named === undefined || named === null || named === "") {
    const port = venue?.streamPort ?? DEFAULT_PORT;
    return `${secure ? "wss" : "ws"}://${page.hostname}:${port}/`;
  }
  const url = new URL(named);
  if (LOOPBACK.has(url.hostname) && !LOOPBACK.has(page.hostname)) url.hostname = page.hostname;
  if (secure) url.protocol = "wss:";
  return url.href;
}
