// The price range of a chart: all its candles, and a line of the user's if the candles keep enough room.

export interface PriceRange {
  readonly low: number;
  readonly high: number;
}

/** A line is near if its distance beyond the candles is at most this part of their own range: they keep half of the height. */
const NEAR = 0.5;

/** The range of the candles, extended to the near lines. */
export function rangeWithLines(candles: PriceRange, lines: readonly number[]): PriceRange {
  const reach = (candles.high - candles.low) * NEAR;
  const near = lines.filter((price) => price >= candles.low - reach && price <= candles.high + reach);
  return { low: Math.min(candles.low, ...near), high: Math.max(candles.high, ...near) };
}
