// The draft of an order: its fields, their faults, its cost, proceeds and fee, and the request. All arithmetic uses whole
// units. Only rates are rounded, in the venue's favor, as the venue rounds them.

import type { OrderRequest } from "../wire";
import type { Level } from "./book";
import { DecimalError, formatUnits, parseUnits, power } from "./decimal";
import type { Instrument } from "./instrument";
import type { Side } from "./order";

export type TicketKind = "limit" | "market" | "stop";
export type TimeInForce = "GTC" | "IOC" | "FOK";

/** The fields as typed. */
export interface TicketDraft {
  readonly side: Side;
  readonly kind: TicketKind;
  /** The price of a limit order. A stop order may leave it empty and then becomes a market order when it triggers. */
  readonly price: string;
  readonly trigger: string;
  readonly quantity: string;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
}

/** The data outside the draft that the computation needs. */
export interface TicketWorld {
  readonly instrument: Instrument;
  /** The free base and quote, as text; null without a signed-in user. */
  readonly free: { readonly base: string; readonly quote: string } | null;
  /** In millionths. */
  readonly makerRate: bigint;
  readonly takerRate: bigint;
  /** Best first. */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export type TicketField = "price" | "trigger" | "quantity";
export type TicketFaults = Partial<Record<TicketField, string>>;

export interface TicketPreview {
  /** The quote that a buyer pays, or that a seller gets before the fee, in 10^-(priceScale + quantityScale). */
  readonly quote: bigint;
  /** The average price of the computation, in price units, rounded. */
  readonly price: bigint;
  /** The fee, taken from the proceeds: base for a buyer, quote for a seller. An exact figure at `feeScale`. */
  readonly fee: bigint;
  readonly feeScale: number;
  readonly taking: boolean;
  /** Whether the book has too little for the whole order. */
  readonly short: boolean;
}

export interface TicketReading {
  readonly faults: TicketFaults;
  readonly preview: TicketPreview | null;
  /** Null while the order cannot be sent. */
  readonly request: OrderRequest | null;
}

const RATE_SCALE = 6;

export function readTicket(draft: TicketDraft, world: TicketWorld): TicketReading {
  const { instrument } = world;
  const faults: TicketFaults = {};
  const optionalPrice = draft.kind === "stop" && draft.price.trim() === "";
  const price =
    draft.kind === "market" || optionalPrice ? null : readPrice(draft.price, instrument, "price", faults);
  const trigger = draft.kind === "stop" ? readPrice(draft.trigger, instrument, "trigger", faults) : null;
  const quantity = readQuantity(draft.quantity, instrument, faults);
  if (quantity === null) return { faults, preview: null, request: null };
  const preview = previewOf(draft, world, { price, trigger, quantity });
  if (preview !== null && draft.kind !== "stop") checkFree(draft.side, world, preview, quantity, faults);
  if (preview !== null && draft.postOnly && draft.kind === "limit" && preview.taking) {
    faults.price = "A post-only order must not trade at once";
  }
  const missing = (draft.kind === "limit" && price === null) || (draft.kind === "stop" && trigger === null);
  const complete = !missing && Object.keys(faults).length === 0;
  return { faults, preview, request: complete ? requestOf(draft, instrument) : null };
}

function readPrice(
  text: string,
  instrument: Instrument,
  field: "price" | "trigger",
  faults: TicketFaults,
): bigint | null {
  const { priceScale, tickUnits, priceMin, priceMax } = instrument;
  const units = readUnits(text, priceScale, field, faults);
  if (units === null) return null;
  if (units % tickUnits !== 0n) faults[field] = `In steps of ${formatUnits(tickUnits, priceScale)}`;
  else if (units < priceMin) faults[field] = `At least ${formatUnits(priceMin, priceScale)}`;
  else if (priceMax !== null && units > priceMax)
    faults[field] = `At most ${formatUnits(priceMax, priceScale)}`;
  return faults[field] === undefined ? units : null;
}

function readQuantity(text: string, instrument: Instrument, faults: TicketFaults): bigint | null {
  const { quantityScale, stepUnits, quantityMin, quantityMax } = instrument;
  const units = readUnits(text, quantityScale, "quantity", faults);
  if (units === null) return null;
  if (units % stepUnits !== 0n) faults.quantity = `In steps of ${formatUnits(stepUnits, quantityScale)}`;
  else if (units < quantityMin) faults.quantity = `At least ${formatUnits(quantityMin, quantityScale)}`;
  else if (quantityMax !== null && units > quantityMax)
    faults.quantity = `At most ${formatUnits(quantityMax, quantityScale)}`;
  return faults.quantity === undefined ? units : null;
}

/** Null if the field is empty or is not a number of this scale. */
function readUnits(text: string, scale: number, field: TicketField, faults: TicketFaults): bigint | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  try {
    return parseUnits(trimmed, scale);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    faults[field] = /^-?\d+\.?\d*$/.test(trimmed) ? `At most ${scale} decimals` : "Not a number";
    return null;
  }
}

interface Figures {
  readonly price: bigint | null;
  readonly trigger: bigint | null;
  readonly quantity: bigint;
}

/** Null while there is no price. */
function previewOf(draft: TicketDraft, world: TicketWorld, figures: Figures): TicketPreview | null {
  const { quantity } = figures;
  const opposite = draft.side === "buy" ? world.asks : world.bids;
  if (draft.kind === "market") {
    const taken = takeQuantity(opposite, quantity);
    if (taken.quantity === 0n) return null;
    const price = taken.quote / taken.quantity;
    return withFee(draft.side, world, taken.quote, taken.quantity, {
      price,
      taking: true,
      short: taken.quantity < quantity,
    });
  }
  const price = figures.price ?? figures.trigger;
  if (price === null) return null;
  const best = opposite[0]?.price;
  const crosses = best !== undefined && (draft.side === "buy" ? price >= best : price <= best);
  const taking = draft.kind === "stop" ? figures.price === null : crosses;
  return withFee(draft.side, world, price * quantity, quantity, { price, taking, short: false });
}

function withFee(
  side: Side,
  { instrument, makerRate, takerRate }: TicketWorld,
  quote: bigint,
  quantity: bigint,
  rest: Pick<TicketPreview, "price" | "taking" | "short">,
): TicketPreview {
  const received = side === "buy" ? quantity : quote;
  const scale = instrument.quantityScale + (side === "buy" ? 0 : instrument.priceScale);
  return {
    ...rest,
    quote,
    fee: received * (rest.taking ? takerRate : makerRate),
    feeScale: scale + RATE_SCALE,
  };
}

function checkFree(
  side: Side,
  { instrument, free }: TicketWorld,
  preview: TicketPreview,
  quantity: bigint,
  faults: TicketFaults,
): void {
  if (free === null || faults.quantity !== undefined) return;
  const scale = instrument.priceScale + instrument.quantityScale;
  const enough =
    side === "buy"
      ? preview.quote <= floorUnits(free.quote, scale)
      : quantity <= floorUnits(free.base, instrument.quantityScale);
  if (!enough)
    faults.quantity = `More ${side === "buy" ? instrument.quote : instrument.base} than your free balance`;
}

export interface Taken {
  readonly quantity: bigint;
  /** Price units times quantity units. */
  readonly quote: bigint;
}

/** The sum for taking `quantity` from a side, best first; less if the side has less. */
export function takeQuantity(levels: readonly Level[], quantity: bigint): Taken {
  let left = quantity;
  let quote = 0n;
  for (const level of levels) {
    if (left === 0n) break;
    const here = level.quantity < left ? level.quantity : left;
    quote += here * level.price;
    left -= here;
  }
  return { quantity: quantity - left, quote };
}

/** The units of `text` at `scale`, rounded down. */
export function floorUnits(text: string, scale: number): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole) * power(scale) + BigInt(fraction.padEnd(scale, "0").slice(0, scale) || "0");
}

/** A fee of the API, in basis points, as millionths. */
export function rateOf(basisPoints: string): bigint {
  return parseUnits(basisPoints, 2);
}

function requestOf(draft: TicketDraft, { symbol }: Instrument): OrderRequest {
  const side = draft.side === "buy" ? "Bid" : "Ask";
  const price = draft.price.trim();
  const quantity = draft.quantity.trim();
  if (draft.kind === "market") return { symbol, side, orderType: "Market", quantity };
  if (draft.kind === "stop") {
    const waiting = { symbol, side, triggerPrice: draft.trigger.trim(), triggerQuantity: quantity } as const;
    return price === "" ? { ...waiting, orderType: "Market" } : { ...waiting, orderType: "Limit", price };
  }
  const { timeInForce, postOnly } = draft;
  return {
    symbol,
    side,
    orderType: "Limit",
    price,
    quantity,
    timeInForce,
    ...(postOnly ? { postOnly } : {}),
  };
}
