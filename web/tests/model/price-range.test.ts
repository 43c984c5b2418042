import fc from "fast-check";
import { expect, it } from "vitest";
import { rangeWithLines } from "../../src/model/price-range";
import { check } from "../seed";

const CANDLES = { low: 100, high: 110 };

it("a chart reaches to lines that are near, and no further", () => {
  expect(rangeWithLines(CANDLES, [])).toEqual(CANDLES);
  expect(rangeWithLines(CANDLES, [105])).toEqual(CANDLES);
  expect(rangeWithLines(CANDLES, [96, 113])).toEqual({ low: 96, high: 113 });
  expect(rangeWithLines(CANDLES, [95, 115])).toEqual({ low: 95, high: 115 });
  expect(rangeWithLines(CANDLES, [94.99, 115.01, 240])).toEqual(CANDLES);
});

it("candles keep half of the height for any lines", () => {
  check(
    "price range",
    fc.property(
      fc.tuple(price(), price()).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) })),
      fc.array(price()),
      (candles, lines) => {
        const { low, high } = rangeWithLines(candles, lines);
        expect(low).toBeLessThanOrEqual(candles.low);
        expect(high).toBeGreaterThanOrEqual(candles.high);
        expect(high - low).toBeLessThanOrEqual(2 * (candles.high - candles.low));
      },
    ),
  );
});

function price() {
  return fc.integer({ min: 1, max: 1_000_000 });
}
