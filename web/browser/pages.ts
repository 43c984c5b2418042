// What the browser tests share: the pages, and what must hold of each.

import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

/** The pictures of the README; a run that only checks may put its own elsewhere. */
const SCREENSHOTS = process.env["OUTCRY_SCREENSHOTS"] ?? "../docs/images";

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 360, height: 740 };

export interface Depth {
  lastUpdateId: string;
  bids: [string, string][];
  asks: [string, string][];
}

export async function symbolOf(page: Page): Promise<string> {
  const markets = (await (await page.request.get("/api/v1/markets")).json()) as { symbol: string }[];
  const symbol = markets.map((market) => market.symbol).sort()[0];
  if (symbol === undefined) throw new Error("the venue lists nothing");
  return symbol;
}

export async function openMarkets(page: Page): Promise<void> {
  await page.goto("/");
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  await expect(page.getByRole("row")).not.toHaveCount(1);
  await expect(page.locator("main .skeleton")).toHaveCount(0);
}

export async function openTrade(page: Page, symbol: string): Promise<void> {
  await page.goto(`/spot/${symbol}`);
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  await expect(page.locator("[data-exact=true]")).toHaveCount(1);
  await expect(page.getByText("Loading candles")).toHaveCount(0);
}

/** Best bid and ask as the page tells them in words. */
export async function bestInWords(page: Page): Promise<{ bid: number; ask: number }> {
  const price = async (side: string) => {
    const row = page.getByRole("row", { name: side }).first();
    return Number((await row.getByRole("cell").nth(1).textContent())?.replaceAll(",", ""));
  };
  return { bid: await price("Bid"), ask: await price("Ask") };
}

/** The page's best levels are those of the venue's own snapshot at the same id, at three different ids. */
export async function expectExactBook(page: Page, symbol: string): Promise<void> {
  const table = page.getByRole("table", { name: /best bids and asks/ });
  const venue = new Map<number, string[]>();
  const compared = new Set<number>();
  const endMs = Date.now() + 45_000;
  while (compared.size < 3) {
    expect(Date.now(), "too few ids at which page and venue could be compared").toBeLessThan(endMs);
    // Snapshots as fast as they come, so that whichever id the page shows next is among them.
    for (let snapshot = 0; snapshot < 20; snapshot += 1) {
      const depth = (await (await page.request.get(`/api/v1/depth?symbol=${symbol}`)).json()) as Depth;
      venue.set(Number(depth.lastUpdateId), bestLevels(depth));
    }
    const shown = await levelsInWords(table);
    const there = venue.get(shown.id);
    if (there === undefined) continue;
    expect(shown.levels, `at id ${shown.id}`).toEqual(there);
    compared.add(shown.id);
  }
}

export function levelsInWords(table: Locator): Promise<{ id: number; levels: string[] }> {
  return table.evaluate((element) => ({
    id: Number((element as HTMLElement).dataset["lastId"]),
    levels: [...element.querySelectorAll("tbody tr")].map((row) =>
      [...row.querySelectorAll("td")]
        .slice(1)
        .map((cell) => Number(cell.textContent?.replaceAll(",", "")))
        .join(" @ "),
    ),
  }));
}

export function bestLevels({ asks, bids }: Depth): string[] {
  const best = [...asks.slice(0, 5), ...bids.slice(-5).reverse()];
  return best.map(([price, quantity]) => `${Number(price)} @ ${Number(quantity)}`);
}

export function failOnErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  return errors;
}

/** Check how a page looks, and keep a picture of it when it has a name. */
export async function look(page: Page, name: string | null): Promise<void> {
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(tooWide, "the page scrolls sideways").toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page })
    // There are no frames of other origins, for whose sake each look would open a page more.
    .setLegacyMode(true)
    .options({ resultTypes: ["violations"] })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  if (name !== null) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/** Look at a page in both colours; `then` looks at what else is to be seen in each. */
export async function lookInEachColour(
  page: Page,
  name: string | null,
  then: (colour: "dark" | "light") => Promise<void> = async () => undefined,
): Promise<void> {
  for (const colour of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: colour });
    await expect(page.locator(`html[data-theme=${colour}]`)).toHaveCount(1);
    await look(page, name === null ? null : `${name}-${colour}`);
    await then(colour);
  }
}
