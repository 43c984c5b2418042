// The canvas of the order book. It follows the store by itself and draws at most once a frame, so that hundreds of diffs a
// second cost React nothing.

import { type PointerEvent, useEffect, useRef, useState } from "react";
import { formatUnits } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { averagePrice, type Rung } from "../../../model/ladder";
import { known } from "../../../model/remote";
import { useFeed } from "../../feed-context";
import { readPalette, remPixels } from "../../theme/palette";
import { useTheme } from "../../theme/theme";
import { paintBook, type RungPlace, rungAt } from "./painter";

interface BookCanvasProps {
  readonly instrument: Instrument;
  readonly step: bigint;
}

/** What a pointer on the book asks: what would it cost to take everything up to here? */
interface Reach {
  readonly rung: Rung;
  readonly place: RungPlace;
  readonly y: number;
}

export function BookCanvas({ instrument, step }: BookCanvasProps) {
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
      if (state.books[instrument.symbol] !== before.books[instrument.symbol]) request();
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
  return (
    <div className="relative min-h-0 flex-1">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Order book of ${instrument.name}; its best levels follow as a table`}
        className="absolute inset-0 size-full"
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
