// Figures as the terminal writes them.

import { formatDecimal, formatPercent } from "../../model/decimal";
import type { Instrument } from "../../model/instrument";
import type { Ticker, TickerPrices } from "../../model/ticker";

const DASH = "\u2013";

/** One of a ticker's prices in text: undefined while it is on its way, a dash when there is none. */
export function tickerPrice(
  ticker: Ticker | undefined,
  which: keyof TickerPrices,
  instrument: Instrument,
): string | undefined {
  if (ticker === undefined) return undefined;
  return ticker.prices === null ? DASH : formatDecimal(ticker.prices[which], instrument.priceScale);
}

/** The colour of a move: buyers' when up, sellers' when down. */
export function moveColour(sign: bigint | number | null): string {
  if (sign === null || sign === 0 || sign === 0n) return "text-muted";
  return sign > 0 ? "text-buy" : "text-sell";
}

/** A move in percent; its sign says in text what its colour says. */
export function Change({ basisPoints }: { basisPoints: bigint | null | undefined }) {
  if (basisPoints === undefined || basisPoints === null) return <span className="text-muted">{DASH}</span>;
  return <span className={moveColour(basisPoints)}>{formatPercent(basisPoints)}</span>;
}

/** A figure, or a block of its size while it is on its way. */
export function Figure({ text, width = "5rem" }: { text: string | undefined; width?: string }) {
  if (text === undefined) {
    return <span aria-hidden="true" className="skeleton inline-block h-[0.8em]" style={{ width }} />;
  }
  return <>{text}</>;
}

/** The asset's letters in a box: a mark one finds again at a glance, without borrowing anybody's logo. */
export function AssetMark({ asset }: { asset: string }) {
  return (
    <span
      aria-hidden="true"
      className="grid size-9 shrink-0 place-items-center rounded-md border border-line bg-raised text-xs font-bold tracking-tight"
    >
      {asset.slice(0, 4)}
    </span>
  );
}
