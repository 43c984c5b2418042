// A book for display: levels grouped into price steps, each with the sum of everything up to it.

import type { Book, BookSide, Level } from "./book";
import { divideRounded } from "./decimal";

export interface Rung {
  readonly price: bigint;
  readonly quantity: bigint;
  /** The quantity of this rung and all better ones. */
  readonly cumulative: bigint;
  /** Price times quantity of this rung and all better ones, at the levels' own prices. */
  readonly cumulativeQuote: bigint;
}

export interface Spread {
  /** Best ask minus best bid, in price units. */
  readonly width: bigint;
  /** The width in hundredths of a basis point of the mid price. */
  readonly basisPointsHundredths: bigint;
}

/**
 * The best `count` rungs of a side, `step` apart. A bid belongs to the step at or below it and an ask to the step at or above
 * it, so that a rung never shows a better price than its levels have.
 */
export function rungs(
  levels: readonly Level[],
  side: BookSide,
  step: bigint,
  count: number,
): readonly Rung[] {
  const found: Rung[] = [];
  let price: bigint | null = null;
  let quantity = 0n;
  let cumulative = 0n;
  let cumulativeQuote = 0n;
  const close = () => {
    if (price !== null) found.push({ price, quantity, cumulative, cumulativeQuote });
  };
  for (const level of levels) {
    const rung = rungOf(level.price, side, step);
    if (rung !== price) {
      close();
      if (found.length === count) return found;
      price = rung;
      quantity = 0n;
    }
    quantity += level.quantity;
    cumulative += level.quantity;
    cumulativeQuote += level.price * level.quantity;
  }
  close();
  return found;
}

/** The rung that a price belongs to. */
export function rungOf(price: bigint, side: BookSide, step: bigint): bigint {
  return side === "bids" ? price - (price % step) : ceil(price, step);
}

function ceil(price: bigint, step: bigint): bigint {
  const remainder = price % step;
  return remainder === 0n ? price : price + step - remainder;
}

/** The spread, or `null` if a side is empty. */
export function spreadOf(book: Book): Spread | null {
  const bid = book.bids[0];
  const ask = book.asks[0];
  if (bid === undefined || ask === undefined) return null;
  const width = ask.price - bid.price;
  return { width, basisPointsHundredths: divideRounded(width * 2_000_000n, ask.price + bid.price) };
}

/** The average price of taking everything up to a rung, in price units. */
export function averagePrice(rung: Rung): bigint {
  return divideRounded(rung.cumulativeQuote, rung.cumulative);
}

const STEP_MULTIPLES = [1n, 5n, 10n, 50n, 100n, 500n, 1_000n, 5_000n, 10_000n] as const;

/** The price steps to offer: multiples of the tick, up to about a hundredth of the price. */
export function groupingSteps(tickUnits: bigint, price: bigint): readonly bigint[] {
  const steps = STEP_MULTIPLES.map((multiple) => tickUnits * multiple);
  const useful = steps.filter((step) => step * 100n <= price);
  return useful.length > 0 ? useful : steps.slice(0, 1);
}
