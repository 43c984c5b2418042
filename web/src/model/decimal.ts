// Exact decimals. The venue sends every price and quantity as text. The terminal converts it to whole numbers of 10^-scale
// ("units") in a bigint, compares, adds and rounds these, and converts them back to text. No displayed figure passes through a
// floating-point number; only drawings do.

/** An exact decimal number: `units / 10^scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** The text was not a plain decimal, or had more decimals than the requested scale. */
export class DecimalError extends Error {}

const PLAIN = /^(-?)(\d+)(?:\.(\d*))?$/;
const MINUS = "\u2212";

/** Read a decimal at the scale of its text: `"1.50"` is 150 at scale 2. */
export function parseDecimal(text: string): Decimal {
  const match = PLAIN.exec(text);
  if (match === null) throw new DecimalError(`not a decimal: ${JSON.stringify(text)}`);
  const [, sign, whole = "", fraction = ""] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === "-" ? -units : units, scale: fraction.length };
}

/** The units of `text` at `scale`; zeros beyond the scale are dropped, other digits are refused. */
export function parseUnits(text: string, scale: number): bigint {
  const decimal = parseDecimal(text);
  if (decimal.scale <= scale) return decimal.units * power(scale - decimal.scale);
  const divisor = power(decimal.scale - scale);
  if (decimal.units % divisor !== 0n) {
    throw new DecimalError(`${text} has more than ${scale} decimals`);
  }
  return decimal.units / divisor;
}

/** The number of decimals a step size needs: 2 for `"0.01"` and for `"0.0100"`, 0 for `"5"`. */
export function decimalsOf(step: string): number {
  const fraction = step.split(".")[1] ?? "";
  return fraction.replace(/0+$/, "").length;
}

/** The units at another scale, rounded half away from zero where digits are lost. */
export function rescale(decimal: Decimal, scale: number): bigint {
  if (decimal.scale <= scale) return decimal.units * power(scale - decimal.scale);
  return divideRounded(decimal.units, power(decimal.scale - scale));
}

/** `numerator / denominator`, rounded half away from zero. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = magnitude(numerator);
  const d = magnitude(denominator);
  const rounded = (n * 2n + d) / (d * 2n);
  return negative ? -rounded : rounded;
}

/** `1234567` at scale 2 as `12,345.67`, with grouped thousands and always all decimals. */
export function formatUnits(units: bigint, scale: number): string {
  const digits = magnitude(units)
    .toString()
    .padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = scale === 0 ? "" : `.${digits.slice(-scale)}`;
  return `${units < 0n ? MINUS : ""}${whole}${fraction}`;
}

/** A decimal text with exactly `scale` decimals, rounded if it has more. */
export function formatDecimal(text: string, scale: number): string {
  return formatUnits(rescale(parseDecimal(text), scale), scale);
}

const MAGNITUDES = [
  { digits: 12, letter: "T" },
  { digits: 9, letter: "B" },
  { digits: 6, letter: "M" },
  { digits: 3, letter: "K" },
] as const;

/** A large amount in about four figures: `1.23 M`, `45.6 K`, `789.12`. */
export function formatCompact(text: string): string {
  const decimal = parseDecimal(text);
  const size = magnitude(decimal.units);
  for (const { digits, letter } of MAGNITUDES) {
    const unit = power(digits + decimal.scale);
    if (size < unit) continue;
    const decimals = size < unit * 10n ? 2 : size < unit * 1000n ? 1 : 0;
    return `${formatUnits(rescale({ units: decimal.units, scale: decimal.scale + digits }, decimals), decimals)} ${letter}`;
  }
  return formatUnits(rescale(decimal, 2), 2);
}

/** A change in hundredths of a percent; `null` if there is no value to compare with. */
export function changeBasisPoints(first: string, last: string): bigint | null {
  const from = parseDecimal(first);
  const to = parseDecimal(last);
  const scale = Math.max(from.scale, to.scale);
  const start = rescale(from, scale);
  if (start === 0n) return null;
  return divideRounded((rescale(to, scale) - start) * 10_000n, start);
}

/** `-313n` as `−3.13%`; a rise carries its plus sign. */
export function formatPercent(basisPoints: bigint): string {
  return `${basisPoints > 0n ? "+" : ""}${formatUnits(basisPoints, 2)}%`;
}

/** The value as a floating-point number, for drawing only. */
export function toDrawable(text: string): number {
  return Number(text);
}

/** 10^exponent. */
export function power(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function magnitude(units: bigint): bigint {
  return units < 0n ? -units : units;
}
