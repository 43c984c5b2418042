// The keyboard shortcuts of a trading page: B and S choose a side, Escape leaves a field, Shift+X cancels all orders where
// possible.

import { useEffect } from "react";
import type { Side } from "../../model/order";

interface TradingKeys {
  readonly choose: (side: Side) => void;
  readonly cancelAll?: () => void;
}

const SIDES: Readonly<Record<string, Side>> = { b: "buy", s: "sell" };

export function useTradingKeys({ choose, cancelAll }: TradingKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      if (isForOthers(event) || !(target instanceof HTMLElement)) return;
      const typing = target.closest("input:not([type=range], [type=checkbox]), select, textarea") !== null;
      if (key === "Escape" && typing) target.blur();
      if (typing) return;
      if (key === "X" && event.shiftKey) cancelAll?.();
      const side = SIDES[key.toLowerCase()];
      if (side === undefined) return;
      event.preventDefault();
      choose(side);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [choose, cancelAll]);
}

/** Whether the key belongs to the browser, as its own shortcuts do, or to an open dialog. */
function isForOthers({ ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey || (target instanceof Element && target.closest("dialog") !== null);
}
