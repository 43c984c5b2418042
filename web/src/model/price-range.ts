// How far up and down a chart reaches: over all its candles, and over a line of one's own where that leaves the candles their room.

export interface PriceRange {
  readonly low: number;
  readonly high: number;
}

/** A line is near while it lies no further beyond the candles than this part of their own range: they keep half of the height. */
const NEAR = 0.5;

/** The range of the candles, widened to the lines that are near. */
export function rangeWithLines(candles: PriceRange, lines: readonly number[]): PriceRange {
  const reach = (candles.high - candles.low) * NEAR;
  const near = lines.filter((price) => price >= candles.low - reach && price <= candles.high + reach);
  return { low: Math.min(candles.low, ...near), high: Math.max(candles.high, ...near) };
}
