// The summary of an instrument over the last 24 hours, the same from REST and from the stream.

import type { TickerBody, TickerFrame } from "../wire";
import { changeBasisPoints, parseDecimal, rescale } from "./decimal";

export interface TickerPrices {
  readonly first: string;
  readonly last: string;
  readonly high: string;
  readonly low: string;
}

export interface Ticker {
  readonly symbol: string;
  /** Null until the instrument's first trade. */
  readonly prices: TickerPrices | null;
  /** In base. */
  readonly volume: string;
  /** In quote. */
  readonly quoteVolume: string;
  readonly trades: number;
}

export function tickerOfBody(body: TickerBody): Ticker {
  return {
    symbol: body.symbol,
    prices: traded({ first: body.firstPrice, last: body.lastPrice, high: body.high, low: body.low }),
    volume: body.volume,
    quoteVolume: body.quoteVolume,
    trades: Number(body.trades),
  };
}

export function tickerOfFrame(frame: TickerFrame): Ticker {
  return {
    symbol: frame.s,
    prices: traded({ first: frame.o, last: frame.c, high: frame.h, low: frame.l }),
    volume: frame.v,
    quoteVolume: frame.V,
    trades: frame.n,
  };
}

/** The 24 h change in hundredths of a percent, computed from the prices themselves. */
export function tickerChange({ prices }: Ticker): bigint | null {
  return prices === null ? null : changeBasisPoints(prices.first, prices.last);
}

/** An instrument without a trade has no prices; the API writes them as zeros. */
function traded(prices: TickerPrices): TickerPrices | null {
  return parseDecimal(prices.last).units === 0n ? null : prices;
}

/** -1, 0 or 1: the direction of the last price from one ticker to the next. */
export function direction(before: string, after: string): -1 | 0 | 1 {
  const a = parseDecimal(before);
  const b = parseDecimal(after);
  const scale = Math.max(a.scale, b.scale);
  const step = rescale(b, scale) - rescale(a, scale);
  return step > 0n ? 1 : step < 0n ? -1 : 0;
}
