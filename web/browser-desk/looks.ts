// How a page looks: nothing sticks out, axe finds nothing, and a picture of it is kept.

import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** The pictures of the documentation; a run that only checks may put its own elsewhere. */
const SCREENSHOTS = process.env["OUTCRY_SCREENSHOTS"] ?? "../docs/images";

export async function look(page: Page, name: string): Promise<void> {
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(tooWide, "the page scrolls sideways").toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/** What went wrong in the page itself. */
export function errorsOf(page: Page): readonly string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  return errors;
}
