// One market of the table. The whole row opens its trading page; keyboards and screen readers use the link in it.

import { Link } from "wouter";
import { formatCompact, toDrawable } from "../../model/decimal";
import type { Instrument } from "../../model/instrument";
import { known } from "../../model/remote";
import { tickerChange } from "../../model/ticker";
import { useTicker } from "../feed-context";
import { useRecentCloses } from "../queries";
import { AssetMark, Change, Figure, tickerPrice } from "../widgets/figures";
import { Sparkline } from "./sparkline";

export function MarketRow({ instrument }: { instrument: Instrument }) {
  const ticker = useTicker(instrument.symbol);
  const change = ticker === undefined ? undefined : tickerChange(ticker);
  return (
    <tr className="relative h-16 border-b border-line last:border-b-0 hover:bg-raised">
      <th scope="row" className="pl-3 text-left font-normal sm:pl-5">
        <span className="flex items-center gap-3">
          <AssetMark asset={instrument.base} />
          <span>
            <Link
              href={`/spot/${instrument.symbol}`}
              className="font-semibold after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
            >
              {instrument.base}
              <span className="font-normal text-muted">/{instrument.quote}</span>
            </Link>
            <span className="block text-xs text-muted">
              {instrument.open ? "Spot" : bookState(instrument)}
            </span>
          </span>
        </span>
      </th>
      <td className="text-base font-medium">
        <Figure text={tickerPrice(ticker, "last", instrument)} />
      </td>
      <td className="pr-3 pl-3 sm:pr-0">
        {ticker === undefined ? <Figure text={undefined} width="3.5rem" /> : <Change basisPoints={change} />}
      </td>
      <td className="hidden md:table-cell">
        <Figure text={tickerPrice(ticker, "high", instrument)} />
      </td>
      <td className="hidden md:table-cell">
        <Figure text={tickerPrice(ticker, "low", instrument)} />
      </td>
      <td className="hidden pl-3 lg:table-cell">
        <Figure text={ticker && formatCompact(ticker.quoteVolume)} />{" "}
        <span className="text-muted">{instrument.quote}</span>
      </td>
      <td className="hidden w-48 py-2 pr-5 pl-8 sm:table-cell xl:w-72">
        <DayLine symbol={instrument.symbol} last={ticker?.prices?.last} change={change} />
      </td>
    </tr>
  );
}

/** The placeholder of a row while its instrument loads. */
export function LoadingRow() {
  return (
    <tr className="h-16 border-b border-line last:border-b-0">
      <th scope="row" className="pl-3 text-left sm:pl-5">
        <span className="flex items-center gap-3">
          <span className="skeleton size-9" />
          <span className="skeleton h-3 w-20" />
          <span className="sr-only">Loading</span>
        </span>
      </th>
      <td colSpan={6} className="pr-5">
        <span className="skeleton inline-block h-3 w-2/3" />
      </td>
    </tr>
  );
}

function DayLine({
  symbol,
  last,
  change,
}: {
  symbol: string;
  last: string | undefined;
  change: bigint | null | undefined;
}) {
  const closes = known(useRecentCloses(symbol))?.closes;
  if (closes === undefined) return null;
  const values = last === undefined ? closes : [...closes, toDrawable(last)];
  return <Sparkline values={values} rising={(change ?? 0n) >= 0n} />;
}

const BOOK_STATES: Readonly<Record<string, string>> = {
  Closed: "Closed",
  CancelOnly: "Cancels only",
  LimitOnly: "Limit orders only",
  PostOnly: "Post-only orders",
};

function bookState(instrument: Instrument): string {
  return BOOK_STATES[instrument.bookState] ?? instrument.bookState;
}
