// The outline of a price over time, small: where each point of a line lies in a box.

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

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
