// Browser tests on a running venue. OUTCRY_URL is its address. OUTCRY_CHROMIUM is the browser, if it isn't in one of the usual
// places.

import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const executablePath = process.env["OUTCRY_CHROMIUM"] ?? BROWSERS.find((path) => existsSync(path));
if (executablePath === undefined)
  throw new Error("no Chromium or Chrome found: set OUTCRY_CHROMIUM to its path");

const url = process.env["OUTCRY_URL"];
if (url === undefined)
  throw new Error("set OUTCRY_URL to the address of a running venue, such as http://127.0.0.1:3005");

export default defineConfig({
  testDir: "browser",
  outputDir: "test-results",
  // All tests share one live venue, perhaps on a small machine, so they run one page at a time.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  // The tests of trading on margin need a venue whose prices follow a tape; all others need a live venue.
  projects: [
    { name: "venue", testIgnore: "cfd.test.ts" },
    { name: "desk", testMatch: "cfd.test.ts" },
  ],
  use: {
    baseURL: url,
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
