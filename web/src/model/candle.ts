// Candles of one instrument and interval: the history from REST and the live candle from the stream, merged into one list,
// oldest first. Prices stay text; the chart converts them to numbers when it draws.

import type { KlineBody, KlineFrame } from "../wire";
import { parseVenueTime } from "./time";

export interface Candle {
  readonly openMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** In base. */
  readonly volume: string;
  readonly trades: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Every interval that the venue keeps, with its length; a month has the length of the longest month. */
export const INTERVALS = {
  "1s": SECOND,
  "1m": MINUTE,
  "3m": 3 * MINUTE,
  "5m": 5 * MINUTE,
  "15m": 15 * MINUTE,
  "30m": 30 * MINUTE,
  "1h": HOUR,
  "2h": 2 * HOUR,
  "4h": 4 * HOUR,
  "6h": 6 * HOUR,
  "8h": 8 * HOUR,
  "12h": 12 * HOUR,
  "1d": DAY,
  "3d": 3 * DAY,
  "1w": 7 * DAY,
  "1month": 31 * DAY,
} as const;

export type Interval = keyof typeof INTERVALS;

export const INTERVAL_NAMES = Object.keys(INTERVALS) as readonly Interval[];

export function isInterval(text: string | null): text is Interval {
  return text !== null && Object.hasOwn(INTERVALS, text);
}

/** The candle, or `null` for a bucket without trades. */
export function candleOfBody(body: KlineBody): Candle | null {
  return candle(
    parseVenueTime(body.start),
    [body.open, body.high, body.low, body.close],
    body.volume,
    Number(body.trades),
  );
}

/** The candle, or `null` for a bucket without trades. */
export function candleOfFrame(frame: KlineFrame): Candle | null {
  return candle(parseVenueTime(frame.t), [frame.o, frame.h, frame.l, frame.c], frame.v, frame.n);
}

type Prices = readonly [string | null, string | null, string | null, string | null];

function candle(
  openMs: number,
  [open, high, low, close]: Prices,
  volume: string,
  trades: number,
): Candle | null {
  if (open === null || high === null || low === null || close === null) return null;
  return { openMs, open, high, low, close, volume, trades };
}

/**
 * Merge both lists. If both have a candle of the same bucket, the one with more trades is the later one: a REST answer that is
 * older than the stream must not set the live candle back.
 */
export function mergeCandles(candles: readonly Candle[], incoming: readonly Candle[]): readonly Candle[] {
  const last = candles.at(-1);
  const first = incoming[0];
  if (first === undefined) return candles;
  if (last === undefined) return sorted(incoming);
  if (incoming.length === 1 && first.openMs > last.openMs) return [...candles, first];
  if (incoming.length === 1 && first.openMs === last.openMs) {
    return first.trades < last.trades ? candles : [...candles.slice(0, -1), first];
  }
  const byOpen = new Map(candles.map((known) => [known.openMs, known]));
  for (const candidate of incoming) {
    const known = byOpen.get(candidate.openMs);
    if (known === undefined || known.trades <= candidate.trades) byOpen.set(candidate.openMs, candidate);
  }
  return sorted([...byOpen.values()]);
}

function sorted(candles: readonly Candle[]): readonly Candle[] {
  return [...candles].sort((a, b) => a.openMs - b.openMs);
}
