// A figure with its last minute as bars. The text has the figure and its maximum, so the bars are hidden from screen readers.

import type { ReactNode } from "react";

const BARS = 60;
const HEIGHT = 36;

interface PlotProps {
  readonly name: string;
  readonly figure: ReactNode;
  readonly unit?: string;
  readonly values: readonly number[];
  /** The format of the highest value. */
  readonly write: (value: number) => string;
  /** Values above this one are highlighted. */
  readonly alarming?: number;
}

export function Plot({ name, figure, unit = "", values, write, alarming }: PlotProps) {
  const highest = Math.max(0, ...values);
  const full = Math.max(1, highest);
  const shown = values.slice(-BARS);
  return (
    <div className="flex min-w-0 flex-col gap-1 rounded-lg border border-line bg-panel px-3 py-2.5">
      <dt className="text-xs text-muted">{name}</dt>
      <dd>
        <span className="text-lg font-semibold">{figure}</span>{" "}
        <span className="text-xs text-muted">{unit}</span>
        <svg
          viewBox={`0 0 ${BARS} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className="mt-1 block h-12 w-full"
        >
          {shown.map((value, index) => {
            const height = Math.max(0.75, (value / full) * HEIGHT);
            const x = BARS - shown.length + index;
            return (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place.
                key={index}
                x={x + 0.1}
                y={HEIGHT - height}
                width={0.8}
                height={height}
                className={alarming !== undefined && value > alarming ? "fill-sell" : "fill-(--muted)"}
              />
            );
          })}
        </svg>
        <span className="text-xs text-muted">
          {values.length === 0 ? "Nothing yet" : `Highest of the last minute: ${write(highest)}`}
        </span>
      </dd>
    </div>
  );
}
