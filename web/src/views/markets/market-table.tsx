// The instruments with their last 24 hours, sortable. On a narrow screen the table keeps its most important columns.

import { useState } from "react";
import { parseDecimal, rescale } from "../../model/decimal";
import type { Instrument } from "../../model/instrument";
import { known } from "../../model/remote";
import { type Ticker, tickerChange } from "../../model/ticker";
import { useTerminal } from "../feed-context";
import { Message } from "../widgets/message";
import { LoadingRow, MarketRow } from "./market-row";

type Column = "name" | "change" | "volume";

interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

interface MarketTableProps {
  /** Undefined while they load. */
  readonly instruments: readonly Instrument[] | undefined;
  readonly empty: string;
}

export function MarketTable({ instruments, empty }: MarketTableProps) {
  const [order, setOrder] = useState<Order>({ column: "volume", descending: true });
  const tickers = useTerminal((state) => known(state.tickers)) ?? {};
  const sortBy = (column: Column) =>
    setOrder((before) => ({
      column,
      descending: before.column === column ? !before.descending : column !== "name",
    }));
  const heading = { order, sortBy };

  if (instruments?.length === 0) return <Message title={empty} />;
  return (
    <table className="w-full border-collapse text-right">
      <caption className="sr-only">All markets with their last price and the last 24 hours</caption>
      <thead className="text-xs text-muted">
        <tr className="h-9 border-b border-line">
          <SortHeading {...heading} column="name" className="pl-3 text-left sm:pl-5">
            Market
          </SortHeading>
          <th scope="col" className="font-medium">
            Last price
          </th>
          <SortHeading {...heading} column="change" className="pr-3 pl-3 sm:pr-0">
            24 h change
          </SortHeading>
          <th scope="col" className="hidden font-medium md:table-cell">
            24 h high
          </th>
          <th scope="col" className="hidden font-medium md:table-cell">
            24 h low
          </th>
          <SortHeading {...heading} column="volume" className="hidden pl-3 lg:table-cell">
            24 h volume
          </SortHeading>
          <th scope="col" className="hidden w-48 pr-5 font-medium sm:table-cell xl:w-72">
            Last day
          </th>
        </tr>
      </thead>
      <tbody>
        {instruments === undefined
          ? [0, 1, 2].map((row) => <LoadingRow key={row} />)
          : sorted(instruments, tickers, order).map((instrument) => (
              <MarketRow key={instrument.symbol} instrument={instrument} />
            ))}
      </tbody>
    </table>
  );
}

interface SortHeadingProps {
  readonly column: Column;
  readonly order: Order;
  readonly sortBy: (column: Column) => void;
  readonly className: string;
  readonly children: string;
}

function SortHeading({ column, order, sortBy, className, children }: SortHeadingProps) {
  const active = order.column === column;
  const arrow = order.descending ? "\u2193" : "\u2191";
  return (
    <th
      scope="col"
      aria-sort={active ? (order.descending ? "descending" : "ascending") : "none"}
      className={`font-medium ${className}`}
    >
      <button type="button" onClick={() => sortBy(column)} className="relative font-medium hover:text-text">
        {children}
        {active ? (
          <span
            aria-hidden="true"
            className={`absolute px-1 ${column === "name" ? "left-full" : "right-full"}`}
          >
            {arrow}
          </span>
        ) : null}
      </button>
    </th>
  );
}

const SORT_SCALE = 9;

function sorted(
  instruments: readonly Instrument[],
  tickers: Readonly<Record<string, Ticker>>,
  { column, descending }: Order,
): readonly Instrument[] {
  const weight = ({ symbol }: Instrument): bigint | null => {
    const ticker = tickers[symbol];
    if (ticker === undefined) return null;
    return column === "change" ? tickerChange(ticker) : rescale(parseDecimal(ticker.quoteVolume), SORT_SCALE);
  };
  const ascending = (a: Instrument, b: Instrument): number => {
    const byName = a.symbol.localeCompare(b.symbol);
    if (column === "name") return byName;
    const [x, y] = [weight(a) ?? 0n, weight(b) ?? 0n];
    return x < y ? -1 : x > y ? 1 : -byName;
  };
  return [...instruments].sort((a, b) => (descending ? -ascending(a, b) : ascending(a, b)));
}
