// Trading on margin in a browser, on a venue whose price of SOL is 235.95 and jumps to 238.40 every few seconds.

import { expect, type Locator, type Page, test } from "@playwright/test";
import { failOnErrors, look, lookInEachColor, NARROW } from "./pages";

const LOW_BID = "235.95";
const HIGH_BID = "238.40";
/** The price is stale, and no newer price has come on the stream. */
const OLD = { stale: true, sourceMs: 4_000_000_000_000 };

function region(page: Page, name: string): Locator {
  return page.getByRole("region", { name });
}

/** The latest position of a table; an account of these tests has few positions at a time. */
function firstRow(page: Page, table: string): Locator {
  return region(page, table).locator("tbody tr").first();
}

async function openCfdApi(page: Page, asset: string): Promise<void> {
  await page.goto(`/cfd/${asset}`);
  await expect(region(page, "Open a position")).toBeVisible();
}

async function openDemo(page: Page, asset: string): Promise<void> {
  await openCfdApi(page, asset);
  await region(page, "Open a position").getByRole("button", { name: "Open a demo account" }).click();
  await expect(page.getByText("No open positions")).toBeVisible();
}

async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  const ticket = region(page, "Open a position");
  for (const [label, text] of Object.entries(fields)) {
    await ticket.getByLabel(label, { exact: true }).fill(text);
  }
}

/** Wait until the low price begins: the next jump is then seconds away. */
async function untilFreshlyLow(page: Page): Promise<void> {
  const sell = page.getByRole("button", { name: /^Sell/ });
  await expect(sell).toContainText(HIGH_BID);
  await expect(sell).toContainText(LOW_BID);
}

test("prices are there for everybody, and a call to sign in", async ({ page }) => {
  const errors = failOnErrors(page);
  await openCfdApi(page, "ETH_USDC");
  await expect(page.getByRole("button", { name: /^Sell/ })).toContainText("3,000.00");
  await expect(page.getByRole("button", { name: /^Buy/ })).toContainText("3,000.50");
  await expect(page.getByText("Sign in to trade.")).toBeVisible();
  await expect(region(page, "Open positions").getByText("Sign in to see your positions")).toBeVisible();
  await page.keyboard.press("s");
  await expect(page.getByRole("button", { name: /^Sell/ })).toHaveAttribute("aria-pressed", "true");
  await expect(region(page, "Open a position").getByLabel("Margin", { exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("b");
  await fill(page, { Margin: "100" });
  await expect(page.getByText("2,700.45")).toBeVisible();
  await page.goto("/cfd/NO_SUCH");
  await expect(page.getByText("There is no contract on NO_SUCH")).toBeVisible();
  expect(errors).toEqual([]);
});

test("a short is liquidated when the price jumps", async ({ page }) => {
  await openDemo(page, "SOL_USDC");
  await fill(page, { Margin: "1000", Leverage: "1000" });
  await page.getByRole("button", { name: /^Sell/ }).click();
  await untilFreshlyLow(page);
  const preview = page.getByLabel("Preview");
  await expect(preview).toContainText("238.3095");
  await expect(preview).toContainText("100,000.00 USDC");
  await page.getByRole("button", { name: "Open short 100x" }).click();
  await expect(firstRow(page, "Open positions")).toContainText("238.3095");
  await expect(page.getByLabel("Lines on the chart")).toContainText("liquidation short 100x 238.3095");
  await expect(page.getByLabel("Equity")).toContainText("1,000.00");

  const ended = firstRow(page, "Closed positions");
  await expect(ended).toContainText("Liquidated", { timeout: 20_000 });
  await expect(ended).toContainText("238.45");
  await expect(ended).toContainText("\u22121,000.00");
  await expect(page.getByText("No open positions")).toBeVisible();
});

test("triggers are changed, margin is added, a part and then all is closed", async ({ page }) => {
  const errors = failOnErrors(page);
  await openDemo(page, "ETH_USDC");
  await fill(page, { Margin: "100", "Take profit": "3500" });
  await page.keyboard.press("Enter");
  const row = firstRow(page, "Open positions");
  await expect(row).toContainText("2,700.45");
  await expect(row).toContainText("3,500.00");
  // A move from 3000.5 to 3000 on a notional of 1000 loses 0.166638.
  await expect(row).toContainText("\u22120.17");

  const dialog = page.getByRole("dialog");
  const change = async (form: string, fields: Readonly<Record<string, string>>, button: string) => {
    await row.getByRole("button", { name: /^Change/ }).click();
    const part = dialog.getByRole("form", { name: form });
    for (const [label, text] of Object.entries(fields))
      await part.getByLabel(label, { exact: true }).fill(text);
    await part.getByRole("button", { name: button }).click();
    await expect(dialog).toHaveCount(0);
  };
  await change("Stop loss and take profit", { "Stop loss": "2900", "Take profit": "" }, "Set triggers");
  await expect(row).toContainText("2,900.00 / \u2013");
  await change("Add margin", { "Margin to add": "20" }, "Add margin");
  await expect(row).toContainText("2,640.44");
  await expect(row).toContainText("120.00");
  await change("Close a part", { "Margin to close": "30" }, "Close part");
  await expect(row).toContainText("90.00");
  await expect(row).toContainText("750.00");

  await row.getByRole("button", { name: /^Change/ }).click();
  await dialog.getByLabel("Stop loss", { exact: true }).fill("3001");
  await expect(dialog.getByText("Must be below 3,000.00")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Set triggers" })).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);

  await row.getByRole("button", { name: /^Close/ }).click();
  const ended = firstRow(page, "Closed positions");
  await expect(ended).toContainText("Closed");
  // Each close has its own result: of the part, and of the rest.
  await expect(ended).toContainText("\u22120.12498");
  await expect(page.getByRole("region", { name: "Closed positions" })).toContainText("\u22120.04166");
  expect(errors).toEqual([]);
});

test("a refusal is shown in plain words, and a stale price at once", async ({ page }) => {
  await openDemo(page, "ETH_USDC");
  await fill(page, { Margin: "100000000" });
  await expect(page.getByText(/Only .* USDC is free/)).toBeVisible();
  await expect(page.getByRole("button", { name: /^Open long/ })).toBeDisabled();
  await fill(page, { Margin: "100" });
  // The price moved between the page and the engine.
  await page.route("**/api/v1/cfd/positions", (route) =>
    route.request().method() === "POST"
      ? route.continue({
          postData: JSON.stringify({ ...route.request().postDataJSON(), stopLossPrice: "3100" }),
        })
      : route.continue(),
  );
  await page.getByRole("button", { name: /^Open long/ }).click();
  await expect(page.getByText("The price has moved past your stop loss")).toBeVisible();

  // No trade is possible at a stale price, and the page says so.
  await expect(page.getByRole("button", { name: /^Open long/ })).toBeEnabled();
  await page.route("**/api/v1/cfd/contracts", async (route) => {
    const contracts = (await (await route.fetch()).json()) as object[];
    await route.fulfill({ json: contracts.map((contract) => ({ ...contract, ...OLD })) });
  });
  await expect(page.getByText("The price is stale")).toBeVisible();
  await expect(page.locator("[data-stale=true]")).toBeVisible();
  for (const name of [/^Sell/, /^Buy/, /^Open long/]) {
    await expect(page.getByRole("button", { name })).toBeDisabled();
  }
  await page.unroute("**/api/v1/cfd/contracts");
  await expect(page.getByRole("button", { name: /^Open long/ })).toBeEnabled();
  await page.route("**/api/v1/cfd/contracts", (route) => route.abort());
  await expect(page.getByText("Trading continues when it answers again")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Open long/ })).toBeDisabled();
});

test("the page fits its window and axe finds nothing serious", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 1060 });
  await openDemo(page, "ETH_USDC");
  await fill(page, { Margin: "250", "Stop loss": "2900", "Take profit": "3200" });
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Lines on the chart")).toContainText("target long 10x 3200");
  await fill(page, { Margin: "100", "Stop loss": "2950" });
  await expect(region(page, "Price chart").locator("canvas").first()).toBeVisible();
  await lookInEachColor(page, "cfd", async (color) => {
    if (color === "light") return;
    await page.getByRole("button", { name: /^Change/ }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await look(page, "cfd-position-dark");
    await page.keyboard.press("Escape");
  });
  await page.setViewportSize(NARROW);
  await page.evaluate(() => window.scrollTo(0, 0));
  await look(page, "cfd-light-narrow");
});
