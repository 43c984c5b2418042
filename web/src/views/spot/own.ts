// The user's orders and fills on this market, for the chart, the book and the tables.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { formatDecimal, parseUnits } from "../../model/decimal";
import type { Instrument } from "../../model/instrument";
import { type Order, sideOf } from "../../model/order";
import { IDLE, known, type Remote } from "../../model/remote";
import { parseVenueTime } from "../../model/time";
import type { TerminalState } from "../../store/terminal";
import type { FillBody, PastOrderBody } from "../../wire";
import { useAccount, useTerminal } from "../feed-context";
import { remoteOf } from "../queries";
import { useAccountApi, useUser } from "../session";
import type { OwnLine, OwnMark } from "./chart/price-chart";

const NO_ORDERS: readonly Order[] = [];
/** The delay of a history request after a change, so that a burst of fills costs one request. */
const HISTORY_AFTER_MS = 300;

/** The user's open orders of one market, newest first. */
export function useOpenOrders(symbol: string): Remote<readonly Order[]> {
  const account = useAccount();
  return useMemo(
    () =>
      account.state === "value"
        ? { state: "value", value: account.value.orders.filter((order) => order.symbol === symbol) }
        : account,
    [account, symbol],
  );
}

export function usePastOrders(symbol: string): Remote<readonly PastOrderBody[]> {
  const api = useAccountApi();
  const user = useUser();
  const query = useQuery({
    queryKey: ["own", "orders", user?.accountId, symbol],
    queryFn: () => api.pastOrders(symbol),
    enabled: user !== undefined,
  });
  return user === undefined ? IDLE : remoteOf(query);
}

export function useFills(symbol: string): Remote<readonly FillBody[]> {
  const api = useAccountApi();
  const user = useUser();
  const query = useQuery({
    queryKey: ["own", "fills", user?.accountId, symbol],
    queryFn: () => api.fills(symbol),
    enabled: user !== undefined,
  });
  return user === undefined ? IDLE : remoteOf(query);
}

/** Reload the history when an order of the user changes. */
export function useFreshHistory(): void {
  const queries = useQueryClient();
  const changes = useTerminal((state) => state.ownChanges);
  useEffect(() => {
    if (changes === 0) return;
    const timer = setTimeout(() => void queries.invalidateQueries({ queryKey: ["own"] }), HISTORY_AFTER_MS);
    return () => clearTimeout(timer);
  }, [queries, changes]);
}

export function useOwnOnChart(instrument: Instrument): {
  readonly lines: readonly OwnLine[];
  readonly marks: readonly OwnMark[];
} {
  const orders = known(useOpenOrders(instrument.symbol)) ?? NO_ORDERS;
  const fills = known(useFills(instrument.symbol));
  const lines = useMemo(
    () =>
      orders.flatMap(({ id, side, price, quantity, trigger }) => {
        const at = trigger?.price ?? price;
        if (at === null) return [];
        const title = `${trigger === null ? "" : "stop "}${side} ${trigger?.quantity ?? quantity ?? ""}`;
        return [{ id, side, price: at, title }];
      }),
    [orders],
  );
  const marks = useMemo(
    () =>
      (fills ?? []).map(({ side, timestamp }) => ({
        side: sideOf(side),
        timeMs: parseVenueTime(timestamp),
      })),
    [fills],
  );
  return { lines, marks };
}

/** The prices of the user's resting orders. */
export function ownPrices({ account }: TerminalState, { symbol, priceScale }: Instrument) {
  const orders = known(account)?.orders ?? NO_ORDERS;
  return orders.flatMap((order) =>
    order.symbol !== symbol || order.price === null || order.trigger !== null
      ? []
      : [
          {
            side: order.side === "buy" ? ("bids" as const) : ("asks" as const),
            price: parseUnits(order.price, priceScale),
          },
        ],
  );
}

/** The open quantity of an order, or the whole quantity if nothing is open. */
export function quantityOf(order: Order, { quantityScale }: Instrument): string {
  if (order.trigger !== null) return formatDecimal(order.trigger.quantity, quantityScale);
  return order.quantity === null ? "\u2013" : formatDecimal(order.quantity, quantityScale);
}
