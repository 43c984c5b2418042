// Live candles, the figures of one of them, and a message while there are none.

import { useState } from "react";
import type { Candle, Interval } from "../../../model/candle";
import { changeBasisPoints, formatCompact, formatDecimal } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { useCandles } from "../../feed-context";
import { Change } from "../../widgets/figures";
import { Message } from "../../widgets/message";
import { CandleCanvas } from "./candle-canvas";
import type { OwnLine, OwnMark } from "./price-chart";

const NO_CANDLES: readonly Candle[] = [];

interface LiveCandlesProps {
  readonly instrument: Instrument;
  readonly interval: Interval;
  readonly lines: readonly OwnLine[];
  readonly marks: readonly OwnMark[];
  /** The reason why there are no candles. */
  readonly empty: string;
}

export function LiveCandles({ instrument, interval, lines, marks, empty }: LiveCandlesProps) {
  const [pointedMs, setPointedMs] = useState<number | null>(null);
  const history = useCandles(instrument, interval);
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
      {history.state === "loading" || history.state === "idle" ? <LoadingCandles /> : null}
      {history.state === "error" ? (
        <div className="absolute inset-0 z-10">
          <Message title="The candles could not be loaded" detail={`${history.message} Trying again.`} />
        </div>
      ) : null}
      {history.state === "value" && candles.length === 0 ? (
        <div className="absolute inset-0 z-10">
          <Message title="No candles yet" detail={empty} />
        </div>
      ) : null}
    </>
  );
}

export function LoadingCandles() {
  return (
    <p role="status" className="pulse absolute inset-0 z-10 grid place-items-center text-sm text-muted">
      Loading candles
    </p>
  );
}

/** The figures of one candle: the one under the pointer, otherwise the latest. */
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
