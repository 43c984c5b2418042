// The contracts with their current bid and ask, and their maximum leverage.

import { Link } from "wouter";
import { formatDecimal, parseDecimal } from "../../model/decimal";
import { tickerChange } from "../../model/ticker";
import type { ContractBody } from "../../wire";
import { useTicker } from "../feed-context";
import { AssetMark, Change } from "../widgets/figures";

const DASH = "\u2013";
const PRICE_DECIMALS_LEAST = 2;

export function ContractTable({ contracts }: { contracts: readonly ContractBody[] }) {
  return (
    <table className="w-full border-collapse text-right">
      <caption className="sr-only">All contracts with their bid and ask</caption>
      <thead className="text-xs text-muted">
        <tr className="h-9 border-b border-line">
          <th scope="col" className="pl-3 text-left font-medium sm:pl-5">
            Contract
          </th>
          <th scope="col" className="font-medium">
            Bid
          </th>
          <th scope="col" className="px-3 font-medium">
            Ask
          </th>
          <th scope="col" className="hidden font-medium sm:table-cell">
            24 h change
          </th>
          <th scope="col" className="hidden pr-5 font-medium sm:table-cell">
            Leverage up to
          </th>
        </tr>
      </thead>
      <tbody>
        {contracts.map((contract) => (
          <ContractRow key={contract.asset} contract={contract} />
        ))}
      </tbody>
    </table>
  );
}

function ContractRow({ contract }: { contract: ContractBody }) {
  const [base = contract.asset, quote] = contract.asset.split("_");
  const ticker = useTicker(contract.asset);
  return (
    <tr className="relative h-16 border-b border-line last:border-b-0 hover:bg-raised">
      <th scope="row" className="pl-3 text-left font-normal sm:pl-5">
        <span className="flex items-center gap-3">
          <AssetMark asset={base} />
          <Link
            href={`/cfd/${contract.asset}`}
            className="font-semibold after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {base}
            <span className="font-normal text-muted">/{quote} CFD</span>
          </Link>
        </span>
      </th>
      <td className="font-medium">{price(contract.bid)}</td>
      <td className="px-3 font-medium">{price(contract.ask)}</td>
      <td className="hidden sm:table-cell">
        <Change basisPoints={ticker && tickerChange(ticker)} />
      </td>
      <td className="hidden pr-5 sm:table-cell">{contract.leverageMax}×</td>
    </tr>
  );
}

function price(text: string | null): string {
  return text === null ? DASH : formatDecimal(text, Math.max(PRICE_DECIMALS_LEAST, parseDecimal(text).scale));
}
