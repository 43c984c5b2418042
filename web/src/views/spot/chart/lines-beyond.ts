// Labels at the upper and lower edge of the chart for the user's lines outside of the visible range, with price and direction.

import type {
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";
import { type Palette, remPixels } from "../../theme/palette";

export interface EdgeLine {
  readonly price: number;
  readonly text: string;
  readonly color: string;
}

/** The most labels at one edge; the nearest lines have priority. */
const AT_MOST = 3;
/** In rem. `EDGE.up` leaves room for the legend above the upper labels. */
const FONT = 0.75;
const HEIGHT = 1.25;
const GAP = 0.125;
const PADDING = 0.375;
const EDGE = { up: 3, down: 0.25, right: 0.25 } as const;

export class LinesBeyond implements ISeriesPrimitive<Time> {
  #lines: readonly EdgeLine[] = [];
  #palette: Palette | null = null;
  #chart: SeriesAttachedParameter<Time> | null = null;
  readonly #views: readonly IPrimitivePaneView[] = [
    { zOrder: () => "top", renderer: () => ({ draw: (target) => this.#draw(target) }) },
  ];

  attached(chart: SeriesAttachedParameter<Time>): void {
    this.#chart = chart;
  }

  detached(): void {
    this.#chart = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views;
  }

  show(lines: readonly EdgeLine[], palette: Palette): void {
    this.#lines = lines;
    this.#palette = palette;
    this.#chart?.requestUpdate();
  }

  #draw(target: Parameters<IPrimitivePaneRenderer["draw"]>[0]): void {
    // biome-ignore lint/correctness/useHookAtTopLevel: the chart library's, which only looks like a hook.
    target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
      const series = this.#chart?.series;
      const palette = this.#palette;
      if (series === undefined || palette === null) return;
      const above: EdgeLine[] = [];
      const below: EdgeLine[] = [];
      for (const line of this.#lines) {
        const y = series.priceToCoordinate(line.price);
        if (y === null) continue;
        if (y < 0) above.push(line);
        else if (y > height) below.push(line);
      }
      above.sort((a, b) => a.price - b.price).splice(AT_MOST);
      below.sort((a, b) => b.price - a.price).splice(AT_MOST);
      const rem = remPixels();
      context.font = `${FONT * rem}px ${palette.font}`;
      context.textBaseline = "middle";
      // The nearest line's label is closest to the candles.
      const pitch = (HEIGHT + GAP) * rem;
      for (const [index, { text, color }] of above.entries()) {
        const top = EDGE.up * rem + (above.length - 1 - index) * pitch;
        paintLabel(context, { text: `\u2191 ${text}`, color, top, width, rem, palette });
      }
      for (const [index, { text, color }] of below.entries()) {
        const top = height - EDGE.down * rem - (below.length - index) * pitch;
        paintLabel(context, { text: `\u2193 ${text}`, color, top, width, rem, palette });
      }
    });
  }
}

interface Label {
  readonly text: string;
  readonly color: string;
  readonly top: number;
  /** The width of the chart; the label is at its right end. */
  readonly width: number;
  readonly rem: number;
  readonly palette: Palette;
}

function paintLabel(context: CanvasRenderingContext2D, label: Label): void {
  const { text, color, top, width, rem, palette } = label;
  const box = context.measureText(text).width + 2 * PADDING * rem;
  const left = width - box - EDGE.right * rem;
  context.fillStyle = palette.panel;
  context.fillRect(left, top, box, HEIGHT * rem);
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, top + 0.5, box - 1, HEIGHT * rem - 1);
  context.fillStyle = color;
  context.fillText(text, left + PADDING * rem, top + (HEIGHT * rem) / 2);
}
