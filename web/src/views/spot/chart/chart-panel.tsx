// The chart with its interval, and the candle's figures above it.

import { useRef, useState } from "react";
import { type Candle, type Interval, isInterval } from "../../../model/candle";
import { changeBasisPoints, formatCompact, formatDecimal } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { known } from "../../../model/remote";
import { useCandles } from "../../feed-context";
import { useRecentCloses } from "../../queries";
import { Change } from "../../widgets/figures";
import { Message } from "../../widgets/message";
import { useOwnOnChart } from "../own";
import { CandleCanvas } from "./candle-canvas";
import { IntervalChoice } from "./interval-choice";

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
        {interval === null ? <Loading /> : <Candles instrument={instrument} interval={interval} />}
      </div>
    </section>
  );
}

function Candles({ instrument, interval }: { instrument: Instrument; interval: Interval }) {
  const [pointedMs, setPointedMs] = useState<number | null>(null);
  const history = useCandles(instrument, interval);
  const { lines, marks } = useOwnOnChart(instrument);
  const candles = history.state === "value" ? history.value.candles : NO_CANDLES;
  const pointed = pointedMs === null ? undefined : candles.find(({ openMs }) => openMs === pointedMs);
  return (
    <>
      <CandleCanvas
        instrument={instrument}
        interval={interval}
        candles={candles}
        lines={lines}
        marks={marks}
        onPoint={setPointedMs}
      />
      <Legend instrument={instrument} candle={pointed ?? candles.at(-1)} />
      {history.state === "loading" || history.state === "idle" ? <Loading /> : null}
      {history.state === "error" ? (
        <div className="absolute inset-0 z-10">
          <Message title="The candles could not be loaded" detail={`${history.message} Trying again.`} />
        </div>
      ) : null}
      {history.state === "value" && candles.length === 0 ? (
        <div className="absolute inset-0 z-10">
          <Message
            title="No candles yet"
            detail={`Nothing has traded that a candle of ${interval} could show.`}
          />
        </div>
      ) : null}
    </>
  );
}

function Loading() {
  return (
    <p role="status" className="pulse absolute inset-0 z-10 grid place-items-center text-sm text-muted">
      Loading candles
    </p>
  );
}

const NO_CANDLES: readonly Candle[] = [];

/** The figures of one candle: the one under the pointer, else the latest. */
function Legend({ instrument, candle }: { instrument: Instrument; candle: Candle | undefined }) {
  if (candle === undefined) return null;
  const price = (text: string) => formatDecimal(text, instrument.priceScale);
  const figures = [
    ["O", price(candle.open)],
    ["H", price(candle.high)],
    ["L", price(candle.low)],
    ["C", price(candle.close)],
    ["V", formatCompact(candle.volume)],
  ] as const;
  return (
    <p className="pointer-events-none absolute top-2 right-18 left-3 z-10 flex flex-wrap gap-x-3 text-xs">
      {figures.map(([name, figure]) => (
        <span key={name}>
          <span className="text-muted">{name}</span> {figure}
        </span>
      ))}
      <Change basisPoints={changeBasisPoints(candle.open, candle.close)} />
    </p>
  );
}

/**
 * The interval a person chose, here or on an earlier visit; until they do, a minute, or a second on a venue that has hardly begun.
 * Null while that is being found out.
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
    // Storage is switched off: the choice lasts as long as the page.
  }
}
