// Something that is tried until it succeeds, and given up when it is no longer wanted.

import { backOffMs } from "../socket/back-off";

/** However often a new beginning is asked for, the venue is not asked more often than this. */
const RESTART_PAUSE_MS = 250;

export interface Attempts {
  /** Begin again from the first attempt; what an earlier one still delivers is dropped. */
  restart(): void;
  stop(): void;
}

/**
 * Run `attempt` until it resolves. `attempt` is given `current`, which turns false when its result is no longer wanted, and
 * throws to be tried again after a growing pause; `onFailure` hears of every failure.
 */
export function attempts(
  attempt: (current: () => boolean) => Promise<void>,
  onFailure: (error: unknown) => void,
): Attempts {
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;

  const run = async (mine: number, count: number): Promise<void> => {
    const current = () => mine === generation;
    try {
      await attempt(current);
    } catch (error) {
      if (!current()) return;
      onFailure(error);
      timer = setTimeout(() => void run(mine, count + 1), backOffMs(count, Math.random()));
    }
  };
  const stop = () => {
    generation += 1;
    clearTimeout(timer);
  };
  return {
    stop,
    restart: () => {
      stop();
      const mine = generation;
      const pauseMs = startedAtMs + RESTART_PAUSE_MS - performance.now();
      const start = () => {
        startedAtMs = performance.now();
        void run(mine, 0);
      };
      if (pauseMs <= 0) start();
      else timer = setTimeout(start, pauseMs);
    },
  };
}
