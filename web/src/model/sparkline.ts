// The small outline of a price over time, as points in a box.

/** An SVG path through `values`, left to right, filling a box of `width` by `height`; empty with fewer than two values. */
export function sparklinePath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return "";
  const low = Math.min(...values);
  const high = Math.max(...values);
  const range = high - low;
  const x = (index: number) => round((index / (values.length - 1)) * width);
  const y = (value: number) => round(range === 0 ? height / 2 : height - ((value - low) / range) * height);
  return values.map((value, index) => `${index === 0 ? "M" : "L"}${x(index)} ${y(value)}`).join("");
}

/** At most `count` of `values`, evenly spaced; the last is always included. */
export function thinned(values: readonly number[], count: number): readonly number[] {
  const step = Math.ceil(values.length / count);
  return values.filter((_, index) => (values.length - 1 - index) % step === 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
