// Chooses the quantity as a share of the free balance.

import { quantityOfShare, quantityText, shareOfQuantity } from "../../../model/ticket-share";
import type { TicketState } from "./use-ticket";

export function ShareSlider({ ticket: { draft, world, change } }: { ticket: TicketState }) {
  const share = shareOfQuantity(draft, world);
  const choose = (percent: number) => {
    const quantity = quantityOfShare(percent, draft, world);
    if (quantity !== null) change({ quantity: quantityText(quantity, world.instrument.quantityScale) });
  };
  return (
    <label className="flex items-center gap-3 text-xs">
      <span className="sr-only">Share of the free balance</span>
      <input
        type="range"
        min={0}
        max={100}
        step={5}
        value={share}
        disabled={quantityOfShare(100, draft, world) === null}
        aria-valuetext={`${share} percent`}
        onChange={(event) => choose(Number(event.target.value))}
        className="h-5 w-full accent-accent-fill"
      />
      <span className="w-9 shrink-0 text-right text-muted">{share}%</span>
    </label>
  );
}
