// Repeats an action until it succeeds or is stopped.

import { backOffMs } from "../socket/back-off";

/** The least time between two restarts, to limit the requests to the venue. */
const RESTART_PAUSE_MS = 250;

export interface Attempts {
  /** Begin again from the first attempt; the results of earlier attempts are dropped. */
  restart(): void;
  stop(): void;
}

/**
 * Run `attempt` until it resolves. `attempt` receives `current`, which returns false once the result is no longer wanted. If
 * `attempt` throws, it runs again after a growing pause; `onFailure` receives every failure.
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
