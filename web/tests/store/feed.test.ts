import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { VenueApi } from "../../src/api/rest";
import { instrumentOf } from "../../src/model/instrument";
import { known } from "../../src/model/remote";
import { Feed } from "../../src/store/feed";
import { candleKey } from "../../src/store/terminal";
import type { DepthBody, KlineBody, TradeBody } from "../../src/wire";
import { ScriptedWorld, settle } from "../socket/scripted-world";

const SOL = instrumentOf({
  symbol: "SOL_USDC",
  baseSymbol: "SOL",
  quoteSymbol: "USDC",
  marketType: "SPOT",
  orderBookState: "Open",
  visible: true,
  filters: {
    price: { tickSize: "0.01", minPrice: "0.01", maxPrice: "100000" },
    quantity: { stepSize: "0.01", minQuantity: "0.01", maxQuantity: "1000000" },
  },
});

const depth = (lastUpdateId: number, bid: string): DepthBody => ({
  bids: [
    ["99.00", "1.00"],
    [bid, "2.00"],
  ],
  asks: [["101.00", "1.00"]],
  lastUpdateId: `${lastUpdateId}`,
  timestamp: 1,
});
const depthFrame = (id: number, bids: [string, string][]) => ({
  e: "depth",
  s: "SOL_USDC",
  a: [],
  b: bids,
  U: id,
  u: id,
});
const tradeBody = (id: number): TradeBody => ({
  id,
  price: "100",
  quantity: "1",
  timestamp: id,
  isBuyerMaker: false,
});
const tradeFrame = (id: number) => ({
  e: "trade",
  s: "SOL_USDC",
  p: "100",
  q: "1",
  t: id,
  T: id * 1_000,
  m: false,
});

/** The REST side of a scripted venue: it answers with the values that a test sets. */
class ScriptedApi extends VenueApi {
  depthAnswer: () => Promise<DepthBody> = async () => depth(10, "99.50");
  tradesAnswer: () => Promise<TradeBody[]> = async () => [tradeBody(2), tradeBody(1)];
  klinesAnswer: (query: { startMs: number; endMs: number }) => Promise<KlineBody[]> = async () => [];
  override depth = () => this.depthAnswer();
  override trades = () => this.tradesAnswer();
  override klines = (query: { startMs: number; endMs: number }) => this.klinesAnswer(query);
  override tickers = async () => [];
}

describe("the feed", () => {
  let world: ScriptedWorld;
  let api: ScriptedApi;
  let feed: Feed;

  beforeEach(async () => {
    vi.useFakeTimers();
    world = new ScriptedWorld();
    api = new ScriptedApi();
    feed = new Feed(api, world);
    feed.start();
    await settle();
    world.socket.opens();
  });

  afterEach(() => {
    feed.stop();
    vi.useRealTimers();
  });

  const book = () => feed.store.getState().books["SOL_USDC"];
  const bestBid = () => known(book())?.book.bids[0];

  it("shows a book once snapshot and diffs agree, and follows it", async () => {
    feed.book(SOL);
    expect(book()?.state).toBe("loading");
    await settle();
    expect(bestBid()).toEqual({ price: 9950n, quantity: 200n });
    world.socket.says("depth.SOL_USDC", depthFrame(11, [["99.75", "3.00"]]));
    expect(bestBid()).toEqual({ price: 9975n, quantity: 300n });
    expect(known(book())?.lastId).toBe(11);
  });

  it("marks the book as out of date at a gap, and rebuilds it", async () => {
    feed.book(SOL);
    await settle();
    api.depthAnswer = async () => depth(20, "99.90");
    world.socket.says("depth.SOL_USDC", depthFrame(15, []));
    expect(known(book())?.exact).toBe(false);
    expect(bestBid()?.price).toBe(9950n);
    await vi.advanceTimersByTimeAsync(500);
    expect(known(book())).toMatchObject({ exact: true, lastId: 20 });
    expect(bestBid()?.price).toBe(9990n);
  });

  it("rebuilds the book on a new connection", async () => {
    feed.book(SOL);
    await settle();
    world.socket.breaks();
    await world.pass(1_000);
    api.depthAnswer = async () => depth(50, "99.10");
    world.socket.opens();
    await vi.advanceTimersByTimeAsync(500);
    expect(known(book())).toMatchObject({ exact: true, lastId: 50 });
    expect(bestBid()?.price).toBe(9910n);
  });

  it("reports why there is no book, and keeps trying", async () => {
    api.depthAnswer = () => Promise.reject(new Error("The venue is unreachable."));
    feed.book(SOL);
    await settle();
    expect(book()).toEqual({ state: "error", message: "The venue is unreachable." });
    api.depthAnswer = async () => depth(10, "99.50");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(book()?.state).toBe("value");
  });

  it("asks the venue only a few times a second, however often a book breaks", async () => {
    let asked = 0;
    let id = 10;
    api.depthAnswer = async () => {
      asked += 1;
      return depth(id, "99.50");
    };
    feed.book(SOL);
    await settle();
    for (let frame = 0; frame < 100; frame += 1) {
      id += 2; // Every frame leaves a gap to the one before it.
      world.socket.says("depth.SOL_USDC", depthFrame(id, []));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThanOrEqual(6);
  });

  it("gathers trades into groups and has each once", async () => {
    feed.tape(SOL);
    world.socket.says("trade.SOL_USDC", tradeFrame(2));
    world.socket.says("trade.SOL_USDC", tradeFrame(3));
    await vi.advanceTimersByTimeAsync(200);
    expect(known(feed.store.getState().tapes["SOL_USDC"])?.map(({ id }) => id)).toEqual([3, 2, 1]);
  });

  it("merges the live candle into history and loads what came before it", async () => {
    const body = (start: string, close: string): KlineBody => ({
      start,
      end: start,
      open: "1",
      high: "9",
      low: "1",
      close,
      volume: "1",
      quoteVolume: "1",
      trades: "2",
    });
    api.klinesAnswer = async () => [body("2026-11-20 13:46:00", "1"), body("2026-11-20 13:47:00", "2")];
    feed.candles(SOL, "1m");
    await settle();
    const frame = {
      e: "kline",
      s: "SOL_USDC",
      t: "2026-11-20T13:47:00",
      T: "",
      o: "1",
      h: "9",
      l: "1",
      c: "3",
      v: "2",
    };
    world.socket.says("kline.1m.SOL_USDC", { ...frame, n: 3, X: false });
    const shown = () => known(feed.store.getState().candles[candleKey("SOL_USDC", "1m")]);
    expect(shown()?.candles.map(({ close }) => close)).toEqual(["1", "3"]);

    api.klinesAnswer = async ({ endMs }) => {
      expect(endMs).toBeLessThan(Date.UTC(2026, 10, 20, 13, 46));
      return [body("2026-11-20 13:45:00", "0")];
    };
    feed.loadEarlier("SOL_USDC", "1m");
    await settle();
    expect(shown()?.candles.map(({ close }) => close)).toEqual(["0", "1", "3"]);
    expect(shown()?.complete).toBe(false);

    api.klinesAnswer = async () => [];
    feed.loadEarlier("SOL_USDC", "1m");
    await settle();
    expect(shown()?.complete).toBe(true);
  });

  it("opens a channel for its first reader and closes it with its last", async () => {
    const [stopOne, stopTwo] = [feed.book(SOL), feed.book(SOL)];
    await settle();
    stopOne();
    stopOne();
    expect(book()?.state).toBe("value");
    stopTwo();
    expect(book()).toBeUndefined();
    expect(world.socket.sent.map(({ method }) => method)).toEqual(["SUBSCRIBE", "UNSUBSCRIBE"]);
  });
});
