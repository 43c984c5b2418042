// The tape: the latest public trades of one instrument, newest first, each exactly once.

import type { TradeBody, TradeFrame } from "../wire";

export interface Trade {
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  readonly timeMs: number;
  /** The side of the taker; it gives the trade its direction. */
  readonly takerSide: "buy" | "sell";
}

export function tradeOfBody(body: TradeBody): Trade {
  return {
    id: body.id,
    price: body.price,
    quantity: body.quantity,
    timeMs: body.timestamp,
    takerSide: body.isBuyerMaker ? "sell" : "buy",
  };
}

export function tradeOfFrame(frame: TradeFrame): Trade {
  return {
    id: frame.t,
    price: frame.p,
    quantity: frame.q,
    timeMs: Math.floor(frame.T / 1_000),
    takerSide: frame.m ? "sell" : "buy",
  };
}

/** Merge both lists into a tape of at most `length` trades. A trade in both lists appears once. */
export function mergeTrades(
  tape: readonly Trade[],
  incoming: readonly Trade[],
  length: number,
): readonly Trade[] {
  if (incoming.length === 0) return tape;
  const byId = new Map<number, Trade>();
  for (const trade of incoming) byId.set(trade.id, trade);
  for (const trade of tape) byId.set(trade.id, trade);
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, length);
}
