// The form of an order: side, kind, figures, a preview of the result, and the button that sends it.

import { type FormEvent, type Ref, useId } from "react";
import { Link } from "wouter";
import type { Instrument } from "../../../model/instrument";
import type { Order } from "../../../model/order";
import { orderOfBody } from "../../../model/order";
import { endingInWords } from "../../../model/refusal";
import type { TicketKind, TimeInForce } from "../../../model/ticket";
import type { OrderBody, OrderRequest } from "../../../wire";
import { useAccountApi, useUser } from "../../session";
import { Action, Field } from "../../widgets/form";
import { useTask } from "../../widgets/task";
import { toast } from "../../widgets/toasts";
import { ShareSlider } from "./share-slider";
import { TicketPreviewList } from "./ticket-preview";
import type { TicketState } from "./use-ticket";

const KINDS: readonly { readonly kind: TicketKind; readonly name: string }[] = [
  { kind: "limit", name: "Limit" },
  { kind: "market", name: "Market" },
  { kind: "stop", name: "Stop" },
];

interface TicketPanelProps {
  readonly instrument: Instrument;
  readonly ticket: TicketState;
  readonly firstField: Ref<HTMLInputElement>;
  readonly className: string;
}

export function TicketPanel({ instrument, ticket, firstField, className }: TicketPanelProps) {
  const { draft, reading, change } = ticket;
  const api = useAccountApi();
  const user = useUser();
  const { run, busy } = useTask();
  const buying = draft.side === "buy";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { request } = reading;
    if (request === null) return;
    run(async () => {
      const placed = await api.place(request);
      toast("done", inWords(request, placed, instrument));
      change({ quantity: "" });
    });
  };
  return (
    <section
      aria-label="Order ticket"
      className={`flex min-h-0 min-w-0 flex-col overflow-y-auto bg-panel ${className}`}
    >
      <h2 className="sr-only">Order ticket</h2>
      <form onSubmit={submit} className="flex flex-col gap-2.5 p-3">
        <div className="grid grid-cols-2 gap-1 rounded-md bg-raised p-1">
          <SideButton ticket={ticket} side="buy" name="Buy" hint="B" />
          <SideButton ticket={ticket} side="sell" name="Sell" hint="S" />
        </div>
        <KindChoice ticket={ticket} />
        <div className="flex flex-col gap-0.5">
          {draft.kind === "stop" ? (
            <Field
              steady
              label="Trigger"
              unit={instrument.quote}
              inputMode="decimal"
              value={draft.trigger}
              fault={reading.faults.trigger}
              onChange={(event) => change({ trigger: event.target.value })}
            />
          ) : null}
          {draft.kind === "market" ? null : (
            <Field
              steady
              label="Price"
              unit={instrument.quote}
              inputMode="decimal"
              placeholder={draft.kind === "stop" ? "market" : ""}
              value={draft.price}
              fault={reading.faults.price}
              onChange={(event) => change({ price: event.target.value })}
            />
          )}
          <Field
            steady
            ref={firstField}
            label="Quantity"
            unit={instrument.base}
            inputMode="decimal"
            value={draft.quantity}
            fault={reading.faults.quantity}
            onChange={(event) => change({ quantity: event.target.value })}
          />
          <ShareSlider ticket={ticket} />
        </div>
        {draft.kind === "limit" ? <LimitTerms ticket={ticket} /> : null}
        <TicketPreviewList ticket={ticket} />
        {user === undefined ? (
          <Link
            href="/sign-in"
            className="grid h-10 place-items-center rounded-md bg-accent-fill text-sm font-semibold text-accent-ink"
          >
            Sign in to trade
          </Link>
        ) : (
          <Action
            type="submit"
            tone={draft.side}
            className="h-10"
            disabled={busy || reading.request === null}
          >
            {buying ? "Buy" : "Sell"} {instrument.base}
          </Action>
        )}
      </form>
    </section>
  );
}

function SideButton({
  ticket: { draft, change },
  side,
  name,
  hint,
}: {
  ticket: TicketState;
  side: Order["side"];
  name: string;
  hint: string;
}) {
  const chosen = draft.side === side;
  const color = side === "buy" ? "bg-buy-fill text-on-fill" : "bg-sell-fill text-on-fill";
  return (
    <button
      type="button"
      aria-pressed={chosen}
      aria-keyshortcuts={hint}
      title={`${name} (${hint})`}
      onClick={() => change({ side })}
      className={`h-8 rounded text-sm font-semibold ${chosen ? color : "text-muted hover:text-text"}`}
    >
      {name}
    </button>
  );
}

function KindChoice({ ticket: { draft, change } }: { ticket: TicketState }) {
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">Kind of order</legend>
      {KINDS.map(({ kind, name }) => (
        <button
          key={kind}
          type="button"
          aria-pressed={draft.kind === kind}
          onClick={() => change({ kind })}
          className={`h-8 rounded px-3 text-sm font-medium ${
            draft.kind === kind ? "bg-raised text-text" : "text-muted hover:text-text"
          }`}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

const TERMS: readonly { readonly value: TimeInForce; readonly name: string }[] = [
  { value: "GTC", name: "Good till canceled" },
  { value: "IOC", name: "Immediate or cancel" },
  { value: "FOK", name: "Fill or kill" },
];

function LimitTerms({ ticket: { draft, change } }: { ticket: TicketState }) {
  const id = useId();
  return (
    <div className="flex items-center justify-between gap-3 text-xs">
      <label htmlFor={id} className="sr-only">
        Time in force
      </label>
      <select
        id={id}
        value={draft.timeInForce}
        onChange={(event) => {
          const timeInForce = TERMS.find(({ value }) => value === event.target.value)?.value ?? "GTC";
          change({ timeInForce, postOnly: timeInForce === "GTC" && draft.postOnly });
        }}
        className="h-7 rounded border border-line bg-panel px-1.5"
      >
        {TERMS.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <label className={`flex items-center gap-1.5 ${draft.timeInForce === "GTC" ? "" : "text-muted"}`}>
        <input
          type="checkbox"
          checked={draft.postOnly}
          disabled={draft.timeInForce !== "GTC"}
          onChange={(event) => change({ postOnly: event.target.checked })}
        />
        Post-only
      </label>
    </div>
  );
}

/** The result of an order, in one sentence. */
function inWords(request: OrderRequest, body: OrderBody, instrument: Instrument): string {
  const order = orderOfBody(body);
  const what = `${order.side === "buy" ? "Buy" : "Sell"} ${order.quantity ?? request.triggerQuantity} ${instrument.base}`;
  switch (order.status) {
    case "Filled":
      return `${what}: filled.`;
    case "PartiallyFilled":
      return `${what}: ${order.filled} filled, the rest is open.`;
    case "TriggerPending":
      return `${what}: waiting for its trigger.`;
    case "Expired": {
      const why = request.timeInForce === "FOK" ? "FillOrKill" : "ImmediateOrCancel";
      return `${what}: ${order.filled} filled, then it ended: ${endingInWords(why)}.`;
    }
    default:
      return `${what}: open.`;
  }
}
