// The canvas of the order book. It follows the store outside of React and draws at most once a frame, so that hundreds of diffs
// a second cause no renders.

import { type MouseEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { formatUnits } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { averagePrice, type Rung, rungs } from "../../../model/ladder";
import { known } from "../../../model/remote";
import { quantityText } from "../../../model/ticket-share";
import { useFeed } from "../../feed-context";
import { readPalette, remPixels } from "../../theme/palette";
import { useTheme } from "../../theme/theme";
import { ownPrices } from "../own";
import { bookLayout, paintBook, type RungPlace, rungAt } from "./painter";

interface BookCanvasProps {
  readonly instrument: Instrument;
  readonly step: bigint;
  /** The user clicked a price. */
  readonly onPick: (price: string) => void;
}

/** The rung under the pointer; a box shows the cost of taking everything up to it. */
interface Reach {
  readonly rung: Rung;
  readonly place: RungPlace;
  readonly y: number;
}

export function BookCanvas({ instrument, step, onPick }: BookCanvasProps) {
  const { store } = useFeed();
  const theme = useTheme((state) => state.theme);
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useRef<number | null>(null);
  const redraw = useRef<() => void>(() => undefined);
  const [reach, setReach] = useState<Reach | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read through the style sheet.
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d", { alpha: false });
    if (!element || !context) return;
    const palette = readPalette();
    let frame = 0;

    const draw = () => {
      frame = 0;
      const view = known(store.getState().books[instrument.symbol]);
      const { clientWidth: width, clientHeight: height } = element;
      if (view === undefined || width === 0) return;
      const scale = window.devicePixelRatio;
      const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
      if (element.width !== pixelWidth || element.height !== pixelHeight) {
        element.width = pixelWidth;
        element.height = pixelHeight;
      }
      context.setTransform(scale, 0, 0, scale, 0, 0);
      const rem = remPixels();
      const y = pointer.current;
      const hovered = y === null ? null : rungAt(y, height, rem);
      const shown = paintBook(context, {
        width,
        height,
        rem,
        palette,
        instrument,
        step,
        hovered,
        own: ownPrices(store.getState(), instrument),
        book: view.book,
      });
      const rung = hovered === null ? undefined : shown[hovered.side][hovered.index];
      setReach(rung === undefined || hovered === null || y === null ? null : { rung, place: hovered, y });
    };
    const request = () => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    redraw.current = request;

    const unsubscribe = store.subscribe((state, before) => {
      const changed = state.books[instrument.symbol] !== before.books[instrument.symbol];
      if (changed || state.account !== before.account) request();
    });
    const sizes = new ResizeObserver(request);
    sizes.observe(element);
    void document.fonts.ready.then(request);
    request();
    return () => {
      cancelAnimationFrame(frame);
      unsubscribe();
      sizes.disconnect();
    };
  }, [store, instrument, step, theme]);

  const point = (event: PointerEvent<HTMLCanvasElement> | null) => {
    pointer.current = event === null ? null : event.nativeEvent.offsetY;
    redraw.current();
  };
  /** The pointer's rung is found in the last drawing, which is what the user sees. */
  const pick = (event: MouseEvent<HTMLCanvasElement>) => {
    const book = known(store.getState().books[instrument.symbol])?.book;
    const rem = remPixels();
    const height = event.currentTarget.clientHeight;
    const place = rungAt(event.nativeEvent.offsetY, height, rem);
    if (book === undefined || place === null) return;
    const shown = rungs(book[place.side], place.side, step, bookLayout(height, rem).rows);
    const rung = shown[place.index];
    if (rung !== undefined) onPick(quantityText(rung.price, instrument.priceScale));
  };
  return (
    <div className="relative min-h-0 flex-1">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Order book of ${instrument.name}; its best levels follow as a table`}
        className="absolute inset-0 size-full cursor-pointer"
        onClick={pick}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => point(null)}
      />
      {reach === null ? null : <ReachNote instrument={instrument} reach={reach} />}
    </div>
  );
}

function ReachNote({ instrument, reach: { rung, place, y } }: { instrument: Instrument; reach: Reach }) {
  const buying = place.side === "asks";
  const cost = formatUnits(rung.cumulativeQuote, instrument.priceScale + instrument.quantityScale);
  return (
    <dl
      className={`pointer-events-none absolute z-20 grid grid-cols-[auto_1fr] gap-x-4 rounded-md border border-line bg-panel px-3 py-2 text-right text-xs whitespace-nowrap shadow-lg max-md:inset-x-3 md:right-full md:mr-2 md:-translate-y-1/2 ${
        buying ? "max-md:mt-5" : "max-md:-mt-5 max-md:-translate-y-full"
      }`}
      style={{ top: y }}
    >
      <dt className="text-left text-muted">{buying ? "Buying up to here" : "Selling down to here"}</dt>
      <dd>
        {formatUnits(rung.cumulative, instrument.quantityScale)} {instrument.base}
      </dd>
      <dt className="text-left text-muted">Average price</dt>
      <dd>{formatUnits(averagePrice(rung), instrument.priceScale)}</dd>
      <dt className="text-left text-muted">Together</dt>
      <dd>
        {cost} {instrument.quote}
      </dd>
    </dl>
  );
}
