// Times of the venue. Everything is UTC: the API's naive texts, the candles' buckets, and the times on the screen, so that a
// displayed figure can be found in an API answer.

/** Milliseconds since the epoch of `2026-11-20 13:47:00`, with a space or a `T`, with or without fraction or `Z`. */
export function parseVenueTime(text: string): number {
  const iso = text.replace(" ", "T");
  const time = Date.parse(iso.endsWith("Z") ? iso : `${iso}Z`);
  if (Number.isNaN(time)) throw new RangeError(`not a time: ${JSON.stringify(text)}`);
  return time;
}

/** `13:47:05`. */
export function formatClock(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19);
}

/** `20 Nov 2026`. */
export function formatDay(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** A time span in the largest unit that fits: `850 ms`, `12 s`, `4 min`, `3 h`, `2 d`. */
export function formatSpan(spanMs: number): string {
  if (spanMs < 1_000) return `${Math.max(0, Math.round(spanMs))} ms`;
  for (const { ms, unit, below } of SPANS) {
    if (spanMs < below) return `${Math.floor(spanMs / ms)} ${unit}`;
  }
  return `${Math.floor(spanMs / 86_400_000)} d`;
}

const SPANS = [
  { ms: 1_000, unit: "s", below: 120_000 },
  { ms: 60_000, unit: "min", below: 7_200_000 },
  { ms: 3_600_000, unit: "h", below: 172_800_000 },
] as const;
