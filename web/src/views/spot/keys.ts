// The keys of the trading page: B and S choose a side and lead to the ticket, Escape leaves a field, Shift+X cancels all.

import { useEffect } from "react";
import type { Side } from "../../model/order";

interface SpotKeys {
  readonly choose: (side: Side) => void;
  readonly cancelAll: () => void;
}

export function useSpotKeys({ choose, cancelAll }: SpotKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement)) return;
      const typing = target.closest("input:not([type=range], [type=checkbox]), select, textarea") !== null;
      if (key === "Escape" && typing) target.blur();
      if (typing) return;
      if (key === "X" && event.shiftKey) cancelAll();
      const side = { b: "buy", s: "sell" }[key] as Side | undefined;
      if (side === undefined) return;
      event.preventDefault();
      choose(side);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [choose, cancelAll]);
}
