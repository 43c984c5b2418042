// The tradable instruments and their steps. An instrument's scales are the numbers of decimals of its prices and quantities.

import type { MarketBody } from "../wire";
import { decimalsOf, parseUnits } from "./decimal";

export interface Instrument {
  /** The API's name: `BTC_USDC`. */
  readonly symbol: string;
  /** The displayed name: `BTC/USDC`. */
  readonly name: string;
  readonly base: string;
  readonly quote: string;
  readonly priceScale: number;
  readonly quantityScale: number;
  /** The smallest step of a price, in 10^-priceScale. */
  readonly tickUnits: bigint;
  /** The smallest step of a quantity, in 10^-quantityScale. */
  readonly stepUnits: bigint;
  readonly priceMin: bigint;
  /** Null if there is no bound. */
  readonly priceMax: bigint | null;
  readonly quantityMin: bigint;
  readonly quantityMax: bigint | null;
  /** Whether its book accepts every kind of order; otherwise `bookState` names the accepted kinds. */
  readonly open: boolean;
  readonly bookState: string;
}

/** The instrument that a market body of the API describes. */
export function instrumentOf(body: MarketBody): Instrument {
  const { price, quantity } = body.filters;
  const priceScale = decimalsOf(price.tickSize);
  const quantityScale = decimalsOf(quantity.stepSize);
  const bound = (text: string | null, scale: number) => (text === null ? null : parseUnits(text, scale));
  return {
    symbol: body.symbol,
    name: `${body.baseSymbol}/${body.quoteSymbol}`,
    base: body.baseSymbol,
    quote: body.quoteSymbol,
    priceScale,
    quantityScale,
    tickUnits: parseUnits(price.tickSize, priceScale),
    stepUnits: parseUnits(quantity.stepSize, quantityScale),
    priceMin: parseUnits(price.minPrice, priceScale),
    priceMax: bound(price.maxPrice, priceScale),
    quantityMin: parseUnits(quantity.minQuantity, quantityScale),
    quantityMax: bound(quantity.maxQuantity, quantityScale),
    open: body.orderBookState === "Open",
    bookState: body.orderBookState,
  };
}

/** The instruments that match a search text: every word of it occurs in the symbol, the name or an asset. */
export function searchInstruments(instruments: readonly Instrument[], text: string): readonly Instrument[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return instruments.filter((instrument) => {
    const haystack =
      `${instrument.symbol} ${instrument.name} ${instrument.base}${instrument.quote}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}
