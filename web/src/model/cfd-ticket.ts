// The draft of a position: its fields, their faults, and a preview of its entry, liquidation and profit.

import type { Direction } from "../wire";
import { type Contract, canDeal, leverageMaxOf } from "./cfd";
import {
  closePriceOf,
  entryPriceOf,
  gainAt,
  liquidationPriceOf,
  lossRoomOf,
  notionalOf,
  signOf,
} from "./cfd-margin";
import { DecimalError, formatUnits, parseUnits } from "./decimal";

/** The fields as typed; leverage in tenths. */
export interface Draft {
  readonly direction: Direction;
  readonly margin: string;
  readonly leverage: number;
  readonly stopLoss: string;
  readonly takeProfit: string;
}

export type Field = "margin" | "leverage" | "stopLoss" | "takeProfit";
export type Faults = Partial<Record<Field, string>>;

export interface Preview {
  readonly entryPrice: bigint;
  /** In tenths of money's unit. */
  readonly notional: bigint;
  readonly liquidationPrice: bigint | null;
  /** The profit of closing exactly at each trigger. */
  readonly atStopLoss: bigint | null;
  readonly atTakeProfit: bigint | null;
}

export interface Reading {
  readonly faults: Faults;
  /** Null while there is no price or no margin. */
  readonly preview: Preview | null;
  /** Whether the draft can be sent. */
  readonly complete: boolean;
}

/**
 * Read a draft; `free` is the wallet's free amount, or null without a signed-in user, and `held` the notional that the
 * user has in the contract.
 */
export function readDraft(draft: Draft, contract: Contract, free: bigint | null, held = 0n): Reading {
  const faults: Faults = {};
  const { direction } = draft;
  const margin = readMargin(draft.margin, contract, free, faults);
  const triggers = readTriggers(draft, contract, faults);
  const leverage = BigInt(draft.leverage);
  const { quote } = contract;
  if (quote === null || margin === null || margin <= 0n) return { faults, preview: null, complete: false };
  const stake = {
    direction,
    margin,
    notional: notionalOf(margin, leverage),
    entryPrice: entryPriceOf(direction, quote),
  };
  const liquidationPrice = liquidationPriceOf(stake, contract.maintenanceRate);
  const price = closePriceOf(direction, quote);
  const fault = leverageFault(stake, leverage, contract, liquidationPrice, price, held);
  if (fault !== null) faults.leverage = fault;
  const at = (price: bigint | null) => (price === null ? null : gainAt(stake, price));
  return {
    faults,
    preview: {
      entryPrice: stake.entryPrice,
      notional: stake.notional,
      liquidationPrice,
      atStopLoss: at(triggers.stopLoss),
      atTakeProfit: at(triggers.takeProfit),
    },
    complete: canDeal(contract) && contract.state === "Open" && Object.keys(faults).length === 0,
  };
}

function leverageFault(
  { direction, margin, notional }: { direction: Direction; margin: bigint; notional: bigint },
  leverage: bigint,
  contract: Contract,
  liquidationPrice: bigint | null,
  price: bigint,
  held: bigint,
): string | null {
  if (leverage > contract.leverageMax) return `At most ${formatLeverage(contract.leverageMax)} here.`;
  const allowed = leverageMaxOf(contract, held + notional);
  if (leverage > allowed) return `At most ${formatLeverage(allowed)} at this size.`;
  if (lossRoomOf(margin, notional, contract.maintenanceRate) <= 0n) {
    return "Too high: the position would be liquidated at once.";
  }
  if (liquidationPrice !== null && signOf(direction) * (price - liquidationPrice) <= 0n) {
    return "Too high: the spread alone would liquidate it.";
  }
  return null;
}

function readMargin(text: string, contract: Contract, free: bigint | null, faults: Faults): bigint | null {
  if (text.trim() === "") return null;
  const margin = readUnits(text, contract.moneyScale);
  const money = (units: bigint) => `${shortUnits(units, contract.moneyScale, 2)} ${contract.wallet}`;
  if (typeof margin === "string") faults.margin = margin;
  else if (margin < contract.marginMin) faults.margin = `At least ${money(contract.marginMin)}.`;
  else if (free !== null && margin > free) faults.margin = `Only ${money(free)} is free.`;
  return typeof margin === "string" ? null : margin;
}

export interface Triggers {
  readonly stopLoss: bigint | null;
  readonly takeProfit: bigint | null;
}

/** The triggers of a draft or of a position that is being changed; their faults are added to `faults`. */
export function readTriggers(
  draft: Pick<Draft, "direction" | "stopLoss" | "takeProfit">,
  contract: Contract,
  faults: Faults,
): Triggers {
  const long = draft.direction === "LONG";
  return {
    stopLoss: readTrigger(draft.stopLoss, "stopLoss", !long, draft.direction, contract, faults),
    takeProfit: readTrigger(draft.takeProfit, "takeProfit", long, draft.direction, contract, faults),
  };
}

function readTrigger(
  text: string,
  field: "stopLoss" | "takeProfit",
  above: boolean,
  direction: Direction,
  contract: Contract,
  faults: Faults,
): bigint | null {
  if (text.trim() === "") return null;
  const price = readUnits(text, contract.priceScale);
  if (typeof price === "string") {
    faults[field] = price;
    return null;
  }
  if (contract.quote !== null) {
    const now = closePriceOf(direction, contract.quote);
    const beyond = above ? price > now : price < now;
    const shown = shortUnits(now, contract.priceScale, 2);
    if (!beyond) faults[field] = `Must be ${above ? "above" : "below"} ${shown}, the current closing price.`;
  }
  return price;
}

/** The units of the typed text, or its fault in words. */
export function readUnits(text: string, scale: number): bigint | string {
  try {
    const units = parseUnits(text.trim().replaceAll(",", ""), scale);
    return units > 0n ? units : "Must be above 0.";
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    return /^[\d.,\s]+$/.test(text) ? `At most ${scale} decimals.` : "Not a number.";
  }
}

/** A percentage of an amount, rounded down. */
export function shareOf(amount: bigint, percent: number): bigint {
  return (amount * BigInt(percent)) / 100n;
}

/** The units as a whole percentage of `amount`: the position of the slider. */
export function percentOf(units: bigint, amount: bigint): number {
  if (amount <= 0n || units <= 0n) return 0;
  const percent = (units * 100n) / amount;
  return percent > 100n ? 100 : Number(percent);
}

/** `255n` as `25.5x`. */
export function formatLeverage(leverage: bigint): string {
  return `${shortUnits(leverage, 1, 0)}x`;
}

/** The amount with all significant decimals, and with at least this many. */
export function shortUnits(units: bigint, scale: number, least: number): string {
  const kept = Math.min(least, scale);
  const text = formatUnits(units, scale);
  if (scale === kept) return text;
  const end = text.length - (scale - kept);
  const zeros = /0*$/.exec(text.slice(end))?.[0].length ?? 0;
  return text.slice(0, text.length - zeros).replace(/\.$/, "");
}

/** The format of a request: plain digits. */
export function plainUnits(units: bigint, scale: number): string {
  return shortUnits(units, scale, 0).replaceAll(",", "");
}
