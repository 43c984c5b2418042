// The current equity of the account.

import type { Contract, Equity, Position } from "../../model/cfd";
import { unrealizedOf } from "../../model/cfd-margin";
import type { Remote } from "../../model/remote";
import { Figure } from "../widgets/figures";
import { Gain, moneyText, Stat } from "./figures";

interface EquityStripProps {
  readonly equity: Remote<Equity>;
  readonly positions: readonly Position[];
  readonly contracts: readonly Contract[];
  readonly contract: Contract;
}

export function EquityStrip({ equity, positions, contracts, contract }: EquityStripProps) {
  if (equity.state === "idle") return null;
  if (equity.state === "error") {
    return (
      <p role="alert" className="rounded-lg border border-line bg-panel px-3 py-2 text-sm">
        The equity could not be loaded. {equity.message}
      </p>
    );
  }
  const { moneyScale: scale, wallet } = contract;
  const value = equity.state === "value" ? equity.value : undefined;
  const live = value && atThesePrices(value, positions, contracts);
  const money = (units: bigint | undefined) => (
    <Figure text={units === undefined ? undefined : moneyText(units, scale)} />
  );
  return (
    <dl
      aria-label="Equity"
      className="grid grid-cols-2 gap-x-4 gap-y-2 rounded-lg border border-line bg-panel px-3 py-2 sm:grid-cols-4"
    >
      <Stat name={`Free, ${wallet}`}>{money(value?.free)}</Stat>
      <Stat name="Margin">{money(value?.margin)}</Stat>
      <Stat name="Unrealised PnL">
        {live === undefined ? money(undefined) : <Gain units={live.unrealizedPnl} scale={scale} />}
      </Stat>
      <Stat name="Equity">{money(live?.equity)}</Stat>
    </dl>
  );
}

/** The account's equity at the displayed prices, so that no figure contradicts another. */
function atThesePrices(
  equity: Equity,
  positions: readonly Position[],
  contracts: readonly Contract[],
): Pick<Equity, "unrealizedPnl" | "equity"> {
  const quotes = new Map(contracts.map(({ asset, quote }) => [asset, quote]));
  const unrealizedPnl = positions.reduce(
    (sum, position) => sum + (unrealizedOf(position, quotes.get(position.asset) ?? null) ?? 0n),
    0n,
  );
  return { unrealizedPnl, equity: equity.equity - equity.unrealizedPnl + unrealizedPnl };
}
