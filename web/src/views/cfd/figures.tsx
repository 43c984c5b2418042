// Money, prices and profits in the format of this page.

import type { ReactNode } from "react";
import { shortUnits } from "../../model/cfd-ticket";
import { formatPercent, formatUnits } from "../../model/decimal";
import { moveColor } from "../widgets/figures";

export const DASH = "\u2013";
/** The least number of decimals of a price, so that prices line up. */
const PRICE_DECIMALS = 2;
const MONEY_DECIMALS = 2;

export function priceText(units: bigint | null, scale: number): string {
  return units === null ? DASH : shortUnits(units, scale, PRICE_DECIMALS);
}

/** Rounded down to cents, so that no profit is overstated. */
export function moneyText(units: bigint, scale: number): string {
  if (scale <= MONEY_DECIMALS) return formatUnits(units, scale);
  const cut = 10n ** BigInt(scale - MONEY_DECIMALS);
  const cents = units >= 0n ? units / cut : -((-units + cut - 1n) / cut);
  return formatUnits(cents, MONEY_DECIMALS);
}

/** A profit with its sign and color; `exact` shows every decimal. */
export function Gain({ units, scale, exact = false }: { units: bigint; scale: number; exact?: boolean }) {
  const text = exact ? shortUnits(units, scale, MONEY_DECIMALS) : moneyText(units, scale);
  return (
    <span className={moveColor(units)}>
      {units > 0n ? "+" : ""}
      {text}
    </span>
  );
}

export function GainPercent({ basisPoints }: { basisPoints: bigint }) {
  return <span className={moveColor(basisPoints)}>{formatPercent(basisPoints)}</span>;
}

/** A name with its figure below it. */
export function Stat({
  name,
  children,
  className = "",
}: {
  name: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    <div className={`min-w-0 ${className}`}>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="font-medium wrap-anywhere">{children}</dd>
    </div>
  );
}

/** A name with its figure at the end of the line. */
export function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-3">
      <dt className="text-muted">{name}</dt>
      <dd className="text-right font-medium">{children}</dd>
    </div>
  );
}
