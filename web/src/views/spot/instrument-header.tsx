// The instrument's summary line: its name, its last price, and its last 24 hours.

import { useRef } from "react";
import { formatCompact, formatDecimal } from "../../model/decimal";
import type { Instrument } from "../../model/instrument";
import { direction, type Ticker, tickerChange } from "../../model/ticker";
import { useTerminal, useTicker } from "../feed-context";
import { Change, Figure, moveColor, tickerPrice } from "../widgets/figures";
import { MarketSwitcher } from "./market-switcher";

interface InstrumentHeaderProps {
  readonly instrument: Instrument;
  readonly instruments: readonly Instrument[];
}

export function InstrumentHeader({ instrument, instruments }: InstrumentHeaderProps) {
  const ticker = useTicker(instrument.symbol);
  const mark = useTerminal((state) => state.marks[instrument.symbol]);
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-6 gap-y-1 border-b border-line bg-panel px-2 py-2 sm:px-3">
      <h1 className="sr-only">{instrument.name}</h1>
      <MarketSwitcher instrument={instrument} instruments={instruments} />
      <div className="min-w-28 max-md:ml-auto max-md:pr-1 max-md:text-right">
        <LastPrice instrument={instrument} ticker={ticker} />
        <p className="text-xs font-medium">
          {ticker === undefined ? (
            <Figure text={undefined} width="3rem" />
          ) : (
            <Change basisPoints={tickerChange(ticker)} />
          )}
          <span className="sr-only"> in 24 hours</span>
        </p>
      </div>
      <dl className="grid grid-cols-3 gap-x-6 gap-y-1 max-md:w-full max-md:px-1 max-md:pt-1 md:flex md:gap-x-8">
        <Stat
          name="Mark"
          className="max-md:hidden"
          text={mark === undefined ? "\u2013" : formatDecimal(mark, instrument.priceScale)}
        />
        <Stat name="24 h high" text={tickerPrice(ticker, "high", instrument)} />
        <Stat name="24 h low" text={tickerPrice(ticker, "low", instrument)} />
        <Stat
          name={`24 h volume, ${instrument.base}`}
          className="max-lg:hidden"
          text={ticker && formatCompact(ticker.volume)}
        />
        <Stat name={`24 h volume, ${instrument.quote}`} text={ticker && formatCompact(ticker.quoteVolume)} />
        <Stat name="24 h trades" className="max-xl:hidden" text={ticker?.trades.toLocaleString("en-US")} />
      </dl>
      {instrument.open ? null : (
        <p className="rounded bg-warn-fill px-2 py-1 text-xs font-semibold text-warn-ink">
          Order book: {instrument.bookState}
        </p>
      )}
    </div>
  );
}

/** Has the color of its latest move until the next one. */
function LastPrice({ instrument, ticker }: { instrument: Instrument; ticker: Ticker | undefined }) {
  const last = ticker?.prices?.last;
  const before = useRef(last);
  const move = useRef<-1 | 0 | 1>(0);
  if (last !== undefined && before.current !== undefined && last !== before.current) {
    move.current = direction(before.current, last) || move.current;
  }
  before.current = last;
  return (
    <p className={`text-lg leading-6 font-semibold ${move.current === 0 ? "" : moveColor(move.current)}`}>
      <Figure text={tickerPrice(ticker, "last", instrument)} width="6rem" />
    </p>
  );
}

function Stat({
  name,
  text,
  className = "",
}: {
  name: string;
  text: string | undefined;
  className?: string;
}) {
  return (
    <div className={`min-w-20 ${className}`}>
      <dt className="text-xs whitespace-nowrap text-muted">{name}</dt>
      <dd className="text-sm font-medium whitespace-nowrap">
        <Figure text={text} width="4rem" />
      </dd>
    </div>
  );
}
