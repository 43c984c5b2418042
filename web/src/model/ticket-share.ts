// The quantity that a share of the free balance buys or sells, for the slider of the ticket.

import type { Level } from "./book";
import { formatUnits, parseUnits } from "./decimal";
import type { Instrument } from "./instrument";
import { floorUnits, type TicketDraft, type TicketWorld } from "./ticket";

/** The part that a market order to buy leaves unspent, in thousandths: its price may move before it arrives. */
const MARKET_MARGIN = 5n;

/** The quantity for `percent` of the free balance, rounded down to whole steps; null while there is no price. */
export function quantityOfShare(percent: number, draft: TicketDraft, world: TicketWorld): bigint | null {
  const { instrument, free } = world;
  if (free === null) return null;
  const share = BigInt(percent);
  if (draft.side === "sell") {
    return toSteps((floorUnits(free.base, instrument.quantityScale) * share) / 100n, instrument);
  }
  const budget = (floorUnits(free.quote, instrument.priceScale + instrument.quantityScale) * share) / 100n;
  if (draft.kind === "market") {
    if (world.asks.length === 0) return null;
    return toSteps(affordable(world.asks, (budget * (1_000n - MARKET_MARGIN)) / 1_000n), instrument);
  }
  const text = draft.price.trim() === "" && draft.kind === "stop" ? draft.trigger : draft.price;
  const price = /^\d+(\.\d+)?$/.test(text.trim()) ? floorUnits(text.trim(), instrument.priceScale) : 0n;
  return price === 0n ? null : toSteps(budget / price, instrument);
}

/** The share of the free balance that a quantity needs, in percent; 0 if it is unknown. */
export function shareOfQuantity(draft: TicketDraft, world: TicketWorld): number {
  const all = quantityOfShare(100, draft, world);
  if (all === null || all === 0n || !/^\d+(\.\d+)?$/.test(draft.quantity)) return 0;
  const quantity = floorUnits(draft.quantity, world.instrument.quantityScale);
  const percent = Number((quantity * 100n + all - 1n) / all);
  return Math.min(100, percent);
}

/** A quantity in the format of the field: without grouped thousands and without trailing zeros. */
export function quantityText(units: bigint, scale: number): string {
  const text = formatUnits(units, scale).replaceAll(",", "");
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** The quantity that `budget` buys, best level first. */
function affordable(levels: readonly Level[], budget: bigint): bigint {
  let left = budget;
  let quantity = 0n;
  for (const level of levels) {
    const fits = left / level.price;
    const here = fits < level.quantity ? fits : level.quantity;
    quantity += here;
    left -= here * level.price;
    if (here < level.quantity) break;
  }
  return quantity;
}

function toSteps(quantity: bigint, { stepUnits }: Instrument): bigint {
  return quantity - (quantity % stepUnits);
}

/** The change of a replacement; null if nothing changed, and the fault in words if a field is wrong. */
export function readReplacement(
  instrument: Instrument,
  before: { readonly price: string; readonly quantity: string },
  after: { readonly price: string; readonly quantity: string },
): { readonly price?: string; readonly quantity?: string } | string | null {
  try {
    const price = parseUnits(after.price.trim(), instrument.priceScale);
    const quantity = parseUnits(after.quantity.trim(), instrument.quantityScale);
    if (price <= 0n || price % instrument.tickUnits !== 0n)
      return "The price is not a multiple of this market's tick size";
    if (quantity <= 0n || quantity % instrument.stepUnits !== 0n)
      return "The quantity is not a multiple of this market's step size";
    const change = {
      ...(price === parseUnits(before.price, instrument.priceScale) ? {} : { price: after.price.trim() }),
      ...(quantity === parseUnits(before.quantity, instrument.quantityScale)
        ? {}
        : { quantity: after.quantity.trim() }),
    };
    return Object.keys(change).length === 0 ? null : change;
  } catch {
    return "The price or quantity is not a number, or has too many decimals for this market";
  }
}
