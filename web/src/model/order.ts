// Somebody's own orders, the same from REST and from the stream. Prices and quantities stay text until they are reckoned with.

import type { OrderBody, OrderFrame } from "../wire";
import { parseDecimal } from "./decimal";
import { parseVenueTime } from "./time";

export type Side = "buy" | "sell";

export interface Order {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly kind: "limit" | "market";
  /** Null for a market order. */
  readonly price: string | null;
  /** All of it, filled or not; null while it waits for its trigger. */
  readonly quantity: string | null;
  readonly filled: string;
  /** The price it waits for; null for one that doesn't, or no longer. */
  readonly trigger: { readonly price: string; readonly quantity: string } | null;
  readonly postOnly: boolean;
  readonly status: string;
  readonly timeMs: number;
}

const ENDED: ReadonlySet<string> = new Set(["Filled", "Cancelled", "Expired", "TriggerFailed"]);
/** By the word of the stream, which is that of a request in capitals. */
const KINDS: Record<OrderFrame["o"], Order["kind"]> = { LIMIT: "limit", MARKET: "market" };
const WAITING = "TriggerPending";

export function orderOfBody(body: OrderBody): Order {
  return {
    id: body.id,
    symbol: body.symbol,
    side: sideOf(body.side),
    kind: KINDS[body.orderType.toUpperCase() as OrderFrame["o"]],
    price: "price" in body ? (body.price ?? null) : null,
    quantity: body.quantity ?? null,
    filled: body.executedQuantity,
    trigger: triggerOf(body.status, body.triggerPrice ?? undefined, body.triggerQuantity ?? undefined),
    postOnly: "postOnly" in body && body.postOnly,
    status: body.status,
    timeMs: typeof body.createdAt === "number" ? body.createdAt : parseVenueTime(body.createdAt),
  };
}

/** The order as a frame of the stream states it. `before` keeps when it was placed, which a frame doesn't tell. */
export function orderOfFrame(frame: OrderFrame, before: Order | undefined): Order {
  const waiting = frame.X === WAITING;
  return {
    id: frame.i,
    symbol: frame.s,
    side: sideOf(frame.S),
    kind: KINDS[frame.o],
    price: frame.p ?? null,
    quantity: waiting ? null : frame.q,
    filled: frame.z,
    trigger: triggerOf(frame.X, frame.P, frame.Y),
    postOnly: frame.y ?? false,
    status: frame.X,
    timeMs: before?.timeMs ?? Math.floor(frame.T / 1_000),
  };
}

/** The open orders after one of them is stated; one that has ended leaves. */
export function withOrder(orders: readonly Order[], order: Order): readonly Order[] {
  const others = orders.filter(({ id }) => id !== order.id);
  if (ENDED.has(order.status)) return others.length === orders.length ? orders : others;
  return [...others, order].sort(newestFirst);
}

export function sideOf(wire: string): Side {
  return wire === "Bid" ? "buy" : "sell";
}

/** How much of it is filled, in hundredths for a hundred percent. */
export function filledPercent(order: Pick<Order, "quantity" | "filled">): number {
  if (order.quantity === null) return 0;
  const whole = parseDecimal(order.quantity);
  const part = parseDecimal(order.filled);
  if (whole.units === 0n) return 0;
  const scale = BigInt(10) ** BigInt(whole.scale);
  const filled = BigInt(10) ** BigInt(part.scale);
  return Number((part.units * scale * 100n) / (whole.units * filled));
}

export function newestFirst(a: Order, b: Order): number {
  return b.timeMs - a.timeMs || (BigInt(b.id) > BigInt(a.id) ? 1 : -1);
}

function triggerOf(status: string, price: string | undefined, quantity: string | undefined) {
  return status === WAITING && price !== undefined && quantity !== undefined ? { price, quantity } : null;
}
