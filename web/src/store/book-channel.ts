// Keeps one book exact: diffs from the socket, snapshots from REST, and the rule of `BookSync` between them.

import type { VenueApi } from "../api/rest";
import { BookSync } from "../model/book-sync";
import { diffOfFrame, snapshotOfBody } from "../model/depth";
import type { Instrument } from "../model/instrument";
import { LOADING, remoteError, remoteValue } from "../model/remote";
import type { StreamListener, StreamSocket } from "../socket/stream-socket";
import type { Frame } from "../wire";
import { attempts } from "./attempts";
import type { BookView, Slot } from "./terminal";

/** The snapshot is older than the collected diffs; the next snapshot will be newer. */
class SnapshotTooOld extends Error {}

export function openBook(
  { socket, api, into }: { socket: StreamSocket; api: VenueApi; into: Slot<BookView> },
  instrument: Instrument,
): () => void {
  const sync = new BookSync();

  const publish = () => {
    const { book } = sync;
    if (book !== null) into.set(remoteValue({ book, lastId: book.lastId, exact: true }));
  };
  const snapshot = attempts(
    async (current) => {
      const body = await api.depth(instrument.symbol);
      if (!current()) return;
      if (sync.onSnapshot(snapshotOfBody(body, instrument)) === "too old") throw new SnapshotTooOld();
      publish();
    },
    (error) => {
      if (!(error instanceof SnapshotTooOld) && into.get().state !== "value") into.set(remoteError(error));
    },
  );
  /** Keep the current book on the screen, marked as out of date, until the new book is exact. */
  const rebuild = () => {
    const shown = into.get();
    into.set(shown.state === "value" ? remoteValue({ ...shown.value, exact: false }) : LOADING);
    snapshot.restart();
  };

  const listener: StreamListener = {
    started: () => {
      sync.reset();
      rebuild();
    },
    frame: (frame: Frame) => {
      if (frame.e !== "depth") return;
      const outcome = sync.onDiff(diffOfFrame(frame, instrument));
      if (outcome === "applied") publish();
      else if (outcome === "gap") rebuild();
    },
  };

  into.set(LOADING);
  const unlisten = socket.listen(`depth.${instrument.symbol}`, listener);
  return () => {
    unlisten();
    snapshot.stop();
    into.clear();
  };
}
