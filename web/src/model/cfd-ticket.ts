// A position that somebody is about to open: its fields, the refusal that it would get, and where it would end.

import type { Direction } from "../wire";
import { type Contract, canDeal } from "./cfd";
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

/** The fields as they are typed; leverage in tenths. */
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
  /** What it would gain, were it closed exactly at its triggers. */
  readonly atStopLoss: bigint | null;
  readonly atTakeProfit: bigint | null;
}

export interface Reading {
  readonly faults: Faults;
  /** Null while there is no price or no margin to reckon with. */
  readonly preview: Preview | null;
  /** Whether it can be sent. */
  readonly complete: boolean;
}

/** Read a draft; `free` is what the wallet has, and null for somebody who isn't signed in. */
export function readDraft(draft: Draft, contract: Contract, free: bigint | null): Reading {
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
  const fault = leverageFault(stake, leverage, contract, liquidationPrice, closePriceOf(direction, quote));
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
): string | null {
  if (leverage > contract.leverageMax) return `At most ${formatLeverage(contract.leverageMax)} here.`;
  if (lossRoomOf(margin, notional, contract.maintenanceRate) <= 0n) {
    return "This leverage leaves no margin to lose.";
  }
  if (liquidationPrice !== null && signOf(direction) * (price - liquidationPrice) <= 0n) {
    return "At this leverage the spread alone would liquidate it.";
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

/** The triggers of a draft or of a position that is being changed; what is wrong with them goes into `faults`. */
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
    if (!beyond) faults[field] = `Has to be ${above ? "above" : "below"} ${shown}, where it closes now.`;
  }
  return price;
}

/** The units of what somebody typed, or what is wrong with it in words. */
export function readUnits(text: string, scale: number): bigint | string {
  try {
    const units = parseUnits(text.trim().replaceAll(",", ""), scale);
    return units > 0n ? units : "Has to be above 0.";
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    return /^[\d.,\s]+$/.test(text) ? `At most ${scale} decimals.` : "Not a number.";
  }
}

/** So many percent of an amount, rounded down. */
export function shareOf(amount: bigint, percent: number): bigint {
  return (amount * BigInt(percent)) / 100n;
}

/** How many whole percent of `amount` these units are: where the slider stands. */
export function percentOf(units: bigint, amount: bigint): number {
  if (amount <= 0n || units <= 0n) return 0;
  const percent = (units * 100n) / amount;
  return percent > 100n ? 100 : Number(percent);
}

/** `255n` as `25.5x`. */
export function formatLeverage(leverage: bigint): string {
  return `${shortUnits(leverage, 1, 0)}x`;
}

/** With all decimals that say something, and at least so many. */
export function shortUnits(units: bigint, scale: number, least: number): string {
  const kept = Math.min(least, scale);
  const text = formatUnits(units, scale);
  if (scale === kept) return text;
  const end = text.length - (scale - kept);
  const zeros = /0*$/.exec(text.slice(end))?.[0].length ?? 0;
  return text.slice(0, text.length - zeros).replace(/\.$/, "");
}

/** As a request writes it: plain digits. */
export function plainUnits(units: bigint, scale: number): string {
  return shortUnits(units, scale, 0).replaceAll(",", "");
}
