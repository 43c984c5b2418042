import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Position, positionOf } from "../../src/model/cfd";
import {
  divFloor,
  gainAt,
  liquidationPriceOf,
  notionalOf,
  partOf,
  pnlOf,
  returnBasisPoints,
  stakeOf,
  unrealizedOf,
} from "../../src/model/cfd-margin";
import { parseUnits } from "../../src/model/decimal";
import type { Direction } from "../../src/wire";
import { check } from "../seed";
import { contract, positionBody } from "./cfd-examples";

const units = (text: string) => parseUnits(text, 6);

function stake(direction: Direction, margin: string, leverage: bigint, entry: string) {
  return {
    direction,
    margin: units(margin),
    notional: notionalOf(units(margin), leverage),
    entryPrice: units(entry),
  };
}

describe("known positions", () => {
  it("a short of 5000 at 100x from 235.95 ends at 238.3095 and gains 445.009535 at 235.74", () => {
    const short = stake("SHORT", "5000", 1000n, "235.95");
    expect(liquidationPriceOf(short, 0n)).toBe(units("238.3095"));
    expect(pnlOf(short, units("235.74"))).toBe(units("445.009535"));
  });

  it("a long at 10x from 200 ends at 180, and one at 1x never does", () => {
    expect(liquidationPriceOf(stake("LONG", "100", 100n, "200"), 0n)).toBe(units("180"));
    expect(liquidationPriceOf(stake("LONG", "100", 10n, "200"), 0n)).toBeNull();
    expect(liquidationPriceOf(stake("SHORT", "100", 10n, "200"), 0n)).toBe(units("400"));
  });

  it("maintenance margin brings the end nearer", () => {
    expect(liquidationPriceOf(stake("LONG", "100", 100n, "200"), 5_000n)).toBe(units("181"));
  });

  it("nobody loses more than the margin", () => {
    const long = stake("LONG", "100", 1000n, "200");
    expect(pnlOf(long, units("190"))).toBe(units("-500"));
    expect(gainAt(long, units("190"))).toBe(units("-100"));
  });
});

interface Case {
  direction: string;
  margin: string;
  leverage: string;
  entry_price: string;
  exit_price: string;
  maintenance_rate: string;
  pnl: string;
  liquidation: string;
  part_margin: string;
  part_pnl: string;
}

const CASES = JSON.parse(
  readFileSync(join(import.meta.dirname, "cfd-cases.json"), "utf8"),
) as readonly Case[];

it("random positions equal the engine's results, to the last unit", () => {
  for (const known of CASES) {
    const margin = BigInt(known.margin);
    const leverage = BigInt(known.leverage);
    const position: Position = {
      ...positionOf(positionBody, contract),
      direction: known.direction === "1" ? "LONG" : "SHORT",
      remainingMargin: margin,
      leverage,
      notional: notionalOf(margin, leverage),
      entryPrice: BigInt(known.entry_price),
    };
    const whole = partOf(position, margin);
    const told = JSON.stringify(known);
    expect(pnlOf(whole, BigInt(known.exit_price)), told).toBe(BigInt(known.pnl));
    expect(liquidationPriceOf(whole, BigInt(known.maintenance_rate)) ?? 0n, told).toBe(
      BigInt(known.liquidation),
    );
    const part = partOf(position, BigInt(known.part_margin));
    expect(pnlOf(part, BigInt(known.exit_price)), told).toBe(BigInt(known.part_pnl));
  }
  expect(CASES.length).toBeGreaterThan(100);
});

it("closing in parts gains no more than closing at once", () => {
  check(
    "parts",
    fc.property(
      fc.bigInt(2n, 10n ** 12n),
      fc.bigInt(10n, 1_000n),
      fc.bigInt(1n, 10n ** 10n),
      fc.bigInt(1n, 10n ** 10n),
      fc.integer({ min: 1, max: 99 }),
      (margin, leverage, entryPrice, exitPrice, percent) => {
        const position: Position = {
          ...positionOf(positionBody, contract),
          remainingMargin: margin,
          leverage,
          notional: notionalOf(margin, leverage),
          entryPrice,
        };
        const closed = (margin * BigInt(percent)) / 100n || 1n;
        const part = partOf(position, closed);
        const left = { ...partOf(position, margin), notional: position.notional - part.notional };
        const whole = pnlOf(partOf(position, margin), exitPrice);
        const inParts = pnlOf(part, exitPrice) + pnlOf(left, exitPrice);
        expect(inParts).toBeLessThanOrEqual(whole);
        expect(whole - inParts).toBeLessThanOrEqual(1n);
      },
    ),
  );
});

describe("an open position", () => {
  const position = positionOf(positionBody, contract);

  it("is valued where it would close", () => {
    expect(unrealizedOf(position, { bid: units("210"), ask: units("211"), sourceMs: 0 })).toBe(units("500"));
    expect(unrealizedOf(position, null)).toBeNull();
  });

  it("gains less by what it owes, in part and in whole, and is liquidated earlier", () => {
    const owing = { ...position, owed: units("200") };
    const quote = { bid: units("210"), ask: units("211"), sourceMs: 0 };
    expect(unrealizedOf(owing, quote)).toBe(units("300"));
    expect(unrealizedOf({ ...owing, owed: units("5000") }, quote)).toBe(-owing.remainingMargin);
    expect(partOf({ ...owing, owed: 5n }, owing.remainingMargin / 2n).owed).toBe(3n);
    const stake = stakeOf(position);
    expect(liquidationPriceOf(stakeOf(owing), 0n)).toBe(
      liquidationPriceOf({ ...stake, margin: stake.margin - owing.owed }, 0n),
    );
  });

  it("returns its gain on its margin", () => {
    expect(returnBasisPoints(units("500"), position.remainingMargin)).toBe(5_000n);
    expect(returnBasisPoints(-1n, units("1"))).toBe(-1n);
    expect(returnBasisPoints(1n, 0n)).toBe(0n);
  });
});

it("division rounds down on both sides of zero", () => {
  expect([divFloor(7n, 2n), divFloor(-7n, 2n), divFloor(-8n, 2n)]).toEqual([3n, -4n, -4n]);
});
