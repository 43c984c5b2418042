// CFDs as they happen: each price, and that something became of an own position. What became of it is asked over REST, so
// that positions and equity always fit each other.

import type { StreamListener, StreamSocket } from "../socket/stream-socket";
import type { CfdQuoteFrame } from "../wire";

export interface CfdHeard {
  quote(frame: CfdQuoteFrame): void;
  /** An own position changed; or one may have, while nobody was connected. Only for who is signed in. */
  readonly position: (() => void) | null;
}

export function openCfdApi(socket: StreamSocket, assets: readonly string[], heard: CfdHeard): () => void {
  const quotes: StreamListener = {
    started: () => undefined,
    frame: (frame) => {
      if (frame.e === "cfdQuote") heard.quote(frame);
    },
  };
  const unlisten = assets.map((asset) => socket.listen(`cfdQuote.${asset}`, quotes));
  const { position } = heard;
  if (position !== null) {
    unlisten.push(socket.listen("account.cfdPositionUpdate", { started: position, frame: position }));
  }
  return () => {
    for (const stop of unlisten) stop();
  };
}
