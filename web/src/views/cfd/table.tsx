// A table that becomes a list of cards on a narrow screen; each cell then shows its column's name.

import type { ReactNode } from "react";

interface TableProps {
  readonly caption: string;
  /** The columns, each with its width in percent, so that a growing figure moves no other column. */
  readonly columns: Readonly<Record<string, number>>;
  readonly children: ReactNode;
}

export function Table({ caption, columns, children }: TableProps) {
  return (
    <table className="w-full border-collapse text-right text-sm max-lg:block xl:table-fixed">
      <caption className="sr-only">{caption}</caption>
      <colgroup>
        {Object.entries(columns).map(([column, percent]) => (
          <col key={column} style={{ width: `${percent}%` }} />
        ))}
      </colgroup>
      <thead className="text-xs text-muted max-lg:sr-only">
        <tr className="h-8 border-b border-line">
          {Object.keys(columns).map((column, index) => (
            <th
              key={column}
              scope="col"
              className={`px-2 font-medium first:pl-3 last:pr-3 ${index === 0 ? "text-left" : ""}`}
            >
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-lg:block">{children}</tbody>
    </table>
  );
}

export function TableRow({ children }: { children: ReactNode }) {
  return (
    <tr className="border-b border-line last:border-b-0 max-lg:grid max-lg:grid-cols-2 max-lg:gap-x-4 max-lg:gap-y-1.5 max-lg:px-3 max-lg:py-3 sm:max-lg:grid-cols-3">
      {children}
    </tr>
  );
}

/** The heading cell of the row. */
export function TableHead({ children }: { children: ReactNode }) {
  return (
    <th scope="row" className="text-left font-normal max-lg:col-span-full lg:py-2 lg:pr-2 lg:pl-3">
      {children}
    </th>
  );
}

interface TableCellProps {
  readonly name: string;
  readonly children: ReactNode;
  readonly className?: string;
}

export function TableCell({ name, children, className = "" }: TableCellProps) {
  return (
    <td className={`text-left lg:px-2 lg:py-2 lg:text-right lg:last:pr-3 ${className}`}>
      <span aria-hidden="true" className="block text-xs text-muted lg:hidden">
        {name}
      </span>
      {children}
    </td>
  );
}
