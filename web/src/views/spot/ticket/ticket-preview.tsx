// The preview of an order: cost or proceeds, the fee, and the free balance.

import { formatDecimal, formatUnits, power } from "../../../model/decimal";
import type { TicketPreview } from "../../../model/ticket";
import type { TicketState } from "./use-ticket";

const DASH = "\u2013";
/** The number of decimals of a displayed fee; like the venue, the terminal rounds a fee up. */
const FEE_DECIMALS = 8;

export function TicketPreviewList({ ticket: { draft, world, reading } }: { ticket: TicketState }) {
  const { instrument, free } = world;
  const { preview } = reading;
  const buying = draft.side === "buy";
  const spent = buying ? instrument.quote : instrument.base;
  const scale = buying ? instrument.priceScale : instrument.quantityScale;
  const available =
    free === null ? DASH : `${formatDecimal(buying ? free.quote : free.base, scale)} ${spent}`;
  const rows: readonly (readonly [string, string])[] = [
    ["Free", available],
    [
      buying ? "Cost" : "Proceeds",
      preview === null ? DASH : `${quoteText(preview, ticketScale(world))} ${instrument.quote}`,
    ],
    [
      preview?.taking === false ? "Fee, maker" : "Fee, taker",
      preview === null || free === null
        ? DASH
        : `${feeText(preview)} ${buying ? instrument.base : instrument.quote}`,
    ],
  ];
  return (
    <>
      <dl aria-label="Preview" className="grid grid-cols-2 gap-y-0.5 text-xs">
        {rows.map(([name, text]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="truncate text-right">{text}</dd>
          </div>
        ))}
      </dl>
      <p className="h-4 text-xs text-muted">
        {preview?.short === true ? "The book has too little; the rest would be canceled." : ""}
      </p>
    </>
  );
}

function ticketScale({ instrument }: TicketState["world"]): number {
  return instrument.priceScale + instrument.quantityScale;
}

function quoteText({ quote }: TicketPreview, scale: number): string {
  return formatUnits(quote, scale);
}

function feeText({ fee, feeScale }: TicketPreview): string {
  if (feeScale <= FEE_DECIMALS) return trimmed(formatUnits(fee, feeScale));
  const divisor = power(feeScale - FEE_DECIMALS);
  return trimmed(formatUnits((fee + divisor - 1n) / divisor, FEE_DECIMALS));
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
