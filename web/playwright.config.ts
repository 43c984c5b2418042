// Browser tests against a running venue: OUTCRY_URL says where it is, OUTCRY_CHROMIUM which browser to use if it isn't in one of
// the usual places.

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
  // The tests look at one live venue on what may be a small machine: one page at a time.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  // Trading on margin is tested on a venue whose prices follow a tape; everything else on one that is alive.
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
