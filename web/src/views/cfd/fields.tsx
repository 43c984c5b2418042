// The fields of the ticket and of the dialog.

import { type ReactNode, type Ref, useId } from "react";
import { VenueError } from "../../api/request";
import { refusalInWords } from "../../model/cfd-refusal";
import { formatLeverage, percentOf, plainUnits, shareOf } from "../../model/cfd-ticket";

interface AmountFieldProps {
  readonly ref?: Ref<HTMLInputElement>;
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** The unit, shown after the figure. */
  readonly unit?: string;
  readonly fault?: string | undefined;
  readonly placeholder?: string;
  /** Content at the end of the label's line. */
  readonly aside?: ReactNode;
}

export function AmountField({
  ref,
  label,
  value,
  onChange,
  unit,
  fault,
  placeholder,
  aside,
}: AmountFieldProps) {
  const id = useId();
  return (
    <div>
      <div className="flex items-baseline justify-between gap-2 text-xs">
        <label htmlFor={id} className="text-muted">
          {label}
        </label>
        {aside}
      </div>
      <div className="relative mt-1">
        <input
          ref={ref}
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          inputMode="decimal"
          autoComplete="off"
          placeholder={placeholder}
          aria-invalid={fault !== undefined}
          aria-describedby={`${id}-fault`}
          className={`h-9 w-full rounded-md border bg-panel pr-14 pl-2.5 font-medium placeholder:font-normal placeholder:text-muted ${
            fault === undefined ? "border-line" : "border-sell"
          }`}
        />
        {unit === undefined ? null : (
          <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-muted">
            {unit}
          </span>
        )}
      </div>
      <p id={`${id}-fault`} className="min-h-4 text-xs text-sell">
        {fault}
      </p>
    </div>
  );
}

const LEVERAGE_ONE = 10;
const AT_HAND = [10, 50, 100, 250, 500, 1_000] as const;

interface LeverageFieldProps {
  /** Tenths. */
  readonly value: number;
  readonly max: number;
  readonly onChange: (tenths: number) => void;
  readonly fault?: string | undefined;
}

/** From 1x to the contract's maximum, in tenths; an arrow key changes it by one. */
export function LeverageField({ value, max, onChange, fault }: LeverageFieldProps) {
  const id = useId();
  return (
    <div>
      <div className="flex items-baseline justify-between text-xs">
        <label htmlFor={id} className="text-muted">
          Leverage
        </label>
        <output htmlFor={id} className="text-sm font-semibold">
          {formatLeverage(BigInt(value))}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={LEVERAGE_ONE}
        max={max}
        step={1}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
        aria-valuetext={formatLeverage(BigInt(value))}
        aria-describedby={`${id}-fault`}
        className="mt-1 h-6 w-full accent-(--accent)"
      />
      <div className="flex justify-between">
        {AT_HAND.filter((tenths) => tenths <= max).map((tenths) => (
          <SmallButton key={tenths} onClick={() => onChange(tenths)}>
            {formatLeverage(BigInt(tenths))}
          </SmallButton>
        ))}
      </div>
      <p id={`${id}-fault`} className="min-h-4 text-xs text-sell">
        {fault}
      </p>
    </div>
  );
}

interface ShareSliderProps {
  readonly label: string;
  /** The amount that the percentage refers to. */
  readonly whole: bigint;
  readonly units: bigint;
  readonly scale: number;
  readonly onChange: (text: string) => void;
  readonly disabled?: boolean;
}

/** A percentage of an amount. */
export function ShareSlider({ label, whole, units, scale, onChange, disabled = false }: ShareSliderProps) {
  const percent = percentOf(units, whole);
  return (
    <div className="flex items-center gap-2">
      <input
        type="range"
        aria-label={label}
        aria-valuetext={`${percent} percent`}
        min={0}
        max={100}
        step={1}
        value={percent}
        disabled={disabled}
        onChange={(event) => onChange(plainUnits(shareOf(whole, Number(event.target.value)), scale))}
        className="h-6 min-w-0 flex-1 accent-(--accent)"
      />
      <span className="w-10 text-right text-xs text-muted">{percent}%</span>
    </div>
  );
}

export function SmallButton({ children, onClick }: { children: ReactNode; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="rounded px-1 py-1 text-xs font-medium text-muted hover:bg-raised hover:text-text"
    >
      {children}
    </button>
  );
}

/** The refusal in plain words, announced to assistive technology. */
export function Refusal({ error }: { error: Error | null }) {
  const words = error instanceof VenueError ? refusalInWords(error) : error?.message;
  return (
    <p role="alert" className="text-sm text-sell empty:hidden">
      {words}
    </p>
  );
}
