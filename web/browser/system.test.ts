// The system page in a browser.

import { expect, test } from "@playwright/test";
import { failOnErrors, look, lookInEachColor, NARROW } from "./pages";

test("every process is there, and the figures move", async ({ page }) => {
  const errors = failOnErrors(page);
  await page.goto("/system");
  await expect(page.getByText("All systems healthy")).toBeVisible();
  const processes = page.getByRole("region", { name: "Processes" });
  for (const name of ["engine leader", "standby", "gateway", "stream", "recorder", "prices"]) {
    await expect(processes.getByRole("row", { name: new RegExp(name) })).toContainText("running");
  }
  const newest = page.getByRole("region", { name: "Newest entry" });
  const before = await newest.textContent();
  await expect(newest, "no entry came").not.toHaveText(before ?? "");
  await expect(page.getByLabel("Figures").getByText(/^Highest of the last minute/)).toHaveCount(6);
  await expect(page.getByText(/, simulated$/)).toBeVisible();
  expect(errors).toEqual([]);
});

test("a venue without a status, and a venue in trouble", async ({ page }) => {
  await page.route("**/api/v1/venue/status", (route) => route.abort());
  await page.goto("/system");
  await expect(page.getByText("The state of the venue could not be loaded")).toBeVisible();
  await page.unroute("**/api/v1/venue/status");
  await expect(page.getByText("All systems healthy")).toBeVisible();
  await page.route("**/api/v1/venue/status", async (route) => {
    const status = await (await route.fetch()).json();
    const processes = status.processes.map((process: object) => ({ ...process, state: "silent" }));
    await route.fulfill({ json: { ...status, trouble: "The engine is 9 seconds behind", processes } });
  });
  await expect(page.getByText("The engine is 9 seconds behind")).toBeVisible();
  await expect(page.getByRole("cell", { name: "silent" }).first()).toBeVisible();
});

test("the page fits its window and axe finds nothing serious", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto("/system");
  await expect(page.getByText("All systems healthy")).toBeVisible();
  await expect(page.getByLabel("Figures").locator("rect").nth(20)).toBeVisible();
  await lookInEachColor(page, "system");
  await page.setViewportSize(NARROW);
  await look(page, "system-light-narrow");
});
