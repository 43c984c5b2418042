// The trading page under a heavy feed: 200 book updates and 50 trades a second. The feed is scripted, so that the page is what is
// measured and not the machine's venue; everything else is the venue's.

import { expect, type Page, test } from "@playwright/test";

const SYMBOL = "SOL_USDC";
const SECONDS = Number(process.env["OUTCRY_PERFORMANCE_SECONDS"] ?? "60");
const FIRST_ID = 1_000;
const WARM_UP_MS = 8_000;
const BOOK_UPDATES_A_SECOND = 200;
const TRADES_A_SECOND = 50;
const FRAMES_LEAST = 55;
/** A heap that grows no faster than this is flat: what is left is the collector's own noise. */
const HEAP_GROWTH_MOST = 3_000_000;

interface Sent {
  updates: number;
  trades: number;
}

/**
 * Put a scripted market in the place of the page's WebSocket. It is told by the clock: whatever the timer does, the number of
 * updates a second holds.
 */
function scriptFeed(settings: { symbol: string; updates: number; trades: number; firstId: number }): void {
  const sent: Sent = { updates: 0, trades: 0 };
  const price = (ticks: number) => (ticks / 100).toFixed(2);
  const update = () => {
    const id = settings.firstId + sent.updates;
    const at = 1 + ((id * 7) % 40);
    const quantity = (1 + (id % 97) / 10).toFixed(2);
    const levels = { b: [[price(10_000 - at), quantity]], a: [[price(10_000 + at), quantity]] };
    return { e: "depth", s: settings.symbol, ...levels, U: id, u: id };
  };
  const trade = () => ({
    e: "trade",
    s: settings.symbol,
    p: price(10_000 + (sent.trades % 9)),
    q: "0.50",
    t: 10_000_000 + sent.trades,
    T: Date.now() * 1_000,
    m: sent.trades % 2 === 0,
  });
  class ScriptedSocket {
    static readonly OPEN = 1;
    readyState = 0;
    onopen: (() => void) | null = null;
    onclose: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;

    constructor() {
      setTimeout(() => {
        this.readyState = 1;
        this.onopen?.();
        const startMs = performance.now();
        setInterval(() => {
          const seconds = (performance.now() - startMs) / 1_000;
          while (sent.updates < seconds * settings.updates) {
            sent.updates += 1;
            this.#say(`depth.${settings.symbol}`, update());
          }
          while (sent.trades < seconds * settings.trades) {
            sent.trades += 1;
            this.#say(`trade.${settings.symbol}`, trade());
          }
        }, 4);
      }, 0);
    }

    send(): void {}

    close(): void {}

    #say(stream: string, data: object): void {
      this.onmessage?.({ data: JSON.stringify({ stream, data }) });
    }
  }
  Object.assign(window, { WebSocket: ScriptedSocket, scriptedFeed: sent });
}

function sentBy(page: Page): Promise<Sent> {
  return page.evaluate(() => ({ ...(window as unknown as { scriptedFeed: Sent }).scriptedFeed }));
}

/** A deep book; the diffs behind it carry absolute quantities, so it need not hold what they said. */
function snapshotAt(id: number) {
  const side = (sign: number) =>
    Array.from({ length: 200 }, (_, index) => [((10_000 + sign * (index + 1)) / 100).toFixed(2), "5.00"]);
  return { lastUpdateId: `${id}`, timestamp: 1, asks: side(1), bids: side(-1).reverse() };
}

async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}

function framesWithin(page: Page, spanMs: number): Promise<number> {
  return page.evaluate(
    (span) =>
      new Promise<number>((resolve) => {
        const startMs = performance.now();
        let frames = 0;
        const count = () => {
          frames += 1;
          const passedMs = performance.now() - startMs;
          if (passedMs < span) requestAnimationFrame(count);
          else resolve((frames / passedMs) * 1_000);
        };
        requestAnimationFrame(count);
      }),
    spanMs,
  );
}

test("55 frames a second and a flat heap under a heavy feed", async ({ page }) => {
  test.setTimeout((SECONDS + 60) * 1_000);
  await page.addInitScript(scriptFeed, {
    symbol: SYMBOL,
    updates: BOOK_UPDATES_A_SECOND,
    trades: TRADES_A_SECOND,
    firstId: FIRST_ID,
  });
  await page.route("**/api/v1/depth*", async (route) => {
    const { updates } = await sentBy(page);
    await route.fulfill({ json: snapshotAt(FIRST_ID + updates) });
  });
  await page.goto(`/spot/${SYMBOL}`);
  await expect(page.locator("[data-exact=true]")).toHaveCount(1);
  await framesWithin(page, WARM_UP_MS);

  const heapBefore = await heapOf(page);
  const sentBefore = await sentBy(page);
  const startMs = performance.now();
  const frames = await framesWithin(page, SECONDS * 1_000);
  const seconds = (performance.now() - startMs) / 1_000;
  const sent = await sentBy(page);
  const rate = (name: "updates" | "trades") => (sent[name] - sentBefore[name]) / seconds;
  const heapAfter = await heapOf(page);
  const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
  process.stdout.write(
    `under load for ${SECONDS} s: ${frames.toFixed(1)} frames/s, heap ${megabytes(heapBefore)} before and ` +
      `${megabytes(heapAfter)} after, at ${rate("updates").toFixed(0)} book updates/s and ${rate("trades").toFixed(0)} trades/s\n`,
  );
  await expect(page.locator("[data-exact=true]"), "the book fell behind").toHaveCount(1);
  expect(rate("updates")).toBeGreaterThan(BOOK_UPDATES_A_SECOND * 0.95);
  expect(rate("trades")).toBeGreaterThan(TRADES_A_SECOND * 0.95);
  expect(frames).toBeGreaterThanOrEqual(FRAMES_LEAST);
  expect(heapAfter - heapBefore).toBeLessThan(HEAP_GROWTH_MOST);
});
