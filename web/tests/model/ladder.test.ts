import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Book, type Level } from "../../src/model/book";
import { averagePrice, groupingSteps, rungs, spreadOf } from "../../src/model/ladder";
import { check } from "../seed";

const level = (price: number, quantity: number): Level => ({
  price: BigInt(price),
  quantity: BigInt(quantity),
});
const ASKS = [level(1001, 2), level(1004, 1), level(1010, 3), level(1011, 4)];
const BIDS = [level(999, 2), level(995, 1), level(990, 3)];

describe("rungs", () => {
  it("are the levels themselves at a step of one tick, with running sums", () => {
    expect(rungs(ASKS, "asks", 1n, 10).map(({ price, cumulative }) => [price, cumulative])).toEqual([
      [1001n, 2n],
      [1004n, 3n],
      [1010n, 6n],
      [1011n, 10n],
    ]);
  });

  it("never promise a better price than their levels have: asks go up, bids go down", () => {
    expect(rungs(ASKS, "asks", 10n, 10).map(({ price, quantity }) => [price, quantity])).toEqual([
      [1010n, 6n],
      [1020n, 4n],
    ]);
    expect(rungs(BIDS, "bids", 10n, 10).map(({ price, quantity }) => [price, quantity])).toEqual([
      [990n, 6n],
    ]);
  });

  it("are no more than asked for, and the last of them is whole", () => {
    expect(rungs(ASKS, "asks", 10n, 1)).toHaveLength(1);
    expect(rungs(ASKS, "asks", 10n, 1)[0]?.quantity).toBe(6n);
  });

  it("give the average price of taking everything up to them, at the levels' own prices", () => {
    const [first, second] = rungs(ASKS, "asks", 10n, 2);
    expect(first && averagePrice(first)).toBe(1006n); // (2002 + 1004 + 3030) / 6
    expect(second && averagePrice(second)).toBe(1008n); // … + 4044, over 10
  });

  it("lose no quantity, whatever the step", () => {
    check(
      "grouping keeps the sum",
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 700 }),
        (prices, step) => {
          const levels = prices.sort((a, b) => a - b).map((price, index) => level(price, index + 1));
          const total = levels.reduce((sum, { quantity }) => sum + quantity, 0n);
          expect(rungs(levels, "asks", BigInt(step), 10_000).at(-1)?.cumulative).toBe(total);
          expect(rungs([...levels].reverse(), "bids", BigInt(step), 10_000).at(-1)?.cumulative).toBe(total);
        },
      ),
    );
  });
});

describe("the spread", () => {
  it("is told in price and in basis points of the mid", () => {
    const book = new Book({ lastId: 1, bids: BIDS, asks: ASKS });
    expect(spreadOf(book)).toEqual({ width: 2n, basisPointsHundredths: 2000n });
  });

  it("does not exist while a side is empty", () => {
    expect(spreadOf(new Book({ lastId: 1, bids: BIDS, asks: [] }))).toBeNull();
  });
});

describe("grouping steps", () => {
  it("are multiples of the tick up to a hundredth of the price", () => {
    expect(groupingSteps(1n, 100_000n)).toEqual([1n, 5n, 10n, 50n, 100n, 500n, 1000n]);
    expect(groupingSteps(25n, 10_000n)).toEqual([25n]);
  });

  it("always contain the tick itself", () => {
    expect(groupingSteps(10n, 20n)).toEqual([10n]);
  });
});
