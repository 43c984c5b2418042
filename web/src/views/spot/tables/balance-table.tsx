// The user's balance of each asset.

import { type Balance, totalOf } from "../../../model/account";
import { formatDecimal, parseDecimal } from "../../../model/decimal";
import { FigureTable } from "../../widgets/table";

const DECIMALS_LEAST = 2;

interface BalanceTableProps {
  readonly balances: readonly (readonly [string, Balance])[];
  readonly roomy?: boolean;
}

export function BalanceTable({ balances, roomy = false }: BalanceTableProps) {
  const figures = balances.map(([, balance]) => [balance.free, balance.locked, totalOf(balance)]);
  // Every amount shows all its digits, and all have equally many decimals, so that the decimal points line up.
  const decimals = Math.max(DECIMALS_LEAST, ...figures.flat().map((text) => parseDecimal(text).scale));
  return (
    <FigureTable caption="Balances" columns={["Asset", "Free", "Locked", "Total"]} roomy={roomy}>
      {balances.map(([asset], index) => (
        <tr key={asset} data-asset={asset}>
          <td className="font-medium">{asset}</td>
          {figures[index]?.map((text, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a figure is its column.
            <td key={column}>{formatDecimal(text, decimals)}</td>
          ))}
        </tr>
      ))}
    </FigureTable>
  );
}
