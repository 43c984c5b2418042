// Figures in the terminal's format.

import { formatDecimal, formatPercent } from "../../model/decimal";
import type { Instrument } from "../../model/instrument";
import type { Ticker, TickerPrices } from "../../model/ticker";

const DASH = "\u2013";

/** One of a ticker's prices as text: undefined while it loads, a dash if there is none. */
export function tickerPrice(
  ticker: Ticker | undefined,
  which: keyof TickerPrices,
  instrument: Instrument,
): string | undefined {
  if (ticker === undefined) return undefined;
  return ticker.prices === null ? DASH : formatDecimal(ticker.prices[which], instrument.priceScale);
}

/** The color of a move: that of buyers for a rise, that of sellers for a fall. */
export function moveColor(sign: bigint | number | null): string {
  if (sign === null || sign === 0 || sign === 0n) return "text-muted";
  return sign > 0 ? "text-buy" : "text-sell";
}

/** A move in percent; its sign carries the same information as its color. */
export function Change({ basisPoints }: { basisPoints: bigint | null | undefined }) {
  if (basisPoints === undefined || basisPoints === null) return <span className="text-muted">{DASH}</span>;
  return <span className={moveColor(basisPoints)}>{formatPercent(basisPoints)}</span>;
}

/** A figure, or a block of its size while it loads. */
export function Figure({ text, width = "5rem" }: { text: string | undefined; width?: string }) {
  if (text === undefined) {
    return <span aria-hidden="true" className="skeleton inline-block h-[0.8em]" style={{ width }} />;
  }
  return <>{text}</>;
}

/** The asset's letters in a box: a mark that is easy to find again, without the use of a logo. */
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
