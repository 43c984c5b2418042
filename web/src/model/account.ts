// The balances and open orders of the account, from a REST snapshot and the frames of the stream.
//
// The two come from different processes, and either may be slightly ahead. The account therefore keeps the most recent frames
// and applies them again to every snapshot. A frame states a result, so if the snapshot was newer, a newer frame is in flight.

import type { BalanceFrame, CapitalBody, OrderBody, OrderFrame } from "../wire";
import { parseDecimal } from "./decimal";
import { newestFirst, type Order, orderOfBody, orderOfFrame, withOrder } from "./order";

export interface Balance {
  readonly free: string;
  readonly locked: string;
}

export type Balances = Readonly<Record<string, Balance>>;

export interface AccountView {
  readonly balances: Balances;
  /** Newest first. */
  readonly orders: readonly Order[];
}

export type AccountFrame = OrderFrame | BalanceFrame;

export function accountOf(orders: readonly OrderBody[], capital: CapitalBody): AccountView {
  return {
    balances: Object.fromEntries(
      Object.entries(capital).map(([asset, { available, locked }]) => [asset, { free: available, locked }]),
    ),
    orders: orders.map(orderOfBody).sort(newestFirst),
  };
}

export function withFrame(view: AccountView, frame: AccountFrame): AccountView {
  if (frame.e === "balanceUpdate") {
    return { ...view, balances: { ...view.balances, [frame.a]: { free: frame.A, locked: frame.L } } };
  }
  const before = view.orders.find(({ id }) => id === frame.i);
  return { ...view, orders: withOrder(view.orders, orderOfFrame(frame, before)) };
}

/** The sum of free and locked, as text. */
export function totalOf({ free, locked }: Balance): string {
  const a = parseDecimal(free);
  const b = parseDecimal(locked);
  const scale = Math.max(a.scale, b.scale);
  const units = a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale);
  const digits = units.toString().padStart(scale + 1, "0");
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
