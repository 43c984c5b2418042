// A plain table of figures: the first column is aligned left, the others right.

import type { ReactNode } from "react";

interface FigureTableProps {
  readonly caption: string;
  /** Uses larger text, for a page of its own. */
  readonly roomy?: boolean;
  /** The last column, with the row's buttons, stays visible when the others scroll. */
  readonly acting?: boolean;
  readonly columns: readonly string[];
  readonly children: ReactNode;
}

export function FigureTable({ caption, columns, children, roomy = false, acting = false }: FigureTableProps) {
  return (
    <table
      className={`w-full max-w-[110rem] border-collapse text-right whitespace-nowrap ${roomy ? "text-xs sm:text-sm" : "text-xs"} ${
        acting ? "[&_tr>:last-child]:sticky [&_tr>:last-child]:right-0 [&_tr>:last-child]:bg-panel" : ""
      } [&_td]:px-2 [&_td:first-child]:pl-3 [&_td:first-child]:text-left [&_td:last-child]:pr-3 [&_th]:px-2 [&_th:first-child]:pl-3 [&_th:first-child]:text-left [&_th:last-child]:pr-3`}
    >
      <caption className="sr-only">{caption}</caption>
      <thead className="sticky top-0 z-10 bg-panel text-muted">
        <tr className="h-8">
          {columns.map((column) => (
            <th key={column} scope="col" className="font-medium">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="[&_tr]:h-8 [&_tr]:border-t [&_tr]:border-line">{children}</tbody>
    </table>
  );
}

export function SideCell({ side }: { side: "buy" | "sell" }) {
  return (
    <td className={`font-medium ${side === "buy" ? "text-buy" : "text-sell"}`}>
      {side === "buy" ? "Buy" : "Sell"}
    </td>
  );
}
