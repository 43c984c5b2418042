import { describe, expect, it } from "vitest";
import { snapshotOfBody } from "../../src/model/depth";
import { parseEnvelope } from "../../src/model/envelope";
import { type Instrument, instrumentOf, searchInstruments } from "../../src/model/instrument";
import { sparklinePath, thinned } from "../../src/model/sparkline";
import { direction, tickerChange, tickerOfBody, tickerOfFrame } from "../../src/model/ticker";
import { formatClock, formatDay, formatSpan, parseVenueTime } from "../../src/model/time";
import { mergeTrades, type Trade, tradeOfBody, tradeOfFrame } from "../../src/model/trade";

function instrument(base: string, tickSize = "0.01"): Instrument {
  return instrumentOf({
    symbol: `${base}_USDC`,
    baseSymbol: base,
    quoteSymbol: "USDC",
    marketType: "SPOT",
    orderBookState: "Open",
    visible: true,
    filters: {
      price: { tickSize, minPrice: tickSize, maxPrice: "1000000" },
      quantity: { stepSize: "0.00100", minQuantity: "0.001", maxQuantity: "1000000" },
    },
  });
}

describe("instruments", () => {
  it("take their scales from tick and lot size", () => {
    expect(instrument("BTC", "0.5")).toMatchObject({
      name: "BTC/USDC",
      priceScale: 1,
      quantityScale: 3,
      tickUnits: 5n,
    });
  });

  it("are found by any part of their names", () => {
    const all = [instrument("BTC"), instrument("ETH"), instrument("SOL")];
    const found = (text: string) => searchInstruments(all, text).map(({ base }) => base);
    expect(found("")).toEqual(["BTC", "ETH", "SOL"]);
    expect(found("btc")).toEqual(["BTC"]);
    expect(found("eth/usdc")).toEqual(["ETH"]);
    expect(found("solusdc")).toEqual(["SOL"]);
    expect(found("usdc so")).toEqual(["SOL"]);
    expect(found("doge")).toEqual([]);
  });
});

describe("depth", () => {
  it("knows a price by its number, not by its text", () => {
    const body = {
      bids: [["86700", "1"]],
      asks: [["86700.50", "0.001"]],
      lastUpdateId: "42",
      timestamp: 1,
    } as const;
    expect(snapshotOfBody(structuredClone(body) as never, instrument("BTC"))).toEqual({
      lastId: 42,
      bids: [{ price: 8670000n, quantity: 1000n }],
      asks: [{ price: 8670050n, quantity: 1n }],
    });
  });
});

describe("tickers", () => {
  const body = {
    symbol: "SOL_USDC",
    firstPrice: "100",
    lastPrice: "97",
    high: "101",
    low: "96",
    volume: "5",
    quoteVolume: "490",
    trades: "12",
  };

  it("are the same from REST and from the stream", () => {
    const frame = {
      e: "ticker",
      s: "SOL_USDC",
      o: "100",
      c: "97",
      h: "101",
      l: "96",
      v: "5",
      V: "490",
      n: 12,
    } as const;
    expect(tickerOfFrame(frame)).toEqual(tickerOfBody(body));
  });

  it("have no prices and no change before the first trade", () => {
    const zeros = {
      firstPrice: "0",
      lastPrice: "0.00",
      high: "0",
      low: "0",
      volume: "0",
      quoteVolume: "0",
      trades: "0",
    };
    const ticker = tickerOfBody({ symbol: "SOL_USDC", ...zeros });
    expect([ticker.prices, tickerChange(ticker)]).toEqual([null, null]);
  });

  it("know their change and direction", () => {
    expect(tickerChange(tickerOfBody(body))).toBe(-300n);
    expect([direction("1", "1.0"), direction("1.1", "1.09"), direction("9", "10")]).toEqual([0, -1, 1]);
  });
});

describe("the tape", () => {
  const trade = (id: number): Trade => ({ id, price: "1", quantity: "1", timeMs: id, takerSide: "buy" });

  it("is the same from REST and from the stream, which counts microseconds", () => {
    const fromRest = tradeOfBody({
      id: 7,
      price: "1",
      quantity: "2",
      timestamp: 1_700_000_000_123,
      isBuyerMaker: true,
    });
    const fromStream = tradeOfFrame({
      e: "trade",
      s: "X",
      p: "1",
      q: "2",
      t: 7,
      T: 1_700_000_000_123_456,
      m: true,
    });
    expect(fromRest).toEqual({
      id: 7,
      price: "1",
      quantity: "2",
      timeMs: 1_700_000_000_123,
      takerSide: "sell",
    });
    expect(fromStream).toEqual(fromRest);
  });

  it("has each trade once, newest first, and an end", () => {
    const tape = mergeTrades([trade(5), trade(4), trade(3)], [trade(6), trade(5), trade(7)], 4);
    expect(tape.map(({ id }) => id)).toEqual([7, 6, 5, 4]);
  });

  it("stays the same list when nothing came", () => {
    const tape = [trade(1)];
    expect(mergeTrades(tape, [], 10)).toBe(tape);
  });
});

describe("frames", () => {
  it("come in an envelope that names their stream", () => {
    const text = '{"stream":"depth.SOL_USDC","data":{"e":"depth","s":"SOL_USDC","a":[],"b":[],"U":1,"u":1}}';
    expect(parseEnvelope(text)).toMatchObject({ kind: "frame", stream: "depth.SOL_USDC", frame: { u: 1 } });
  });

  it("may be errors", () => {
    expect(parseEnvelope('{"id":null,"error":{"code":4006,"message":"Invalid stream"}}')).toEqual({
      kind: "error",
      code: 4006,
      message: "Invalid stream",
    });
  });

  it.each(["", "pong", "null", "[]", '{"stream":"x"}', '{"stream":"x","data":{"e":"newThing"}}'])(
    "are passed over when they are unknown: %s",
    (text) => {
      expect(parseEnvelope(text)).toBeNull();
    },
  );
});

describe("times", () => {
  it("are read as UTC, with a space or a T, with or without fraction and Z", () => {
    const expected = Date.UTC(2026, 10, 20, 13, 47, 5);
    expect(
      ["2026-11-20 13:47:05", "2026-11-20T13:47:05", "2026-11-20T13:47:05.000Z"].map(parseVenueTime),
    ).toEqual(Array(3).fill(expected));
    expect(() => parseVenueTime("soon")).toThrow(RangeError);
  });

  it("are shown as UTC", () => {
    expect(formatClock(Date.UTC(2026, 0, 2, 3, 4, 5))).toBe("03:04:05");
    expect(formatDay(Date.UTC(2026, 0, 2, 23, 59))).toBe("2 Jan 2026");
  });

  it("apart are told in the largest unit that fits", () => {
    expect([850, 12_000, 240_000, 10_800_000, 259_200_000].map(formatSpan)).toEqual([
      "850 ms",
      "12 s",
      "4 min",
      "3 h",
      "3 d",
    ]);
  });
});

describe("sparklines", () => {
  it("fill their box from left to right, high prices on top", () => {
    expect(sparklinePath([1, 3, 2], 100, 10)).toBe("M0 10L50 0L100 5");
  });

  it("keep their end when they are thinned, and stay as they are when short", () => {
    expect(thinned([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
    expect(thinned([1, 2, 3, 4, 5, 6], 3)).toEqual([2, 4, 6]);
    expect(thinned([1, 2, 3], 3)).toEqual([1, 2, 3]);
    expect(thinned([], 3)).toEqual([]);
  });

  it("are flat in the middle when nothing moved, and nothing from one value", () => {
    expect(sparklinePath([2, 2], 100, 10)).toBe("M0 5L100 5");
    expect(sparklinePath([2], 100, 10)).toBe("");
  });
});
