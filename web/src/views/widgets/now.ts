// The time, for what is told as an age or a countdown.

import { useEffect, useState } from "react";

/** This machine's clock in milliseconds, read anew that often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
