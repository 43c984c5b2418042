// The address of the venue's WebSocket.

import type { VenueBody } from "../wire";

const DEFAULT_PORT = 8080;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]"]);

interface Page {
  readonly protocol: string;
  readonly hostname: string;
}

/**
 * The address that the venue names; without one, the venue's port (8080 by default) on the host of the page.
 *
 * If the venue names a loopback address and the page has another host, the page's host replaces it. A page that was loaded over
 * an encrypted connection may only open an encrypted socket.
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
