// The candles of one instrument and interval: history from REST, the live candle from the stream, older history on demand.

import type { VenueApi } from "../api/rest";
import {
  type Candle,
  candleOfBody,
  candleOfFrame,
  INTERVALS,
  type Interval,
  mergeCandles,
} from "../model/candle";
import type { Instrument } from "../model/instrument";
import { LOADING, mapRemote, remoteError, remoteValue } from "../model/remote";
import type { StreamListener, StreamSocket } from "../socket/stream-socket";
import type { Frame, KlineBody } from "../wire";
import { attempts } from "./attempts";
import type { CandleHistory, Slot } from "./terminal";

const CANDLES_PER_REQUEST = 500;

export interface CandleChannel {
  close(): void;
  /** Request the candles before the oldest one; does nothing during a request or if there are none. */
  loadEarlier(): void;
}

export function openCandles(
  { socket, api, into }: { socket: StreamSocket; api: VenueApi; into: Slot<CandleHistory> },
  instrument: Instrument,
  interval: Interval,
): CandleChannel {
  const span = INTERVALS[interval] * CANDLES_PER_REQUEST;
  const { symbol } = instrument;
  let arrived: readonly Candle[] = [];
  let earlierAwaited = false;

  const history = attempts(
    async (current) => {
      const now = Date.now();
      const recent = known(await api.klines({ symbol, interval, startMs: now - span, endMs: now }));
      if (!current()) return;
      const shown = into.get();
      // On a new connection this answer replaces the candles that it covers; older candles stay.
      const from = recent[0]?.openMs ?? 0;
      const older =
        shown.state === "value" ? shown.value.candles.filter((candle) => candle.openMs < from) : [];
      const complete = shown.state === "value" && shown.value.complete;
      into.set(remoteValue({ candles: mergeCandles([...older, ...recent], arrived), complete }));
      arrived = [];
    },
    (error) => {
      if (into.get().state !== "value") into.set(remoteError(error));
    },
  );

  const listener: StreamListener = {
    started: () => {
      arrived = [];
      history.restart();
    },
    frame: (frame: Frame) => {
      if (frame.e !== "kline") return;
      const candle = candleOfFrame(frame);
      if (candle === null) return;
      arrived = mergeCandles(arrived, [candle]);
      into.set(
        mapRemote(into.get(), (shown) => ({ ...shown, candles: mergeCandles(shown.candles, [candle]) })),
      );
    },
  };

  const loadEarlier = async (): Promise<void> => {
    const shown = into.get();
    if (earlierAwaited || shown.state !== "value" || shown.value.complete) return;
    const before = shown.value.candles[0]?.openMs;
    if (before === undefined) return;
    earlierAwaited = true;
    try {
      const earlier = known(
        await api.klines({ symbol, interval, startMs: before - span, endMs: before - 1 }),
      );
      const older = earlier.filter((candle) => candle.openMs < before);
      into.set(
        mapRemote(into.get(), ({ candles }) => ({
          candles: mergeCandles(candles, older),
          complete: older.length === 0,
        })),
      );
    } catch {
      // The chart asks again when the user moves it again.
    } finally {
      earlierAwaited = false;
    }
  };

  into.set(LOADING);
  const unlisten = socket.listen(`kline.${interval}.${symbol}`, listener);
  return {
    loadEarlier: () => void loadEarlier(),
    close: () => {
      unlisten();
      history.stop();
      into.clear();
    },
  };
}

function known(bodies: readonly KlineBody[]): readonly Candle[] {
  return bodies.map(candleOfBody).filter((candle) => candle !== null);
}
