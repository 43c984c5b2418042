// The open positions with their live PnL, and the closed positions.

import { useState } from "react";
import { type Contract, canDeal, type Position } from "../../model/cfd";
import { returnBasisPoints, unrealizedOf } from "../../model/cfd-margin";
import { formatLeverage } from "../../model/cfd-ticket";
import type { Remote } from "../../model/remote";
import { formatClock, formatDay } from "../../model/time";
import type { PositionStatus } from "../../wire";
import { Message } from "../widgets/message";
import { Panel } from "../widgets/panel";
import { useCfdAction } from "./cfd-queries";
import { Refusal } from "./fields";
import { DASH, Gain, GainPercent, moneyText, priceText } from "./figures";
import { PositionDialog } from "./position-dialog";
import { Table, TableCell, TableHead, TableRow } from "./table";

interface PositionsProps {
  readonly positions: Remote<readonly Position[]>;
  readonly contracts: readonly Contract[];
}

export function OpenPositions({ positions, contracts }: PositionsProps) {
  const [changing, setChanging] = useState<string | null>(null);
  const rows = positions.state === "value" ? positions.value : [];
  const changed = rows.find(({ tradeId }) => tradeId === changing);
  const changedContract = contractOf(changed, contracts);
  return (
    <Panel title="Open positions" className="overflow-hidden rounded-lg border border-line">
      {rows.length === 0 ? (
        <Nothing positions={positions} title="No open positions" />
      ) : (
        <Table
          caption="Open positions, with the profit of closing each now"
          columns={{
            Position: 14,
            Size: 9,
            Margin: 9,
            Entry: 9,
            Now: 9,
            Liquidation: 9,
            "Stop / target": 16,
            PnL: 13,
            Actions: 12,
          }}
        >
          {rows.map((position) => {
            const contract = contractOf(position, contracts);
            return contract === undefined ? null : (
              <OpenRow
                key={position.tradeId}
                position={position}
                contract={contract}
                change={() => setChanging(position.tradeId)}
              />
            );
          })}
        </Table>
      )}
      {changed === undefined || changedContract === undefined ? null : (
        <PositionDialog
          key={changed.tradeId}
          position={changed}
          contract={changedContract}
          close={() => setChanging(null)}
        />
      )}
    </Panel>
  );
}

interface OpenRowProps {
  readonly position: Position;
  readonly contract: Contract;
  readonly change: () => void;
}

function OpenRow({ position, contract, change }: OpenRowProps) {
  const { priceScale, moneyScale } = contract;
  const closing = useCfdAction((api, tradeId: string) => api.close(tradeId));
  const gain = unrealizedOf(position, contract.quote);
  const price = (units: bigint | null) => priceText(units, priceScale);
  const now = contract.quote && (position.direction === "LONG" ? contract.quote.bid : contract.quote.ask);
  const name = nameOf(position, contract);
  return (
    <TableRow>
      <TableHead>
        <PositionName position={position} contract={contract} />
        <Refusal error={closing.error} />
      </TableHead>
      <TableCell name="Size">{moneyText(position.notional, moneyScale + 1)}</TableCell>
      <TableCell name="Margin">{moneyText(position.remainingMargin, moneyScale)}</TableCell>
      <TableCell name="Entry">{price(position.entryPrice)}</TableCell>
      <TableCell name="Now" className={canDeal(contract) ? "" : "text-muted line-through"}>
        {price(now)}
      </TableCell>
      <TableCell name="Liquidation">
        {position.liquidationPrice === null ? "Never" : price(position.liquidationPrice)}
      </TableCell>
      <TableCell name="Stop / target">
        {price(position.stopLoss)} / {price(position.takeProfit)}
      </TableCell>
      <TableCell name="PnL" className="font-medium">
        {gain === null ? (
          DASH
        ) : (
          <>
            <Gain units={gain} scale={moneyScale} />{" "}
            <span className="text-xs">
              <GainPercent basisPoints={returnBasisPoints(gain, position.remainingMargin)} />
            </span>
          </>
        )}
      </TableCell>
      <TableCell name="Actions" className="max-lg:col-span-full">
        <span className="flex justify-end gap-1.5 max-lg:pt-1">
          <RowButton label={`Change ${name}`} onClick={change}>
            Change
          </RowButton>
          <RowButton
            label={`Close ${name}`}
            disabled={!canDeal(contract) || closing.isPending}
            onClick={() => closing.mutate(position.tradeId)}
          >
            Close
          </RowButton>
        </span>
      </TableCell>
    </TableRow>
  );
}

interface RowButtonProps {
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly children: string;
}

function RowButton({ label, onClick, disabled = false, children }: RowButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      disabled={disabled}
      onClick={onClick}
      className="rounded-md border border-line px-2.5 py-1 font-medium hover:bg-raised disabled:text-muted max-lg:flex-1 max-lg:py-2"
    >
      {children}
    </button>
  );
}

const ENDS: Readonly<Record<PositionStatus, string>> = {
  OPEN: "Open",
  CLOSED: "Closed",
  LIQUIDATED: "Liquidated",
  STOP_LOSS: "Stop loss",
  TAKE_PROFIT: "Take profit",
};

export function ClosedPositions({ positions, contracts }: PositionsProps) {
  const rows = positions.state === "value" ? positions.value : [];
  return (
    <Panel title="Closed positions" className="overflow-hidden rounded-lg border border-line">
      {rows.length === 0 ? (
        <Nothing positions={positions} title="No closed positions yet" />
      ) : (
        <Table
          caption="Closed positions, newest first"
          columns={{ Position: 18, Ended: 20, How: 12, Margin: 12, Entry: 12, Exit: 12, PnL: 14 }}
        >
          {rows.map((position) => {
            const contract = contractOf(position, contracts);
            // A position that was closed in parts has a row for each of them.
            const key = `${position.tradeId} ${position.updatedMs} ${position.remainingMargin}`;
            return contract === undefined ? null : (
              <ClosedRow key={key} position={position} contract={contract} />
            );
          })}
        </Table>
      )}
    </Panel>
  );
}

function ClosedRow({ position, contract }: { position: Position; contract: Contract }) {
  const { priceScale, moneyScale } = contract;
  const liquidated = position.status === "LIQUIDATED";
  return (
    <TableRow>
      <TableHead>
        <PositionName position={position} contract={contract} />
      </TableHead>
      <TableCell name="Ended">
        <time dateTime={new Date(position.updatedMs).toISOString()}>
          {formatDay(position.updatedMs)} {formatClock(position.updatedMs)}
        </time>
      </TableCell>
      <TableCell name="How" className={liquidated ? "font-medium text-sell" : ""}>
        {ENDS[position.status]}
      </TableCell>
      <TableCell name="Margin">{moneyText(position.margin, moneyScale)}</TableCell>
      <TableCell name="Entry">{priceText(position.entryPrice, priceScale)}</TableCell>
      <TableCell name="Exit">{priceText(position.closePrice, priceScale)}</TableCell>
      <TableCell name="PnL" className="font-medium">
        <Gain units={position.realizedPnl} scale={moneyScale} exact />
      </TableCell>
    </TableRow>
  );
}

function PositionName({ position, contract }: { position: Position; contract: Contract }) {
  const long = position.direction === "LONG";
  return (
    <span className="flex items-baseline gap-2">
      <span className="font-semibold">{contract.name}</span>
      <span className={`text-xs font-semibold ${long ? "text-buy" : "text-sell"}`}>
        {long ? "Long" : "Short"} {formatLeverage(position.leverage)}
      </span>
    </span>
  );
}

function nameOf(position: Position, contract: Contract): string {
  return `${position.direction === "LONG" ? "long" : "short"} ${contract.name} ${formatLeverage(position.leverage)}`;
}

function Nothing({ positions, title }: { positions: Remote<readonly Position[]>; title: string }) {
  switch (positions.state) {
    case "idle":
      return <Message title="Sign in to see your positions" />;
    case "loading":
      return <Message title="Loading" />;
    case "error":
      return <Message title="Positions could not be loaded" detail={`${positions.message} Trying again.`} />;
    case "value":
      return <Message title={title} />;
  }
}

function contractOf(position: Position | undefined, contracts: readonly Contract[]): Contract | undefined {
  return contracts.find(({ asset }) => asset === position?.asset);
}
