// The arithmetic of margin, profit and liquidation, rounded as the engine rounds it, so that the preview equals the result.

import type { Direction } from "../wire";
import type { Position, Quote } from "./cfd";

export const LEVERAGE_ONE = 10n;
const RATE_ONE = 1_000_000n;

const SIGNS: Readonly<Record<Direction, bigint>> = { LONG: 1n, SHORT: -1n };

/** 1 for a long, which gains when the price rises, and -1 for a short. */
export function signOf(direction: Direction): bigint {
  return SIGNS[direction];
}

/** The price at which a position of this direction opens. */
export function entryPriceOf(direction: Direction, quote: Quote): bigint {
  return direction === "LONG" ? quote.ask : quote.bid;
}

/** The price at which a position of this direction closes; its triggers follow this price. */
export function closePriceOf(direction: Direction, quote: Quote): bigint {
  return direction === "LONG" ? quote.bid : quote.ask;
}

/** Margin times leverage, in tenths of money's unit, so that no digit is lost. */
export function notionalOf(margin: bigint, leverage: bigint): bigint {
  return margin * leverage;
}

interface Stake {
  readonly direction: Direction;
  /** The current margin of the position. */
  readonly margin: bigint;
  readonly notional: bigint;
  readonly entryPrice: bigint;
  /** What it owes of other positions' shortfalls; its close settles it. */
  readonly owed?: bigint;
}

/** The profit of closing at a price, rounded down, without a limit on the loss. */
export function pnlOf(stake: Omit<Stake, "margin" | "owed">, exitPrice: bigint): bigint {
  const { direction, notional, entryPrice } = stake;
  return divFloor(signOf(direction) * notional * (exitPrice - entryPrice), LEVERAGE_ONE * entryPrice);
}

/** The profit of closing at a price; the loss is limited to the margin. */
export function gainAt(stake: Stake, exitPrice: bigint): bigint {
  const pnl = pnlOf(stake, exitPrice) - (stake.owed ?? 0n);
  return pnl + stake.margin < 0n ? -stake.margin : pnl;
}

/** The price at which the equity falls to the maintenance margin, rounded toward the entry; null if there is none. */
export function liquidationPriceOf(stake: Stake, maintenanceRate: bigint): bigint | null {
  const { direction, notional, entryPrice } = stake;
  const margin = stake.margin - (stake.owed ?? 0n);
  const distance = divFloor(entryPrice * lossRoomOf(margin, notional, maintenanceRate), notional * RATE_ONE);
  const price = entryPrice - signOf(direction) * distance;
  return price > 0n ? price : null;
}

/** The loss that liquidates a position, in notional / 10^6; at 0 or below, the margin covers no loss. */
export function lossRoomOf(margin: bigint, notional: bigint, maintenanceRate: bigint): bigint {
  return margin * LEVERAGE_ONE * RATE_ONE - maintenanceRate * notional;
}

/** The size, margin and entry price of an open position. */
export function stakeOf(position: Position): Stake {
  return { ...position, margin: position.remainingMargin };
}

/** The part of a position that corresponds to this part of its margin; an odd tenth of the notional stays open. */
export function partOf(position: Position, margin: bigint): Stake {
  const whole = margin === position.remainingMargin;
  const notional = whole ? position.notional : (position.notional * margin) / position.remainingMargin;
  // Its share of the debt, rounded up.
  const owed = -divFloor(-position.owed * margin, position.remainingMargin);
  return { direction: position.direction, margin, notional, entryPrice: position.entryPrice, owed };
}

/** The profit of closing a position now; null while there is no price. */
export function unrealizedOf(position: Position, quote: Quote | null): bigint | null {
  return quote === null ? null : gainAt(stakeOf(position), closePriceOf(position.direction, quote));
}

/** A profit in hundredths of a percent of its margin. */
export function returnBasisPoints(gain: bigint, margin: bigint): bigint {
  return margin === 0n ? 0n : divFloor(gain * 10_000n, margin);
}

/** `numerator / denominator` rounded down, also below zero; the denominator is above zero. */
export function divFloor(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}
