// Draws an order book on a canvas: asks above, bids below, the spread between them. Pure except for the given canvas.

import type { Book } from "../../../model/book";
import { formatUnits } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { type Rung, rungOf, rungs, spreadOf } from "../../../model/ladder";
import type { Palette } from "../../theme/palette";

export interface BookDrawing {
  readonly width: number;
  readonly height: number;
  /** The pixels of `1rem`. */
  readonly rem: number;
  readonly palette: Palette;
  readonly instrument: Instrument;
  readonly book: Book;
  readonly step: bigint;
  /** The prices of the user's open orders. */
  readonly own: readonly { readonly side: "bids" | "asks"; readonly price: bigint }[];
  /** The rung under the pointer, from `rungAt`. */
  readonly hovered: RungPlace | null;
}

export interface RungPlace {
  readonly side: "bids" | "asks";
  /** The best rung is 0. */
  readonly index: number;
}

interface Layout {
  readonly rowHeight: number;
  readonly rows: number;
  readonly spreadHeight: number;
  /** The top of the spread's row; asks end here. */
  readonly middle: number;
}

/** The number of rungs that fit, and their places. */
export function bookLayout(height: number, rem: number): Layout {
  const spreadHeight = Math.round(rem * 2.25);
  // The spread stays in the middle for every book, so that nothing jumps when a side has few levels.
  const middle = Math.round((height - spreadHeight) / 2);
  const rows = Math.max(1, Math.floor(middle / (rem * 1.25)));
  return { rowHeight: middle / rows, rows, spreadHeight, middle };
}

/** The rung at a height of the canvas; `null` on the spread and beyond the rungs. */
export function rungAt(y: number, height: number, rem: number): RungPlace | null {
  const { rowHeight, rows, spreadHeight, middle } = bookLayout(height, rem);
  const below = y - middle - spreadHeight;
  const place: RungPlace =
    y < middle
      ? { side: "asks", index: Math.floor((middle - y) / rowHeight) }
      : { side: "bids", index: Math.floor(below / rowHeight) };
  const onSpread = y >= middle && below < 0;
  return onSpread || place.index >= rows ? null : place;
}

/** Draw the book and return its rungs, best first. */
export function paintBook(
  context: CanvasRenderingContext2D,
  drawing: BookDrawing,
): Record<"bids" | "asks", readonly Rung[]> {
  const { width, height, rem, palette, book, step } = drawing;
  const layout = bookLayout(height, rem);
  const asks = rungs(book.asks, "asks", step, layout.rows);
  const bids = rungs(book.bids, "bids", step, layout.rows);
  const deepest = max(asks.at(-1)?.cumulative ?? 0n, bids.at(-1)?.cumulative ?? 0n);

  context.fillStyle = palette.panel;
  context.fillRect(0, 0, width, height);
  context.textBaseline = "middle";
  context.font = `400 ${rem * 0.8125}px ${palette.font}`;
  for (const [index, rung] of asks.entries()) {
    const top = Math.round(layout.middle - (index + 1) * layout.rowHeight);
    paintRung(context, drawing, {
      rung,
      place: { side: "asks", index },
      top,
      rowHeight: layout.rowHeight,
      deepest,
    });
  }
  for (const [index, rung] of bids.entries()) {
    const top = Math.round(layout.middle + layout.spreadHeight + index * layout.rowHeight);
    paintRung(context, drawing, {
      rung,
      place: { side: "bids", index },
      top,
      rowHeight: layout.rowHeight,
      deepest,
    });
  }
  paintSpread(context, drawing, layout);
  return { asks, bids };
}

interface RungDrawing {
  readonly rung: Rung;
  readonly place: RungPlace;
  readonly top: number;
  readonly rowHeight: number;
  /** The cumulative quantity whose bar fills the row. */
  readonly deepest: bigint;
}

function paintRung(context: CanvasRenderingContext2D, drawing: BookDrawing, row: RungDrawing): void {
  const { width, rem, palette, instrument, hovered } = drawing;
  const { rung, place, top, rowHeight, deepest } = row;
  const buying = place.side === "bids";
  const reached = hovered?.side === place.side && place.index <= hovered.index;
  if (reached) {
    context.fillStyle = palette.raised;
    context.fillRect(0, top, width, rowHeight);
  }
  const bar = width * share(rung.cumulative, deepest);
  context.fillStyle = buying ? palette.buyBar : palette.sellBar;
  context.fillRect(width - bar, top, bar, rowHeight - 1);

  const columns = bookColumns(width, rem);
  const middle = top + rowHeight / 2;
  const mine = drawing.own.some(
    ({ side, price }) => side === place.side && rungOf(price, side, drawing.step) === rung.price,
  );
  if (mine) {
    context.fillStyle = palette.accent;
    context.beginPath();
    context.arc(rem * 0.375, middle, rem * 0.1875, 0, 2 * Math.PI);
    context.fill();
  }
  context.textAlign = "left";
  context.fillStyle = buying ? palette.buy : palette.sell;
  context.fillText(formatUnits(rung.price, instrument.priceScale), columns.price, middle);
  context.textAlign = "right";
  context.fillStyle = palette.text;
  context.fillText(formatUnits(rung.quantity, instrument.quantityScale), columns.quantity, middle);
  context.fillText(formatUnits(rung.cumulative, instrument.quantityScale), columns.total, middle);
}

/** The columns' places: the left edge of the price, and the right edges of the others. */
export function bookColumns(width: number, rem: number): { price: number; quantity: number; total: number } {
  return { price: rem * 0.75, quantity: Math.round(width * 0.645), total: width - rem * 0.75 };
}

function paintSpread(
  context: CanvasRenderingContext2D,
  { width, rem, palette, instrument, book }: BookDrawing,
  { middle, spreadHeight }: Layout,
): void {
  context.fillStyle = palette.line;
  context.fillRect(0, middle, width, 1);
  context.fillRect(0, middle + spreadHeight - 1, width, 1);
  const baseline = middle + spreadHeight / 2;
  const columns = bookColumns(width, rem);
  context.fillStyle = palette.muted;
  context.textAlign = "left";
  context.fillText("Spread", columns.price, baseline);
  context.textAlign = "right";
  const spread = spreadOf(book);
  if (spread === null) {
    const empty = book.bids.length + book.asks.length === 0;
    context.fillText(empty ? "the book is empty" : "one side is empty", columns.total, baseline);
    return;
  }
  context.fillText(`${formatUnits(spread.basisPointsHundredths, 2)} bp`, columns.total, baseline);
  context.fillStyle = palette.text;
  context.font = `600 ${rem * 0.8125}px ${palette.font}`;
  context.fillText(formatUnits(spread.width, instrument.priceScale), columns.quantity, baseline);
}

/** `part / whole` as a fraction for drawing, exact enough for any size of numbers. */
function share(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 10_000n) / whole) / 10_000;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
