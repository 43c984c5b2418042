// The chart with its interval, and the candle's figures above it.

import { useState } from "react";
import { type Candle, type INTERVALS, type Interval, isInterval } from "../../../model/candle";
import { changeBasisPoints, formatCompact, formatDecimal } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { useCandles } from "../../feed-context";
import { Change } from "../../widgets/figures";
import { Message } from "../../widgets/message";
import { CandleCanvas } from "./candle-canvas";
import { IntervalChoice } from "./interval-choice";

const INTERVAL_KEY = "outcry.interval";

export function ChartPanel({ instrument, className }: { instrument: Instrument; className: string }) {
  const [interval, setInterval] = useState<Interval>(rememberedInterval);
  const [pointedMs, setPointedMs] = useState<number | null>(null);
  const history = useCandles(instrument, interval);
  const candles = history.state === "value" ? history.value.candles : NO_CANDLES;
  const pointed = pointedMs === null ? undefined : candles.find(({ openMs }) => openMs === pointedMs);
  const choose = (next: Interval) => {
    rememberInterval(next);
    setInterval(next);
  };
  return (
    <section aria-label="Price chart" className={`flex min-h-0 min-w-0 flex-col bg-panel ${className}`}>
      <header className="flex h-10 shrink-0 items-center justify-between gap-3 border-b border-line px-1.5 sm:px-3">
        <h2 className="sr-only">Price chart</h2>
        <IntervalChoice interval={interval} choose={choose} />
        <span className="text-xs text-muted max-sm:hidden">UTC</span>
      </header>
      <div className="relative min-h-0 flex-1">
        <CandleCanvas instrument={instrument} interval={interval} candles={candles} onPoint={setPointedMs} />
        <Legend instrument={instrument} candle={pointed ?? candles.at(-1)} />
        {history.state === "loading" || history.state === "idle" ? (
          <p role="status" className="pulse absolute inset-0 z-10 grid place-items-center text-sm text-muted">
            Loading candles
          </p>
        ) : null}
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
      </div>
    </section>
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

function rememberedInterval(): Interval {
  try {
    const interval = localStorage.getItem(INTERVAL_KEY);
    return isInterval(interval) ? interval : "1m";
  } catch {
    return "1m"; // Storage is switched off.
  }
}

function rememberInterval(interval: Interval): void {
  try {
    localStorage.setItem(INTERVAL_KEY, interval satisfies keyof typeof INTERVALS);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
