// The chart of the trading page, with its interval and the user's orders and fills.

import { useRef, useState } from "react";
import { type Interval, isInterval } from "../../../model/candle";
import type { Instrument } from "../../../model/instrument";
import { known } from "../../../model/remote";
import { useRecentCloses } from "../../queries";
import { useOwnOnChart } from "../own";
import { IntervalChoice } from "./interval-choice";
import { LiveCandles, LoadingCandles } from "./live-candles";

const INTERVAL_KEY = "outcry.interval";

interface ChartPanelProps {
  readonly instrument: Instrument;
  readonly className: string;
}

export function ChartPanel({ instrument, className }: ChartPanelProps) {
  const [interval, choose] = useInterval(instrument.symbol);
  return (
    <section aria-label="Price chart" className={`flex min-h-0 min-w-0 flex-col bg-panel ${className}`}>
      <header className="flex h-10 shrink-0 items-center justify-between gap-3 border-b border-line px-1.5 sm:px-3">
        <h2 className="sr-only">Price chart</h2>
        <IntervalChoice interval={interval} choose={choose} />
        <span className="text-xs text-muted max-sm:hidden">UTC</span>
      </header>
      <div className="relative min-h-0 flex-1">
        {interval === null ? <LoadingCandles /> : <OwnCandles instrument={instrument} interval={interval} />}
      </div>
    </section>
  );
}

function OwnCandles({ instrument, interval }: { instrument: Instrument; interval: Interval }) {
  const { lines, marks } = useOwnOnChart(instrument);
  return (
    <LiveCandles
      instrument={instrument}
      interval={interval}
      lines={lines}
      marks={marks}
      empty={`No trades yet for a candle of ${interval}.`}
    />
  );
}

/**
 * The interval that the user chose, now or on an earlier visit. The default is a minute, or a second on a new venue. Null while
 * the default is unknown.
 */
function useInterval(symbol: string): [Interval | null, (interval: Interval) => void] {
  const [chosen, setChosen] = useState(rememberedInterval);
  const recent = useRecentCloses(symbol);
  const fitting = useRef<Interval | null>(null);
  if (fitting.current === null && recent.state !== "loading") {
    fitting.current = known(recent)?.interval === "1s" ? "1s" : "1m";
  }
  const choose = (interval: Interval) => {
    rememberInterval(interval);
    setChosen(interval);
  };
  return [chosen ?? fitting.current, choose];
}

function rememberedInterval(): Interval | null {
  try {
    const interval = localStorage.getItem(INTERVAL_KEY);
    return isInterval(interval) ? interval : null;
  } catch {
    return null; // Storage is switched off.
  }
}

function rememberInterval(interval: Interval): void {
  try {
    localStorage.setItem(INTERVAL_KEY, interval);
  } catch {
    // Storage is switched off: the choice lasts until the page is closed.
  }
}
