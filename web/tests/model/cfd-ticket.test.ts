import { describe, expect, it } from "vitest";
import { canDeal, contractOf, equityOf, positionOf, withQuote } from "../../src/model/cfd";
import { refusalInWords } from "../../src/model/cfd-refusal";
import {
  type Draft,
  formatLeverage,
  percentOf,
  plainUnits,
  readDraft,
  readTriggers,
  shareOf,
  shortUnits,
} from "../../src/model/cfd-ticket";
import { parseUnits } from "../../src/model/decimal";
import { contract, contractBody, positionBody } from "./cfd-examples";

const units = (text: string) => parseUnits(text, 6);
const FREE = units("1000");
const draft = (fields: Partial<Draft>): Draft => ({
  direction: "LONG",
  margin: "100",
  leverage: 100,
  stopLoss: "",
  takeProfit: "",
  ...fields,
});
const faultsOf = (fields: Partial<Draft>, free: bigint | null = FREE) =>
  readDraft(draft(fields), contract, free).faults;

describe("a draft", () => {
  it("previews its entry, its liquidation and the profit at its triggers", () => {
    const { preview, complete } = readDraft(draft({ stopLoss: "190", takeProfit: "220.5" }), contract, FREE);
    expect(preview).toEqual({
      entryPrice: units("200"),
      notional: 10n * units("1000"),
      liquidationPrice: units("180"),
      atStopLoss: units("-50"),
      atTakeProfit: units("102.5"),
    });
    expect(complete).toBe(true);
  });

  it("of a short opens at the bid", () => {
    expect(readDraft(draft({ direction: "SHORT" }), contract, FREE).preview?.entryPrice).toBe(units("199.9"));
  });

  it("reports a fault of its margin", () => {
    expect(faultsOf({ margin: "abc" })).toEqual({ margin: "Not a number." });
    expect(faultsOf({ margin: "0" })).toEqual({ margin: "Must be above 0." });
    expect(faultsOf({ margin: "0.001" })).toEqual({ margin: "At least 0.01 USDC." });
    expect(faultsOf({ margin: "1.2345678" })).toEqual({ margin: "At most 6 decimals." });
    expect(faultsOf({ margin: "1,000.01" })).toEqual({ margin: "Only 1,000.00 USDC is free." });
    expect(faultsOf({ margin: "1,000.01" }, null)).toEqual({});
  });

  it("reports the leverage that its size allows, with what the user has in the contract", () => {
    const tiers = [
      { notionalMax: "1000", leverageMax: "10" },
      { notionalMax: null, leverageMax: "2.5" },
    ];
    const tiered = contractOf({ ...contractBody, tiers }, 6);
    const fault = (fields: Partial<Draft>, held?: bigint) =>
      readDraft(draft(fields), tiered, FREE, held).faults.leverage;
    expect(fault({})).toBeUndefined();
    expect(fault({ margin: "100.1" })).toBe("At most 2.5x at this size.");
    expect(fault({ margin: "1", leverage: 100 }, 10n * units("990"))).toBeUndefined();
    expect(fault({ margin: "1.1", leverage: 100 }, 10n * units("990"))).toBe("At most 2.5x at this size.");
    expect(fault({ margin: "1", leverage: 25 }, 10n * units("990000"))).toBeUndefined();
    const lower = contractOf({ ...contractBody, tiers, leverageMax: "5" }, 6);
    expect(readDraft(draft({ margin: "1", leverage: 51 }), lower, FREE).faults.leverage).toBe(
      "At most 5x here.",
    );
  });

  it("reports a trigger on the wrong side of the closing price", () => {
    const at = "199.90, the current closing price.";
    expect(faultsOf({ stopLoss: "199.9" })).toEqual({ stopLoss: `Must be below ${at}` });
    expect(faultsOf({ takeProfit: "199.9" })).toEqual({ takeProfit: `Must be above ${at}` });
    expect(faultsOf({ stopLoss: "199.899999", takeProfit: "199.900001" })).toEqual({});
    const short = { direction: "SHORT", stopLoss: "200", takeProfit: "200" } as const;
    expect(faultsOf(short)).toEqual({
      stopLoss: "Must be above 200.00, the current closing price.",
      takeProfit: "Must be below 200.00, the current closing price.",
    });
  });

  it("reports a leverage that is too high", () => {
    expect(faultsOf({ leverage: 1_001 })).toEqual({ leverage: "At most 100x here." });
    const wide = contractOf({ ...contractBody, bid: "197", ask: "200" }, 6);
    expect(readDraft(draft({ leverage: 1_000 }), wide, FREE).faults).toEqual({
      leverage: "Too high: the spread alone would liquidate it.",
    });
    const kept = contractOf({ ...contractBody, maintenanceRate: "0.01" }, 6);
    expect(readDraft(draft({ leverage: 1_000 }), kept, FREE).faults).toEqual({
      leverage: "Too high: the position would be liquidated at once.",
    });
  });

  it("cannot be sent without margin, at a stale price, or where nothing may be opened", () => {
    expect(readDraft(draft({ margin: "" }), contract, FREE)).toEqual({
      faults: {},
      preview: null,
      complete: false,
    });
    for (const change of [
      { stale: true },
      { priceState: "doubted" } as const,
      { priceState: "closed" } as const,
      { state: "CloseOnly" },
      { bid: null },
    ]) {
      expect(readDraft(draft({}), contractOf({ ...contractBody, ...change }, 6), FREE).complete).toBe(false);
    }
  });
});

it("triggers that are left empty are none", () => {
  const faults = {};
  expect(readTriggers({ direction: "LONG", stopLoss: " ", takeProfit: "" }, contract, faults)).toEqual({
    stopLoss: null,
    takeProfit: null,
  });
  expect(faults).toEqual({});
});

it("shares and percent are whole and stay in their bounds", () => {
  expect(shareOf(999n, 50)).toBe(499n);
  expect(percentOf(499n, 999n)).toBe(49);
  expect([percentOf(2_000n, 999n), percentOf(1n, 0n), percentOf(-1n, 9n)]).toEqual([100, 0, 0]);
});

it("figures keep their significant decimals", () => {
  expect(shortUnits(units("238.3095"), 6, 2)).toBe("238.3095");
  expect(shortUnits(units("1200"), 6, 2)).toBe("1,200.00");
  expect(shortUnits(units("-5"), 6, 0)).toBe("\u22125");
  expect(plainUnits(units("1200.5"), 6)).toBe("1200.5");
  expect([10n, 255n, 1_000n].map(formatLeverage)).toEqual(["1x", "25.5x", "100x"]);
});

it("bodies are read in their units", () => {
  expect(positionOf(positionBody, contract)).toMatchObject({
    leverage: 100n,
    notional: 10n * units("10000"),
    stopLoss: units("190.5"),
    takeProfit: null,
  });
  const equity = { wallet: "USDC", free: "1", margin: "2", unrealizedPnl: "-0.5", equity: "2.5" };
  expect(equityOf(equity, 6)).toEqual({
    free: units("1"),
    margin: units("2"),
    unrealizedPnl: units("-0.5"),
    equity: units("2.5"),
  });
});

it("a streamed price replaces an older one, and makes a stale one fresh", () => {
  const body = { ...contractBody, stale: true, sourceMs: 1_000 };
  const frame = { e: "cfdQuote", s: body.asset, b: "201", a: "202", T: 1_001_999, X: "certain" } as const;
  expect(withQuote(body, frame)).toEqual({ ...body, bid: "201", ask: "202", sourceMs: 1_001, stale: false });
  expect(withQuote(body, { ...frame, T: 1_000_999 })).toBe(body);
  expect(withQuote({ ...body, sourceMs: null, bid: null, ask: null }, frame).bid).toBe("201");
});

it("a frame that repeats the price states whether clients can deal at it", () => {
  const body = { ...contractBody, sourceMs: 1_000 };
  const frame = { e: "cfdQuote", s: body.asset, b: "199.9", a: "200", T: 1_000_000, X: "doubted" } as const;
  expect(withQuote(body, frame)).toEqual({ ...body, priceState: "doubted" });
  const confirmed = withQuote({ ...body, priceState: "doubted" }, { ...frame, T: 1_001_000, X: "certain" });
  expect(confirmed.priceState).toBe("certain");
  expect(canDeal(contractOf(withQuote(body, frame), 6))).toBe(false);
});

it("a refusal is put into plain words", () => {
  expect(
    refusalInWords({ code: "INVALID_ORDER", message: "A trigger is out of range, or on the wrong side" }),
  ).toContain("moved past");
  expect(refusalInWords({ code: "INSUFFICIENT_FUNDS", message: "Insufficient funds" })).toContain(
    "less margin",
  );
  expect(refusalInWords({ code: "SOMETHING_NEW", message: "As the venue says." })).toBe("As the venue says.");
  expect(refusalInWords({ code: "TRADING_PAUSED", message: "There is no fresh price right now" })).toContain(
    "no trade is possible at an old one",
  );
  // Orders and positions share the message of a common refusal. A request without effect is never described as uncertain.
  expect(refusalInWords({ code: "UNAUTHORIZED", message: "" })).toContain("Sign in again");
  expect(refusalInWords({ code: "TIMEOUT", message: "" })).toContain("Check your positions");
  const tooLate = "The request reached the engine too late and was not carried out";
  expect(refusalInWords({ code: "TIMEOUT", message: tooLate })).toContain("did not carry out the request");
});
