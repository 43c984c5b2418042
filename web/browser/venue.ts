// Actions of a test on the venue outside the browser: read its outbox, kill one of its processes, trade on it with ccxt.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@playwright/test";

function setting(name: string): string {
  const text = process.env[name];
  if (text === undefined) throw new Error(`set ${name}`);
  return text;
}

/** The token in the newest mail to an address. */
export async function tokenMailedTo(email: string): Promise<string> {
  const outbox = join(setting("OUTCRY_DATA_DIR"), "outbox");
  const find = () => {
    const mails = existsSync(outbox) ? readdirSync(outbox).sort() : [];
    const texts = mails.map((name) => readFileSync(join(outbox, name), "utf8").replace(/=\r?\n/g, ""));
    return texts.filter((text) => text.includes(email)).at(-1);
  };
  await expect.poll(find, "no mail came").toBeDefined();
  const token = /token=(?:3D)?([\w.-]+)/.exec(find() ?? "")?.[1];
  if (token === undefined) throw new Error("the mail has no link");
  return token;
}

/** kill -9 one process of the venue; its supervisor starts it again. */
export function killProcess(name: string): void {
  const record = JSON.parse(readFileSync(join(setting("OUTCRY_DATA_DIR"), "venue.json"), "utf8")) as {
    processes: { name: string; pid: number; state: string }[];
  };
  const found = record.processes.find((process) => process.name === name && process.state === "running");
  if (found === undefined) throw new Error(`no ${name} is running`);
  process.kill(found.pid, "SIGKILL");
}

const PLACE = `
import os, ccxt
url = os.environ["OUTCRY_URL"]
exchange = ccxt.backpack({
    "apiKey": os.environ["KEY"], "secret": os.environ["SECRET"],
    "urls": {"api": {"public": url, "private": url}},
})
order = exchange.create_order("SOL/USDC", "limit", "buy", 1, float(os.environ["PRICE"]), {"postOnly": True})
print(order["id"])
`;

/** Place a post-only order to buy 1 SOL with ccxt and the given key, and return the order's id. */
export function buyWithCcxt(key: { apiKey: string; secret: string; price: string }): string {
  return execFileSync(setting("OUTCRY_PYTHON"), ["-c", PLACE], {
    encoding: "utf8",
    env: { ...process.env, KEY: key.apiKey, SECRET: key.secret, PRICE: key.price },
  }).trim();
}
