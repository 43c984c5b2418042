// What somebody has of each asset.

import { type Balance, totalOf } from "../../../model/account";
import { formatDecimal, parseDecimal } from "../../../model/decimal";
import { FigureTable } from "../../widgets/table";

const DECIMALS_LEAST = 2;

export function BalanceTable({ balances }: { balances: readonly (readonly [string, Balance])[] }) {
  return (
    <FigureTable caption="Balances" columns={["Asset", "Free", "In orders", "Total"]}>
      {balances.map(([asset, balance]) => (
        <tr key={asset} data-asset={asset}>
          <td className="font-medium">{asset}</td>
          <td>{amount(balance.free)}</td>
          <td>{amount(balance.locked)}</td>
          <td>{amount(totalOf(balance))}</td>
        </tr>
      ))}
    </FigureTable>
  );
}

/** With all its digits. */
function amount(text: string): string {
  return formatDecimal(text, Math.max(DECIMALS_LEAST, parseDecimal(text).scale));
}
