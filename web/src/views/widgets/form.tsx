// The buttons and fields of all forms of the terminal.

import type { ButtonHTMLAttributes, InputHTMLAttributes, ReactNode, Ref } from "react";

type Tone = "plain" | "accent" | "buy" | "sell";

const TONES: Readonly<Record<Tone, string>> = {
  plain: "border border-line bg-panel hover:bg-raised",
  accent: "bg-accent-fill text-accent-ink hover:brightness-105",
  buy: "bg-buy-fill text-on-fill hover:brightness-110",
  sell: "bg-sell-fill text-on-fill hover:brightness-110",
};

interface ActionProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly tone?: Tone;
}

/** A button for an action. While it is disabled it keeps its place and its text. */
export function Action({ tone = "plain", className = "", type = "button", ...rest }: ActionProps) {
  return (
    <button
      type={type}
      className={`min-h-9 rounded-md px-4 text-sm font-semibold disabled:cursor-not-allowed disabled:border disabled:border-line disabled:bg-raised disabled:text-muted ${TONES[tone]} ${className}`}
      {...rest}
    />
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly ref?: Ref<HTMLInputElement>;
  /** The unit of the figure, shown after it. */
  readonly unit?: ReactNode;
  /** The reason why the content is not valid. */
  readonly fault?: string | undefined;
  /** Keeps a line free for a fault, so that nothing moves when a fault appears or disappears during typing. */
  readonly steady?: boolean;
}

export function Field({ label, unit, fault, steady = false, className = "", ...input }: FieldProps) {
  return (
    <label className={`block ${className}`}>
      <span
        className={`flex h-9 items-center gap-2 rounded-md border bg-ground px-2.5 focus-within:outline-2 focus-within:outline-accent ${
          fault === undefined ? "border-line" : "border-sell"
        }`}
      >
        <span className="shrink-0 text-xs text-muted">{label}</span>
        <input
          autoComplete="off"
          aria-invalid={fault !== undefined}
          className="w-full min-w-0 bg-transparent text-right outline-none"
          {...input}
        />
        {unit === undefined ? null : <span className="shrink-0 text-xs text-muted">{unit}</span>}
      </span>
      <span
        role={fault === undefined ? undefined : "alert"}
        className={`mt-0.5 block text-xs text-sell ${steady ? "min-h-4" : "empty:hidden"}`}
      >
        {fault}
      </span>
    </label>
  );
}
