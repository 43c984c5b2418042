// The candle chart: an interface to lightweight-charts in the terminal's terms. It converts prices to numbers for drawing; the
// figures beside the chart come from the candles' own text.

import {
  type AutoscaleInfo,
  type CandlestickData,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  createSeriesMarkers,
  type HistogramData,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineStyle,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Candle } from "../../../model/candle";
import { formatDecimal, toDrawable } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import type { Side } from "../../../model/order";
import { rangeWithLines } from "../../../model/price-range";
import { type Palette, remPixels } from "../../theme/palette";
import { LinesBeyond } from "./lines-beyond";

/** Request older candles when fewer than this many remain to the left of the visible range. */
const EARLIER_AT_BARS = 40;
/** Initial pixels per candle: the minimum; candles are wider while there are too few to fill the chart. */
const BAR_SPACING = { least: 8, most: 18 } as const;
const BARS_FREE_AT_RIGHT = 6;

/** A price of the user's, such as that of an open order, as a line; outside of the visible range, as a label at the edge. */
export interface OwnLine {
  readonly id: string;
  readonly side: Side;
  readonly price: string;
  readonly title: string;
}

/** A fill of the user's, as an arrow at its candle. */
export interface OwnMark {
  readonly side: Side;
  readonly timeMs: number;
}

export interface PriceChartEvents {
  /** The candle under the pointer, by its opening time; `null` if there is none. */
  onPoint(openMs: number | null): void;
  /** The oldest loaded candle became visible. */
  onEarlier(): void;
}

export class PriceChart {
  readonly #chart: IChartApi;
  readonly #prices: ISeriesApi<"Candlestick">;
  readonly #volumes: ISeriesApi<"Histogram">;
  #palette: Palette;
  #candles: readonly Candle[] = [];
  readonly #markers: ISeriesMarkersPluginApi<Time>;
  readonly #beyond = new LinesBeyond();
  readonly #write: (price: number) => string;
  #lines: IPriceLine[] = [];
  #own: readonly OwnLine[] = [];
  #marks: readonly OwnMark[] = [];

  constructor(element: HTMLElement, instrument: Instrument, palette: Palette, events: PriceChartEvents) {
    this.#palette = palette;
    this.#write = (price) => formatDecimal(price.toFixed(instrument.priceScale), instrument.priceScale);
    this.#chart = createChart(element, { autoSize: true, crosshair: { mode: CrosshairMode.Normal } });
    this.#prices = this.#chart.addSeries(CandlestickSeries, {
      priceFormat: {
        type: "custom",
        formatter: this.#write,
        minMove: Number(instrument.tickUnits) / 10 ** instrument.priceScale,
      },
      borderVisible: false,
      // Without this, lines are often out of view; with all lines in the range, a distant one would flatten the candles.
      autoscaleInfoProvider: (original: () => AutoscaleInfo | null) => this.#withLines(original()),
    });
    this.#prices.attachPrimitive(this.#beyond);
    this.#prices.priceScale().applyOptions({ scaleMargins: { top: 0.12, bottom: 0.24 } });
    this.#volumes = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#volumes.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.#chart.subscribeCrosshairMove(({ time }) =>
      events.onPoint(time === undefined ? null : (time as UTCTimestamp) * 1_000),
    );
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < EARLIER_AT_BARS && this.#candles.length > 0) events.onEarlier();
    });
    this.#markers = createSeriesMarkers(this.#prices, []);
    this.setPalette(palette);
  }

  /** Show open orders as lines and fills as arrows; a fill before the oldest candle is not shown. */
  setOwn(lines: readonly OwnLine[], marks: readonly OwnMark[]): void {
    this.#own = lines;
    this.#marks = marks;
    for (const line of this.#lines) this.#prices.removePriceLine(line);
    const { buy, sell } = this.#palette;
    this.#lines = lines.map(({ side, price, title }) =>
      this.#prices.createPriceLine({
        price: toDrawable(price),
        color: side === "buy" ? buy : sell,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: true,
        title,
      }),
    );
    const edges = lines.map(({ side, price, title }) => ({
      price: toDrawable(price),
      text: `${title} ${this.#write(toDrawable(price))}`,
      color: side === "buy" ? buy : sell,
    }));
    this.#beyond.show(edges, this.#palette);
    this.#placeMarks();
  }

  /** Show `candles`. If they only extend the displayed candles at the end, only the end is drawn again. */
  setCandles(candles: readonly Candle[]): void {
    const before = this.#candles;
    this.#candles = candles;
    const added = candles.length - before.length;
    const grown =
      before.length > 1 && (added === 0 || added === 1) && candles[before.length - 2] === before.at(-2);
    if (grown) {
      for (const candle of candles.slice(before.length - 1)) {
        this.#prices.update(this.#price(candle));
        this.#volumes.update(this.#volume(candle));
      }
      return;
    }
    this.#prices.setData(candles.map((candle) => this.#price(candle)));
    this.#volumes.setData(candles.map((candle) => this.#volume(candle)));
    if (before.length === 0 && candles.length > 0) this.#fit(candles.length);
    this.#placeMarks();
  }

  /** Remove the candles and return to the present; `seconds` says whether the time axis shows seconds. */
  restart({ seconds }: { seconds: boolean }): void {
    this.#candles = [];
    this.#prices.setData([]);
    this.#volumes.setData([]);
    const timeScale = this.#chart.timeScale();
    timeScale.applyOptions({
      timeVisible: true,
      secondsVisible: seconds,
      rightOffset: BARS_FREE_AT_RIGHT,
    });
    timeScale.resetTimeScale();
    this.#chart.priceScale("right").applyOptions({ autoScale: true });
  }

  setPalette(palette: Palette): void {
    this.#palette = palette;
    const { panel, muted, grid, line, raised, buy, sell, font } = palette;
    this.#chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: panel },
        textColor: muted,
        fontFamily: font,
        fontSize: remPixels() * 0.75,
      },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
      crosshair: {
        vertLine: { color: muted, labelBackgroundColor: raised },
        horzLine: { color: muted, labelBackgroundColor: raised },
      },
    });
    this.#prices.applyOptions({ upColor: buy, downColor: sell, wickUpColor: buy, wickDownColor: sell });
    this.#volumes.setData(this.#candles.map((candle) => this.#volume(candle)));
    this.setOwn(this.#own, this.#marks);
  }

  remove(): void {
    this.#chart.remove();
  }

  #withLines(info: AutoscaleInfo | null): AutoscaleInfo | null {
    if (info === null || info.priceRange === null) return info;
    const { minValue, maxValue } = info.priceRange;
    const lines = this.#own.map(({ price }) => toDrawable(price));
    const { low, high } = rangeWithLines({ low: minValue, high: maxValue }, lines);
    return { ...info, priceRange: { minValue: low, maxValue: high } };
  }

  #placeMarks(): void {
    const { buy, sell } = this.#palette;
    const first = this.#candles[0]?.openMs ?? Number.POSITIVE_INFINITY;
    const shown = this.#marks.filter(({ timeMs }) => timeMs >= first);
    this.#markers.setMarkers(
      [...shown]
        .sort((a, b) => a.timeMs - b.timeMs)
        .map(({ side, timeMs }) => ({
          time: Math.floor(timeMs / 1_000) as UTCTimestamp,
          position: side === "buy" ? ("belowBar" as const) : ("aboveBar" as const),
          shape: side === "buy" ? ("arrowUp" as const) : ("arrowDown" as const),
          color: side === "buy" ? buy : sell,
        })),
    );
  }

  #fit(bars: number): void {
    const timeScale = this.#chart.timeScale();
    const filling = timeScale.width() / (bars + 2 * BARS_FREE_AT_RIGHT);
    timeScale.applyOptions({ barSpacing: Math.min(BAR_SPACING.most, Math.max(BAR_SPACING.least, filling)) });
    timeScale.scrollToRealTime();
  }

  #price(candle: Candle): CandlestickData<Time> {
    return {
      time: time(candle),
      open: toDrawable(candle.open),
      high: toDrawable(candle.high),
      low: toDrawable(candle.low),
      close: toDrawable(candle.close),
    };
  }

  #volume(candle: Candle): HistogramData<Time> {
    const rising = toDrawable(candle.close) >= toDrawable(candle.open);
    return {
      time: time(candle),
      value: toDrawable(candle.volume),
      color: rising ? this.#palette.buyBar : this.#palette.sellBar,
    };
  }
}

function time(candle: Candle): UTCTimestamp {
  return Math.floor(candle.openMs / 1_000) as UTCTimestamp;
}
