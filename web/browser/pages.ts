// Helpers that the browser tests share: the pages, and the checks that apply to each page.

import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

/** The directory of the README's pictures; a run that only checks can write its pictures elsewhere. */
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

/** Best bid and ask from the page's table of levels. */
export async function bestInWords(page: Page): Promise<{ bid: number; ask: number }> {
  const price = async (side: string) => {
    const row = page.getByRole("row", { name: side }).first();
    return Number((await row.getByRole("cell").nth(1).textContent())?.replaceAll(",", ""));
  };
  return { bid: await price("Bid"), ask: await price("Ask") };
}

/** Check that the page's best levels equal those of the venue's own snapshot at the same id, at three different ids. */
export async function expectExactBook(page: Page, symbol: string): Promise<void> {
  const table = page.getByRole("table", { name: /best bids and asks/ });
  const venue = new Map<number, string[]>();
  const compared = new Set<number>();
  const endMs = Date.now() + 45_000;
  while (compared.size < 3) {
    expect(Date.now(), "too few ids at which page and venue could be compared").toBeLessThan(endMs);
    // Take snapshots as fast as possible, so that the id that the page shows next is among them.
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

/** Check the layout and accessibility of a page, and save a picture of it if it has a name. */
export async function look(page: Page, name: string | null): Promise<void> {
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(tooWide, "the page scrolls sideways").toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page })
    // The page has no frames of other origins, for which each check would open another page.
    .setLegacyMode(true)
    .options({ resultTypes: ["violations"] })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  if (name !== null) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/** Check a page in both themes; `then` makes further checks in each. */
export async function lookInEachColor(
  page: Page,
  name: string | null,
  then: (color: "dark" | "light") => Promise<void> = async () => undefined,
): Promise<void> {
  for (const color of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: color });
    await expect(page.locator(`html[data-theme=${color}]`)).toHaveCount(1);
    await look(page, name === null ? null : `${name}-${color}`);
    await then(color);
  }
}
