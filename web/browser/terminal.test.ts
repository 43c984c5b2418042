// The terminal in a browser, on a real venue.

import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import {
  bestInWords,
  type Depth,
  expectExactBook,
  failOnErrors,
  lookInEachColor,
  NARROW,
  openMarkets,
  openTrade,
  symbolOf,
  WIDE,
} from "./pages";

test("the markets page lists every instrument with a live price", async ({ page }) => {
  const errors = failOnErrors(page);
  await openMarkets(page);
  const markets = (await (await page.request.get("/api/v1/markets")).json()) as { symbol: string }[];
  await expect(page.getByRole("table", { name: /All markets/ }).locator("tbody tr")).toHaveCount(
    markets.length,
  );

  const symbol = await symbolOf(page);
  const table = page.getByRole("table", { name: /All markets/ });
  const row = table.getByRole("row").filter({ hasText: symbol.replace("_", "/") });
  const price = row.getByRole("cell").first();
  const before = await price.textContent();
  await expect(price, "the last price never moved").not.toHaveText(before ?? "", { timeout: 30_000 });

  await page.keyboard.press("/");
  await page.keyboard.type("no such market");
  await expect(page.getByText("No market matches")).toBeVisible();
  await page.keyboard.press("Escape");
  await row.getByRole("link").click();
  await expect(page).toHaveURL(`/spot/${symbol}`);
  expect(errors).toEqual([]);
});

test("the first load stays under 250 kB, compressed and without the chart library", async ({ page }) => {
  const sizes: Promise<number>[] = [];
  page.on("response", (response) => {
    const type = response.request().resourceType();
    if (
      !["document", "script", "stylesheet", "font"].includes(type) ||
      response.url().includes("lightweight-charts")
    )
      return;
    sizes.push(response.body().then((body) => (type === "font" ? body.length : gzipSync(body).length)));
  });
  await openTrade(page, await symbolOf(page));
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  process.stdout.write(`first load: ${(total / 1_000).toFixed(1)} kB in ${sizes.length} files\n`);
  expect(sizes.length).toBeGreaterThan(2);
  expect(total).toBeLessThan(250_000);
});

test("the trading page shows the venue's book, trades and candles", async ({ page }) => {
  const errors = failOnErrors(page);
  const symbol = await symbolOf(page);
  await openTrade(page, symbol);

  const depth = (await (await page.request.get(`/api/v1/depth?symbol=${symbol}`)).json()) as Depth;
  const mid = (Number(depth.bids.at(-1)?.[0]) + Number(depth.asks[0]?.[0])) / 2;
  const { bid, ask } = await bestInWords(page);
  expect(bid).toBeLessThan(ask);
  expect(Math.abs((bid + ask) / 2 / mid - 1), "the page's book is not near the venue's").toBeLessThan(0.01);

  const tape = page.getByRole("table", { name: /Latest trades/ });
  const newest = tape.locator("tbody tr").first();
  const before = await newest.textContent();
  await expect(newest, "no trade arrived").not.toHaveText(before ?? "", { timeout: 45_000 });
  await expect(page.locator("section[aria-label='Price chart'] canvas").first()).toBeVisible();
  await expect(page).toHaveTitle(/Outcry/);
  expect(errors).toEqual([]);
});

test("every candle interval of the venue can be shown", async ({ page }) => {
  const symbol = await symbolOf(page);
  await openTrade(page, symbol);
  const select = page.getByLabel("Any candle interval");
  for (const interval of ["1s", "3m", "1h", "1d", "1month"]) {
    await select.selectOption(interval);
    await expect(page.getByText("Loading candles")).toHaveCount(0);
    await expect(page.getByText("could not be loaded"), interval).toHaveCount(0);
  }
});

test("the market switcher finds a market by keyboard", async ({ page }) => {
  const symbol = await symbolOf(page);
  await openTrade(page, symbol);
  await page.keyboard.press("/");
  const search = page.getByRole("combobox", { name: "Search markets" });
  await expect(search).toBeFocused();
  await page.keyboard.type("sol");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/SOL/);
  await expect(page.locator("[data-exact=true]")).toHaveCount(1);
});

test("a lost connection is visible at once and recovers by itself, and the book is exact afterwards", async ({
  page,
}) => {
  const symbol = await symbolOf(page);
  const sockets: { close: () => Promise<void> }[] = [];
  let refused = false;
  await page.routeWebSocket(/.*/, (socket) => {
    if (refused) {
      void socket.close({ code: 1013 });
      return;
    }
    socket.connectToServer();
    sockets.push(socket);
  });
  await openTrade(page, symbol);
  refused = true;
  await Promise.all(sockets.map((socket) => socket.close()));
  await expect(page.getByRole("alert")).toContainText("connection is lost");
  await expect(page.locator("[data-phase=reconnecting]")).toBeVisible();
  await expect(page.locator("[data-exact=true]")).toHaveCount(0);
  refused = false;
  await expect(page.locator("[data-phase=live]")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.locator("[data-exact=true]")).toHaveCount(1);
  await expectExactBook(page, symbol);
});

test("every page shows notices of simulated prices and maintenance", async ({ page }) => {
  const answer = await (await page.request.get("/api/v1/venue")).json();
  const prices = { source: "sim", simulated: true, ageMs: 60_000 };
  await page.route("**/api/v1/venue", (route) =>
    route.fulfill({ json: { ...answer, prices, cfdPrices: null } }),
  );
  await page.route("**/api/v1/status", (route) =>
    route.fulfill({ json: { status: "Maintenance", message: "Back at noon." } }),
  );
  for (const path of ["/", `/spot/${await symbolOf(page)}`]) {
    await page.goto(path);
    await expect(page.getByText("Simulated prices.")).toBeVisible();
    await expect(page.getByText("Back at noon.")).toBeVisible();
    await expect(page.getByText("Outside prices have stopped.")).toBeVisible();
  }
});

test("CFDs with a separate price source have separate notices", async ({ page }) => {
  const answer = await (await page.request.get("/api/v1/venue")).json();
  const cfdPrices = { source: "own", simulated: false, ageMs: 60_000 };
  const prices = { source: "sim", simulated: true, ageMs: 100 };
  await page.route("**/api/v1/venue", (route) => route.fulfill({ json: { ...answer, prices, cfdPrices } }));
  await page.goto("/");
  await expect(page.getByText("Simulated spot prices.")).toBeVisible();
  await expect(page.getByText("CFD prices have stopped.")).toBeVisible();
  await expect(page.getByText("Outside prices have stopped.")).toHaveCount(0);
});

test("a notice appears when the venue stops answering, and disappears when it answers again", async ({
  page,
}) => {
  await openTrade(page, await symbolOf(page));
  await page.route("**/api/v1/status", (route) => route.abort());
  await expect(page.getByText("The venue does not answer.")).toBeVisible({ timeout: 20_000 });
  await expect(page.locator("[data-phase=live]")).toBeVisible();
  await page.unroute("**/api/v1/status");
  await expect(page.getByText("The venue does not answer.")).toHaveCount(0, { timeout: 20_000 });
});

test("a load failure shows a message and a next step", async ({ page }) => {
  await page.route("**/api/v1/markets", (route) =>
    route.fulfill({ status: 500, json: { code: "SERVER_ERROR", message: "Out of order." } }),
  );
  await page.goto("/");
  await expect(page.getByText("Out of order.")).toBeVisible();
  await page.unroute("**/api/v1/markets");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("tbody tr")).not.toHaveCount(0);
  await page.goto("/spot/NO_SUCH");
  await expect(page.getByText("NO_SUCH is not listed here")).toBeVisible();
});

const REGIONS: Readonly<Record<string, string>> = {
  Book: "Order book",
  Trades: "Trades",
  Order: "Order ticket",
};

test("both pages fit wide and narrow windows and axe finds nothing serious", async ({ page }) => {
  await openMarkets(page);
  await lookInEachColor(page, null);
  await page.setViewportSize(NARROW);
  await lookInEachColor(page, null);
  await openTrade(page, await symbolOf(page));
  await expect(page.locator("section[aria-label='Price chart'] canvas").first()).toBeVisible();
  await lookInEachColor(page, null);
  for (const [area, region] of Object.entries(REGIONS)) {
    await page.getByRole("button", { name: area, exact: true }).click();
    await expect(page.getByRole("region", { name: region })).toBeVisible();
    await expect(page.getByRole("region", { name: "Price chart" })).toBeHidden();
    await lookInEachColor(page, null);
  }
  await page.setViewportSize(WIDE);
  await lookInEachColor(page, null);
});
