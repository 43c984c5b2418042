// A user signs in and trades in a browser, on a real venue.

import { expect, type Locator, type Page, test } from "@playwright/test";
import { type Depth, expectExactBook, failOnErrors, lookInEachColor, NARROW, openTrade, WIDE } from "./pages";
import { buyWithCcxt, killProcess, tokenMailedTo } from "./venue";

const SYMBOL = "SOL_USDC";

async function openDemo(page: Page): Promise<void> {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Open a demo account" }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
}

/** A price below the best bid by this many hundredths of it. */
async function priceBelow(page: Page, percent: number): Promise<string> {
  const depth = (await (await page.request.get(`/api/v1/depth?symbol=${SYMBOL}`)).json()) as Depth;
  return ((Number(depth.bids.at(-1)?.[0]) * (100 - percent)) / 100).toFixed(2);
}

const field = (page: Page, name: RegExp): Locator =>
  page.getByRole("region", { name: "Order ticket" }).getByRole("textbox", { name });
const openRows = (page: Page): Locator => page.locator("tr[data-order]");

async function writeLimitBuy(page: Page, price: string, quantity: string): Promise<void> {
  await field(page, /^Price/).fill(price);
  await field(page, /^Quantity/).fill(quantity);
}

test("sign up through the link of the mail, and out again", async ({ page }) => {
  const email = `ann${Date.now()}@example.org`;
  await page.goto("/");
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await page.getByRole("button", { name: "Mail me a link" }).click();
  await expect(page.getByText("A link is on its way to")).toBeVisible();

  const token = await tokenMailedTo(email);
  await page.goto(`/sign-in?token=${token}`);
  const me = await page.request.get("/api/v1/user/me");
  expect(me.status(), "opening the page must not use the token up").toBe(401);
  await page.getByRole("button", { name: "Sign in to Outcry" }).click();
  await expect(page.getByTitle(email)).toBeVisible();

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  await page.goto(`/sign-in?token=${token}`);
  await page.getByRole("button", { name: "Sign in to Outcry" }).click();
  await expect(page.getByRole("alert")).toContainText("used already");
});

test("place, change and cancel orders by form, by book and by key", async ({ page }) => {
  const errors = failOnErrors(page);
  await openDemo(page);
  await openTrade(page, SYMBOL);

  await page.keyboard.press("b");
  await expect(field(page, /^Quantity/)).toBeFocused();
  const price = await priceBelow(page, 8);
  await writeLimitBuy(page, price, "2");
  await expect(page.getByText("Fee, maker")).toBeVisible();
  await page.getByRole("button", { name: "Buy SOL" }).click();
  await expect(openRows(page)).toHaveCount(1);
  await expect(openRows(page)).toContainText(price);

  await page.getByRole("button", { name: /^Edit the buy order/ }).click();
  await page.getByLabel("New quantity").fill("1.5");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(openRows(page)).toContainText("1.5");
  await page.getByRole("button", { name: /^Cancel the buy order/ }).click();
  await expect(openRows(page)).toHaveCount(0);

  // A bid well below the best, so that the order rests. The click fills the ticket with the price of the level.
  const canvas = page.getByRole("img", { name: /Order book of/ });
  const box = await canvas.boundingBox();
  if (box === null) throw new Error("the book is not shown");
  await canvas.click({ position: { x: box.width / 2, y: box.height * 0.8 } });
  const picked = await field(page, /^Price/).inputValue();
  expect(Number(picked)).toBeGreaterThan(0);
  await field(page, /^Quantity/).fill("0.5");
  await page.getByRole("button", { name: "Buy SOL" }).click();
  await expect(openRows(page)).toHaveCount(1);
  expect(Number(await openRows(page).locator("td").nth(4).textContent())).toBe(Number(picked));

  await field(page, /^Quantity/).press("Escape");
  await page.keyboard.press("Shift+X");
  await expect(openRows(page)).toHaveCount(0);

  await page.getByRole("button", { name: "Market", exact: true }).click();
  await field(page, /^Quantity/).fill("0.3");
  await page.getByRole("button", { name: "Buy SOL" }).click();
  await expect(page.locator("[data-toast=done]").filter({ hasText: "Buy 0.3 SOL: filled." })).toBeVisible();
  await page.getByRole("button", { name: "Fills" }).click();
  await expect(page.getByRole("table", { name: /^Fills/ })).toContainText("Taker");
  await page.getByRole("button", { name: "Balances" }).click();
  const own = page.getByRole("region", { name: "Own orders and balances" });
  await expect(own.locator("tr[data-asset=SOL]")).toContainText("0.29985");
  expect(errors).toEqual([]);
});

test("a stop order waits, and a refusal is shown in plain words", async ({ page }) => {
  await openDemo(page);
  await openTrade(page, SYMBOL);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await field(page, /^Trigger/).fill(await priceBelow(page, 20));
  await field(page, /^Quantity/).fill("1");
  await page.getByRole("button", { name: "Buy SOL" }).click();
  await expect(openRows(page)).toContainText("Stop");

  await page.getByRole("button", { name: "Limit", exact: true }).click();
  await writeLimitBuy(page, await priceBelow(page, 1), "100000");
  await expect(page.getByRole("alert")).toContainText("More USDC than your free balance");
  await expect(page.getByRole("button", { name: "Buy SOL" })).toBeDisabled();

  await page.route("**/api/v1/order", (route) =>
    route.fulfill({
      status: 400,
      json: { code: "INVALID_ORDER", message: "Order would immediately match and take" },
    }),
  );
  await writeLimitBuy(page, await priceBelow(page, 1), "1");
  await page.getByRole("button", { name: "Buy SOL" }).click();
  await expect(page.locator("[data-toast=refused]")).toContainText("The order is post-only");
});

test("an API key trades with ccxt while the page shows it", async ({ page }) => {
  await openDemo(page);
  await page.getByRole("link", { name: "Wallet" }).click();
  await page.getByRole("button", { name: "Deposit demo money" }).click();
  await expect(page.locator("tr[data-asset=USDC]")).toContainText("10,000.00");
  await page.getByRole("textbox", { name: "Name" }).fill("my bot");
  await page.getByRole("button", { name: "Create a key" }).click();
  await expect(page.getByText("The secret is shown only once.")).toBeVisible();
  const [apiKey = "", secret = ""] = await page.locator("dd code").allTextContents();
  await page.getByRole("button", { name: "I have saved it" }).click();
  await expect(page.getByText(secret)).toHaveCount(0);

  await page.getByRole("link", { name: "Spot" }).click();
  await expect(page.locator("[data-exact=true]")).toHaveCount(1);
  const id = buyWithCcxt({ apiKey, secret, price: await priceBelow(page, 9) });
  await expect(page.locator(`tr[data-order="${id}"]`)).toBeVisible();
  await page.getByRole("button", { name: "Cancel all" }).click();
  await expect(openRows(page)).toHaveCount(0);

  await page.getByRole("link", { name: "Wallet" }).click();
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("button", { name: "Revoke permanently" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();
  expect(() => buyWithCcxt({ apiKey, secret, price: "50" })).toThrow();
});

test("a session that ended elsewhere causes a message, and the page shows no user", async ({ page }) => {
  await openDemo(page);
  await page.goto(`/cfd/${SYMBOL}`);
  await expect(page.getByText("No open positions")).toBeVisible();
  await page.context().clearCookies();
  await expect(page.locator("[data-toast=refused]")).toHaveText(/Your session has ended/);
  await expect(page.getByRole("link", { name: "Sign in" }).first()).toBeVisible();
  await expect(page.getByText("Sign in to trade.")).toBeVisible();
});

test("the page recovers when the stream process is killed, and orders are live again", async ({ page }) => {
  await openDemo(page);
  await openTrade(page, SYMBOL);
  killProcess("stream");
  await expect(page.getByRole("alert")).toContainText("connection is lost");
  await expect(page.locator("[data-phase=live]")).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("[data-exact=true]")).toHaveCount(1);
  await expectExactBook(page, SYMBOL);
  await writeLimitBuy(page, await priceBelow(page, 8), "1");
  await page.getByRole("button", { name: "Buy SOL" }).click();
  await expect(openRows(page)).toHaveCount(1);
});

test("the main pages look right, wide and narrow, and axe finds nothing serious", async ({ page }) => {
  await openDemo(page);
  await expect(page.locator("main .skeleton")).toHaveCount(0);
  await lookInEachColor(page, "markets");
  await openTrade(page, SYMBOL);
  await writeLimitBuy(page, await priceBelow(page, 0.2), "3");
  await page.getByRole("button", { name: "Buy SOL" }).click();
  await expect(openRows(page)).toHaveCount(1);
  await writeLimitBuy(page, await priceBelow(page, 0.3), "2.5");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.locator("section[aria-label='Price chart'] canvas").first()).toBeVisible();
  await lookInEachColor(page, "spot");
  await page.setViewportSize(NARROW);
  await page.getByRole("button", { name: "Order", exact: true }).click();
  await expect(page.getByRole("region", { name: "Order ticket" })).toBeVisible();
  await lookInEachColor(page, null);

  await page.setViewportSize(WIDE);
  await page.request.post("/api/v1/user/api-keys", { data: { name: "my bot", readOnly: false } });
  await page.goto("/wallet");
  await expect(page.getByText("confirmed").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Revoke" })).toBeVisible();
  await lookInEachColor(page, "wallet");
  await page.setViewportSize(NARROW);
  await lookInEachColor(page, null);
  await page.goto("/sign-in");
  await lookInEachColor(page, null);
});
