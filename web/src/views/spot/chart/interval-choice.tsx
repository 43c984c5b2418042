// The choice of the candle interval: buttons for the common ones, and a list of all.

import { INTERVAL_NAMES, type Interval, isInterval } from "../../../model/candle";

const AT_HAND: readonly { readonly interval: Interval; readonly className: string }[] = [
  { interval: "1s", className: "" },
  { interval: "1m", className: "" },
  { interval: "5m", className: "" },
  { interval: "15m", className: "" },
  { interval: "1h", className: "" },
  { interval: "4h", className: "max-sm:hidden" },
  { interval: "1d", className: "" },
  { interval: "1w", className: "max-sm:hidden" },
];

interface IntervalChoiceProps {
  /** Null while none is chosen. */
  readonly interval: Interval | null;
  readonly choose: (interval: Interval) => void;
}

export function IntervalChoice({ interval, choose }: IntervalChoiceProps) {
  return (
    <fieldset className="flex items-center gap-0.5">
      <legend className="sr-only">Candle interval</legend>
      {AT_HAND.map(({ interval: mine, className }) => (
        <button
          key={mine}
          type="button"
          aria-pressed={mine === interval}
          onClick={() => choose(mine)}
          className={`h-7 rounded px-2 text-xs font-medium ${className} ${
            mine === interval
              ? "bg-accent-fill text-accent-ink"
              : "text-muted hover:bg-raised hover:text-text"
          }`}
        >
          {mine}
        </button>
      ))}
      <label className="ml-1">
        <span className="sr-only">Any candle interval</span>
        <select
          value={interval === null || AT_HAND.some((known) => known.interval === interval) ? "" : interval}
          onChange={(event) => isInterval(event.target.value) && choose(event.target.value)}
          className="h-7 rounded border border-line bg-panel px-1 text-xs"
        >
          <option value="" hidden>
            More
          </option>
          {INTERVAL_NAMES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}
