// The last day of a price as a line. The figures beside it carry the same information, so it is hidden from screen readers.

import { sparklinePath } from "../../model/sparkline";

const WIDTH = 200;
const HEIGHT = 40;

export function Sparkline({ values, rising }: { values: readonly number[]; rising: boolean }) {
  const line = sparklinePath(values, WIDTH, HEIGHT);
  if (line === "") return null;
  return (
    <svg
      viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
      preserveAspectRatio="none"
      className={`ml-auto block h-11 w-full ${rising ? "text-buy" : "text-sell"}`}
      aria-hidden="true"
    >
      <path d={`${line}L${WIDTH} ${HEIGHT + 2}L0 ${HEIGHT + 2}Z`} fill="currentColor" opacity="0.1" />
      <path d={line} fill="none" stroke="currentColor" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
