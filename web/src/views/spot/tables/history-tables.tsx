// The history of orders, with the way each ended, and of fills.

import { formatDecimal } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { sideOf } from "../../../model/order";
import { endingInWords } from "../../../model/refusal";
import { formatClock, formatDay, parseVenueTime } from "../../../model/time";
import type { FillBody, PastOrderBody } from "../../../wire";
import { FigureTable, SideCell } from "../../widgets/table";

const DASH = "\u2013";

const STATUSES: Readonly<Record<string, string>> = {
  New: "Open",
  PartiallyFilled: "Partly filled",
  Filled: "Filled",
  Cancelled: "Canceled",
  TriggerPending: "Waiting",
};

export function PastOrderTable({
  orders,
  instrument,
}: {
  orders: readonly PastOrderBody[];
  instrument: Instrument;
}) {
  return (
    <FigureTable
      caption={`Orders on ${instrument.name}, newest first`}
      columns={["Placed, UTC", "Side", "Kind", "Price", "Quantity", "Filled", "State"]}
    >
      {orders.map((order) => (
        <tr key={order.id}>
          <td className="text-muted">{moment(String(order.createdAt))}</td>
          <SideCell side={sideOf(order.side)} />
          <td>{order.orderType}</td>
          <td>{order.price == null ? DASH : formatDecimal(order.price, instrument.priceScale)}</td>
          <td>{order.quantity == null ? DASH : formatDecimal(order.quantity, instrument.quantityScale)}</td>
          <td>{formatDecimal(order.executedQuantity, instrument.quantityScale)}</td>
          <td>{stateOf(order)}</td>
        </tr>
      ))}
    </FigureTable>
  );
}

function stateOf({ status, expiryReason }: PastOrderBody): string {
  const name = STATUSES[status];
  if (name !== undefined) return name;
  return expiryReason == null ? "Ended" : `Ended: ${endingInWords(expiryReason)}`;
}

export function FillTable({ fills, instrument }: { fills: readonly FillBody[]; instrument: Instrument }) {
  return (
    <FigureTable
      caption={`Fills on ${instrument.name}, newest first`}
      columns={["Time, UTC", "Side", "Price", "Quantity", "Fee", "Role"]}
    >
      {fills.map((fill) => (
        <tr key={`${fill.tradeId} ${fill.orderId}`}>
          <td className="text-muted">{moment(fill.timestamp)}</td>
          <SideCell side={sideOf(fill.side)} />
          <td>{formatDecimal(fill.price, instrument.priceScale)}</td>
          <td>{formatDecimal(fill.quantity, instrument.quantityScale)}</td>
          <td>
            {fill.fee} {fill.feeSymbol}
          </td>
          <td>{fill.isMaker ? "Maker" : "Taker"}</td>
        </tr>
      ))}
    </FigureTable>
  );
}

function moment(text: string): string {
  const timeMs = parseVenueTime(text);
  return `${formatDay(timeMs)} ${formatClock(timeMs)}`;
}
