// The pause before the next attempt to connect.

const FIRST_MS = 300;
const LONGEST_MS = 15_000;

/**
 * Doubles from 0.3 s to 15 s. `chance` (0 to 1) spreads the second half of the pause, so that the pages that lost the same
 * venue do not all return at once.
 */
export function backOffMs(attempt: number, chance: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(full * (0.5 + chance / 2));
}
