// The latest public trades, newest on top, in the color of the taker's side.

import { memo } from "react";
import { formatDecimal } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { formatClock } from "../../../model/time";
import type { Trade } from "../../../model/trade";
import { useTape } from "../../feed-context";
import { Message } from "../../widgets/message";
import { Panel } from "../../widgets/panel";

export function TapePanel({ instrument, className }: { instrument: Instrument; className: string }) {
  const tape = useTape(instrument);
  return (
    <Panel title="Trades" className={className}>
      {tape.state === "error" ? (
        <Message title="The trades could not be loaded" detail={tape.message} />
      ) : null}
      {tape.state === "value" && tape.value.length === 0 ? (
        <Message title="No trades yet" detail="The first one will appear here." />
      ) : null}
      {tape.state === "value" && tape.value.length > 0 ? (
        <TradeTable instrument={instrument} trades={tape.value} />
      ) : null}
      {tape.state === "loading" || tape.state === "idle" ? <LoadingTape /> : null}
    </Panel>
  );
}

function TradeTable({ instrument, trades }: { instrument: Instrument; trades: readonly Trade[] }) {
  return (
    <div className="relative min-h-0 flex-1 overflow-hidden">
      <table className="w-full table-fixed border-collapse text-right text-sm">
        <caption className="sr-only">Latest trades of {instrument.name}, newest first</caption>
        <thead className="text-xs text-muted">
          <tr className="h-7">
            <th scope="col" className="w-[36%] pl-3 text-left font-medium">
              Price
            </th>
            <th scope="col" className="font-medium">
              Quantity
            </th>
            <th scope="col" className="w-[32%] pr-3 font-medium">
              Time, UTC
            </th>
          </tr>
        </thead>
        <tbody>
          {trades.map((trade) => (
            <TradeRow key={trade.id} trade={trade} instrument={instrument} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TradeRow = memo(function TradeRow({ trade, instrument }: { trade: Trade; instrument: Instrument }) {
  const buy = trade.takerSide === "buy";
  return (
    <tr className="h-5">
      <td className={`pl-3 text-left ${buy ? "text-buy" : "text-sell"}`}>
        {formatDecimal(trade.price, instrument.priceScale)}
        <span className="sr-only">, {trade.takerSide}</span>
      </td>
      <td>{formatDecimal(trade.quantity, instrument.quantityScale)}</td>
      <td className="pr-3 text-muted">{formatClock(trade.timeMs)}</td>
    </tr>
  );
});

function LoadingTape() {
  return (
    <div className="flex flex-col gap-2.5 p-3" role="status" aria-label="Loading trades">
      {[0, 1, 2, 3, 4, 5, 6, 7].map((row) => (
        <span key={row} className="skeleton h-2.5" />
      ))}
    </div>
  );
}
