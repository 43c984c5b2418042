// The tape of one instrument: the latest trades from REST, then every trade of the stream.

import type { VenueApi } from "../api/rest";
import type { Instrument } from "../model/instrument";
import { LOADING, remoteError, remoteValue } from "../model/remote";
import { mergeTrades, type Trade, tradeOfBody, tradeOfFrame } from "../model/trade";
import type { StreamListener, StreamSocket } from "../socket/stream-socket";
import type { Frame } from "../wire";
import { attempts } from "./attempts";
import type { Slot } from "./terminal";

const TRADES_KEPT = 80;
/** Trades are shown in groups: faster changes are unreadable, and every group costs a render. */
const GROUP_MS = 100;

export function openTape(
  { socket, api, into }: { socket: StreamSocket; api: VenueApi; into: Slot<readonly Trade[]> },
  instrument: Instrument,
): () => void {
  let arrived: Trade[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    const tape = into.get();
    // The trades of the stream wait until the answer from REST arrives.
    if (tape.state !== "value") return;
    into.set(remoteValue(mergeTrades(tape.value, arrived, TRADES_KEPT)));
    arrived = [];
  };
  const recent = attempts(
    async (current) => {
      const bodies = await api.trades(instrument.symbol, TRADES_KEPT);
      if (!current()) return;
      into.set(remoteValue(mergeTrades([], bodies.map(tradeOfBody), TRADES_KEPT)));
      flush();
    },
    (error) => {
      if (into.get().state !== "value") into.set(remoteError(error));
    },
  );

  const listener: StreamListener = {
    started: () => {
      arrived = [];
      recent.restart();
    },
    frame: (frame: Frame) => {
      if (frame.e !== "trade") return;
      arrived.push(tradeOfFrame(frame));
      // Timers run rarely in a background tab; trades beyond the length of the tape need not be kept.
      if (arrived.length > TRADES_KEPT) arrived.shift();
      timer ??= setTimeout(flush, GROUP_MS);
    },
  };

  into.set(LOADING);
  const unlisten = socket.listen(`trade.${instrument.symbol}`, listener);
  return () => {
    unlisten();
    recent.stop();
    clearTimeout(timer);
    into.clear();
  };
}
