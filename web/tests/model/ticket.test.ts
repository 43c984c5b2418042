import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Level } from "../../src/model/book";
import { parseUnits, power } from "../../src/model/decimal";
import { instrumentOf } from "../../src/model/instrument";
import {
  floorUnits,
  rateOf,
  readTicket,
  type TicketDraft,
  type TicketWorld,
  takeQuantity,
} from "../../src/model/ticket";
import {
  quantityOfShare,
  quantityText,
  readReplacement,
  shareOfQuantity,
} from "../../src/model/ticket-share";
import { check } from "../seed";

const SOL = instrumentOf({
  symbol: "SOL_USDC",
  baseSymbol: "SOL",
  quoteSymbol: "USDC",
  marketType: "SPOT",
  orderBookState: "Open",
  visible: true,
  filters: {
    price: { tickSize: "0.05", minPrice: "0.05", maxPrice: "1000" },
    quantity: { stepSize: "0.01", minQuantity: "0.02", maxQuantity: "500" },
  },
});

const level = (price: string, quantity: string): Level => ({
  price: parseUnits(price, 2),
  quantity: parseUnits(quantity, 2),
});

const WORLD: TicketWorld = {
  instrument: SOL,
  free: { base: "3.005", quote: "500" },
  makerRate: 200n,
  takerRate: 500n,
  bids: [level("99.95", "1"), level("99.00", "4")],
  asks: [level("100.05", "2"), level("101.00", "5")],
};

const draft = (fields: Partial<TicketDraft> = {}): TicketDraft => ({
  side: "buy",
  kind: "limit",
  price: "99.5",
  trigger: "",
  quantity: "2",
  timeInForce: "GTC",
  postOnly: false,
  ...fields,
});

describe("reading a ticket", () => {
  it("makes a limit order with its cost and the maker's fee in base", () => {
    const { faults, preview, request } = readTicket(draft(), WORLD);
    expect(faults).toEqual({});
    expect(preview).toMatchObject({ quote: 1_990_000n, fee: 200n * 200n, feeScale: 8, taking: false });
    expect(request).toEqual({
      symbol: "SOL_USDC",
      side: "Bid",
      orderType: "Limit",
      price: "99.5",
      quantity: "2",
      timeInForce: "GTC",
    });
  });

  it("charges a seller's taker fee from the proceeds", () => {
    const { preview } = readTicket(draft({ side: "sell", price: "99", quantity: "1" }), WORLD);
    expect(preview).toMatchObject({ quote: 990_000n, fee: 990_000n * 500n, feeScale: 10, taking: true });
  });

  it("walks the book for a market order", () => {
    const { preview, request } = readTicket(draft({ kind: "market", quantity: "3" }), WORLD);
    expect(preview?.quote).toBe(2_0010_00n + 1_0100_00n);
    expect(preview?.short).toBe(false);
    expect(request).toEqual({ symbol: "SOL_USDC", side: "Bid", orderType: "Market", quantity: "3" });
  });

  it("reports that the book has too little", () => {
    const rich = { ...WORLD, free: { base: "0", quote: "100000" } };
    expect(readTicket(draft({ kind: "market", quantity: "9" }), rich).preview?.short).toBe(true);
  });

  it("makes a stop order of either kind", () => {
    const stop = draft({ kind: "stop", trigger: "105", price: "", side: "sell" });
    expect(readTicket(stop, WORLD).request).toEqual({
      symbol: "SOL_USDC",
      side: "Ask",
      orderType: "Market",
      triggerPrice: "105",
      triggerQuantity: "2",
    });
    expect(readTicket({ ...stop, price: "104" }, WORLD).request).toMatchObject({
      orderType: "Limit",
      price: "104",
      triggerPrice: "105",
    });
  });

  it.each([
    [{ price: "99.51" }, { price: "In steps of 0.05" }],
    [{ price: "99.501" }, { price: "At most 2 decimals" }],
    [{ price: "x" }, { price: "Not a number" }],
    [{ price: "1000.05" }, { price: "At most 1,000.00" }],
    [{ price: "0" }, { price: "At least 0.05" }],
    [{ quantity: "0.01" }, { quantity: "At least 0.02" }],
    [{ quantity: "501" }, { quantity: "At most 500.00" }],
    [{ quantity: "-1" }, { quantity: "At least 0.02" }],
    [{ quantity: "6" }, { quantity: "More USDC than your free balance" }],
    [{ side: "sell", quantity: "3.01" }, { quantity: "More SOL than your free balance" }],
    [{ price: "100.05", postOnly: true }, { price: "A post-only order must not trade at once" }],
  ] as const)("refuses %j with %j", (fields, faults) => {
    const reading = readTicket(draft(fields), WORLD);
    expect(reading.faults).toEqual(faults);
    expect(reading.request).toBeNull();
  });

  it("sends nothing and shows no fault while a figure is missing", () => {
    for (const fields of [{ price: "" }, { quantity: "" }, { kind: "stop", trigger: "" }] as const) {
      expect(readTicket(draft(fields), WORLD)).toMatchObject({ faults: {}, request: null });
    }
  });
});

describe("the share of what is free", () => {
  it("never costs more than the share, and one step more would", () => {
    check(
      "share of the quote",
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.bigInt({ min: 1n, max: 20_000n }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (percent, ticks, cents) => {
          const price = ticks * SOL.tickUnits;
          const world = { ...WORLD, free: { base: "0", quote: quantityText(cents, 6) } };
          const quantity = quantityOfShare(percent, draft({ price: quantityText(price, 2) }), world) ?? 0n;
          const budget = (cents * BigInt(percent)) / 100n;
          expect(quantity % SOL.stepUnits).toBe(0n);
          expect(quantity * price * 100n).toBeLessThanOrEqual(budget);
          expect((quantity + SOL.stepUnits) * price * 100n).toBeGreaterThan(budget - 100n);
        },
      ),
    );
  });

  it("spends no more on the book than there is", () => {
    const market = draft({ kind: "market" });
    const quantity = quantityOfShare(100, market, WORLD) ?? 0n;
    expect(takeQuantity(WORLD.asks, quantity).quote).toBeLessThanOrEqual(floorUnits("500", 4));
    expect(quantity).toBeGreaterThan(0n);
  });

  it("sells whole steps of what is free", () => {
    expect(quantityOfShare(100, draft({ side: "sell" }), WORLD)).toBe(300n);
    expect(shareOfQuantity(draft({ side: "sell", quantity: "1.5" }), WORLD)).toBe(50);
  });
});

describe("taking from a side", () => {
  it("equals taking it one unit at a time", () => {
    const side = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 1n, max: 9n })), {
      maxLength: 6,
    });
    check(
      "taking",
      fc.property(side, fc.bigInt({ min: 0n, max: 60n }), (levels, quantity) => {
        const units = levels.flatMap(([price, count]) => Array<bigint>(Number(count)).fill(price));
        const taken = units.slice(0, Number(quantity));
        expect(
          takeQuantity(
            levels.map(([price, count]) => ({ price, quantity: count })),
            quantity,
          ),
        ).toEqual({
          quantity: BigInt(taken.length),
          quote: taken.reduce((sum, price) => sum + price, 0n),
        });
      }),
    );
  });
});

it("reads rates and rounds down where it must", () => {
  expect(rateOf("2")).toBe(200n);
  expect(rateOf("0.5")).toBe(50n);
  expect(floorUnits("1.239", 2)).toBe(123n);
  expect(floorUnits("7", 3)).toBe(7n * power(3));
});

it("asks to replace only what has changed", () => {
  const before = { price: "99.50", quantity: "2" };
  expect(readReplacement(SOL, before, { price: "99.5", quantity: "2.00" })).toBeNull();
  expect(readReplacement(SOL, before, { price: "99.45", quantity: "2" })).toEqual({ price: "99.45" });
  expect(readReplacement(SOL, before, { price: "99.5", quantity: "1" })).toEqual({ quantity: "1" });
  expect(readReplacement(SOL, before, { price: "99.51", quantity: "2" })).toMatch(/price/);
  expect(readReplacement(SOL, before, { price: "99.5", quantity: "two" })).toMatch(/not a number/);
});
