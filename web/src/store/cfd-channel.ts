// Live CFD events: each price, and a notice of each change of the user's positions. The positions themselves come from REST, so
// that positions and equity always match.

import type { StreamListener, StreamSocket } from "../socket/stream-socket";
import type { CfdQuoteFrame } from "../wire";

export interface CfdHeard {
  quote(frame: CfdQuoteFrame): void;
  /** A position of the user changed, or may have changed during a disconnection. Only for a signed-in user. */
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
