// Open orders; each can be canceled or edited in its row.

import { type FormEvent, type KeyboardEvent, useState } from "react";
import { formatDecimal } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { filledPercent, type Order } from "../../../model/order";
import { readReplacement } from "../../../model/ticket-share";
import { formatClock } from "../../../model/time";
import { useAccountApi } from "../../session";
import { FigureTable, SideCell } from "../../widgets/table";
import { useTask } from "../../widgets/task";
import { toast } from "../../widgets/toasts";
import { quantityOf } from "../own";

const DASH = "\u2013";

export function OpenOrderTable({ orders, instrument }: { orders: readonly Order[]; instrument: Instrument }) {
  const [editedId, setEditedId] = useState<string | null>(null);
  return (
    <FigureTable
      acting
      caption={`Open orders on ${instrument.name}`}
      columns={["Placed, UTC", "Side", "Kind", "Trigger", "Price", "Quantity", "Filled", "Change"]}
    >
      {orders.map((order) =>
        order.id === editedId ? (
          <EditedRow key={order.id} order={order} instrument={instrument} close={() => setEditedId(null)} />
        ) : (
          <OrderRow key={order.id} order={order} instrument={instrument} edit={() => setEditedId(order.id)} />
        ),
      )}
    </FigureTable>
  );
}

interface OrderRowProps {
  readonly order: Order;
  readonly instrument: Instrument;
  readonly edit: () => void;
}

function OrderRow({ order, instrument, edit }: OrderRowProps) {
  const api = useAccountApi();
  const { run, busy } = useTask();
  const price = (text: string | null) => (text === null ? DASH : formatDecimal(text, instrument.priceScale));
  const name = `${order.side} order of ${quantityOf(order, instrument)} at ${order.price ?? "market"}`;
  return (
    <tr data-order={order.id}>
      <td className="text-muted">{formatClock(order.timeMs)}</td>
      <SideCell side={order.side} />
      <td>
        {kindInWords(order)}
        {order.postOnly ? ", post-only" : ""}
      </td>
      <td>{price(order.trigger?.price ?? null)}</td>
      <td>{price(order.price)}</td>
      <td>{quantityOf(order, instrument)}</td>
      <td>{filledPercent(order)}%</td>
      <td>
        {order.trigger === null && order.price !== null ? (
          <RowButton label={`Edit the ${name}`} onClick={edit} disabled={busy}>
            Edit
          </RowButton>
        ) : null}
        <RowButton
          label={`Cancel the ${name}`}
          disabled={busy}
          onClick={() =>
            run(async () => {
              await api.cancel(order.symbol, order.id);
            })
          }
        >
          Cancel
        </RowButton>
      </td>
    </tr>
  );
}

function kindInWords({ kind, trigger }: Order): string {
  if (trigger !== null) return `Stop ${kind}`;
  return kind === "limit" ? "Limit" : "Market";
}

interface EditedRowProps {
  readonly order: Order;
  readonly instrument: Instrument;
  readonly close: () => void;
}

function EditedRow({ order, instrument, close }: EditedRowProps) {
  const api = useAccountApi();
  const { run, busy } = useTask();
  const before = { price: order.price ?? "", quantity: order.quantity ?? "" };
  const [after, setAfter] = useState(before);
  const form = `edit-${order.id}`;
  const save = (event: FormEvent) => {
    event.preventDefault();
    const change = readReplacement(instrument, before, after);
    if (change === null) close();
    else if (typeof change === "string") toast("refused", change);
    else {
      run(async () => {
        await api.replace({ symbol: order.symbol, orderId: order.id, ...change });
        close();
      });
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  const input = (field: "price" | "quantity", label: string, focused: boolean) => (
    <input
      form={form}
      aria-label={label}
      // biome-ignore lint/a11y/noAutofocus: the row was opened to type into it.
      autoFocus={focused}
      inputMode="decimal"
      autoComplete="off"
      value={after[field]}
      onChange={(event) => setAfter({ ...after, [field]: event.target.value })}
      onKeyDown={onKey}
      className="h-6 w-24 rounded border border-line bg-ground px-1.5 text-right"
    />
  );
  return (
    <tr data-order={order.id}>
      <td className="text-muted">{formatClock(order.timeMs)}</td>
      <SideCell side={order.side} />
      <td>{kindInWords(order)}</td>
      <td>{DASH}</td>
      <td>{input("price", "New price", true)}</td>
      <td>{input("quantity", "New quantity", false)}</td>
      <td>{filledPercent(order)}%</td>
      <td>
        <form id={form} onSubmit={save} className="inline">
          <button
            type="submit"
            disabled={busy}
            className="rounded px-1.5 py-0.5 font-medium text-accent hover:bg-raised"
          >
            Save
          </button>
        </form>
        <RowButton label="Discard the change" onClick={close} disabled={busy}>
          Back
        </RowButton>
      </td>
    </tr>
  );
}

interface RowButtonProps {
  readonly label: string;
  readonly children: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}

function RowButton({ label, children, disabled, onClick }: RowButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      disabled={disabled}
      onClick={onClick}
      className="rounded px-1.5 py-0.5 font-medium text-text hover:bg-raised disabled:text-muted"
    >
      {children}
    </button>
  );
}
