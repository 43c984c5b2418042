// Puts the chart into the page. The chart library is a separate file, loaded with the first chart.

import { useEffect, useRef, useState } from "react";
import { type Candle, INTERVALS, type Interval } from "../../../model/candle";
import type { Instrument } from "../../../model/instrument";
import { useFeed } from "../../feed-context";
import { readPalette } from "../../theme/palette";
import { useTheme } from "../../theme/theme";
import type { OwnLine, OwnMark, PriceChart } from "./price-chart";

interface CandleCanvasProps {
  readonly instrument: Instrument;
  readonly interval: Interval;
  readonly candles: readonly Candle[];
  readonly lines: readonly OwnLine[];
  readonly marks: readonly OwnMark[];
  readonly onPoint: (openMs: number | null) => void;
}

export function CandleCanvas({ instrument, interval, candles, lines, marks, onPoint }: CandleCanvasProps) {
  const feed = useFeed();
  const theme = useTheme((state) => state.theme);
  const element = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<PriceChart | null>(null);
  const shownInterval = useRef(interval);

  useEffect(() => {
    let made: PriceChart | null = null;
    let wanted = true;
    const make = async () => {
      const [{ PriceChart }] = await Promise.all([import("./price-chart"), document.fonts.ready]);
      if (!wanted || element.current === null) return;
      made = new PriceChart(element.current, instrument, readPalette(), {
        onPoint,
        onEarlier: () => feed.loadEarlier(instrument.symbol, shownInterval.current),
      });
      setChart(made);
    };
    void make();
    return () => {
      wanted = false;
      made?.remove();
      setChart(null);
    };
  }, [feed, instrument, onPoint]);

  useEffect(() => {
    shownInterval.current = interval;
    chart?.restart({ seconds: INTERVALS[interval] < 60_000 });
  }, [chart, interval]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read through the style sheet.
  useEffect(() => chart?.setPalette(readPalette()), [chart, theme]);

  useEffect(() => chart?.setCandles(candles), [chart, candles]);

  useEffect(() => chart?.setOwn(lines, marks), [chart, lines, marks]);

  return <div ref={element} className="absolute inset-0" />;
}
