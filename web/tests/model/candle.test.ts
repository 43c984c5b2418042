import { describe, expect, it } from "vitest";
import { type Candle, candleOfBody, candleOfFrame, isInterval, mergeCandles } from "../../src/model/candle";

function candle(openMs: number, close: string, trades: number): Candle {
  return { openMs, open: "1", high: "9", low: "1", close, volume: "1", trades };
}

describe("candles", () => {
  it("are the same from REST and from the stream", () => {
    const prices = { open: "1.0", high: "2.0", low: "0.5", close: "1.5" };
    const fromRest = candleOfBody({
      ...prices,
      start: "2026-11-20 13:47:00",
      end: "2026-11-20 13:48:00",
      volume: "7",
      quoteVolume: "9",
      trades: "3",
    });
    const fromStream = candleOfFrame({
      e: "kline",
      s: "SOL_USDC",
      t: "2026-11-20T13:47:00",
      T: "2026-11-20T13:48:00",
      o: "1.0",
      h: "2.0",
      l: "0.5",
      c: "1.5",
      v: "7",
      n: 3,
      X: false,
    });
    expect(fromRest).toEqual({ ...prices, openMs: Date.UTC(2026, 10, 20, 13, 47), volume: "7", trades: 3 });
    expect(fromStream).toEqual(fromRest);
  });

  it("do not exist for a bucket without trades", () => {
    const body = {
      start: "2026-11-20 13:47:00",
      end: "2026-11-20 13:48:00",
      volume: "0",
      quoteVolume: "0",
      trades: "0",
    };
    expect(candleOfBody({ ...body, open: null, high: null, low: null, close: null })).toBeNull();
  });

  it("know every interval of the venue", () => {
    expect(["1s", "1m", "1month"].every(isInterval)).toBe(true);
    expect([null, "7m", "toString"].some(isInterval)).toBe(false);
  });
});

describe("merging candles", () => {
  const history = [candle(0, "1", 4), candle(60, "2", 4), candle(120, "3", 4)];

  it("replaces the live candle and keeps the others as they are", () => {
    const merged = mergeCandles(history, [candle(120, "3.5", 5)]);
    expect(merged.map(({ close }) => close)).toEqual(["1", "2", "3.5"]);
    expect(merged[1]).toBe(history[1]);
  });

  it("appends the next candle, also over buckets without trades", () => {
    expect(mergeCandles(history, [candle(240, "4", 1)]).map(({ openMs }) => openMs)).toEqual([
      0, 60, 120, 240,
    ]);
  });

  it("never turns a candle back to fewer trades", () => {
    expect(mergeCandles(history, [candle(120, "2.9", 3)])).toBe(history);
    expect(mergeCandles(history, [candle(60, "0", 3), candle(120, "0", 3)])).toEqual(history);
  });

  it("puts older history in front", () => {
    expect(
      mergeCandles(history, [candle(-120, "0", 1), candle(-60, "0", 1)]).map(({ openMs }) => openMs),
    ).toEqual([-120, -60, 0, 60, 120]);
  });

  it("closes a gap in the middle", () => {
    const broken = [candle(0, "1", 1), candle(180, "4", 1)];
    expect(
      mergeCandles(broken, [candle(60, "2", 1), candle(120, "3", 1)]).map(({ openMs }) => openMs),
    ).toEqual([0, 60, 120, 180]);
  });

  it("sorts what comes first", () => {
    expect(mergeCandles([], [candle(60, "2", 1), candle(0, "1", 1)]).map(({ openMs }) => openMs)).toEqual([
      0, 60,
    ]);
  });
});
