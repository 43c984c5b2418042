// Deposits and withdrawals, newest first.

import { useQuery } from "@tanstack/react-query";
import { formatDecimal, parseDecimal } from "../../model/decimal";
import { formatClock, formatDay, parseVenueTime } from "../../model/time";
import type { DepositBody, WithdrawalBody } from "../../wire";
import { remoteOf } from "../queries";
import { useAccountApi, useUser } from "../session";
import { Message } from "../widgets/message";
import { Panel } from "../widgets/panel";
import { FigureTable } from "../widgets/table";

interface Transfer {
  readonly key: string;
  readonly kind: "Deposit" | "Withdrawal";
  readonly body: DepositBody | WithdrawalBody;
}

const EVERY_MS = 5_000;

export function TransfersPanel() {
  const api = useAccountApi();
  const user = useUser();
  const transfers = remoteOf(
    useQuery({
      queryKey: ["own", "transfers", user?.accountId],
      queryFn: async () => merged(...(await Promise.all([api.deposits(), api.withdrawals()]))),
      refetchInterval: EVERY_MS,
    }),
  );
  return (
    <Panel title="Deposits and withdrawals" className="overflow-hidden rounded-lg border border-line">
      {transfers.state === "error" ? (
        <Message title="The deposits and withdrawals could not be loaded" detail={transfers.message} />
      ) : null}
      {transfers.state === "loading" ? (
        <p role="status" className="pulse p-4 text-sm text-muted">
          Loading
        </p>
      ) : null}
      {transfers.state === "value" && transfers.value.length === 0 ? (
        <Message title="No deposits or withdrawals yet" />
      ) : null}
      {transfers.state === "value" && transfers.value.length > 0 ? (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: an area that scrolls has to be reachable by keyboard.
          tabIndex={0}
          aria-label="List of deposits and withdrawals"
          className="relative max-h-80 overflow-auto -outline-offset-2"
        >
          <FigureTable
            roomy
            caption="Deposits and withdrawals, newest first"
            columns={["Time, UTC", "Kind", "Amount", "State"]}
          >
            {transfers.value.map(({ key, kind, body }) => (
              <tr key={key}>
                <td className="text-muted">{moment(body.createdAt)}</td>
                <td>{kind}</td>
                <td>
                  {formatDecimal(body.quantity, Math.max(2, parseDecimal(body.quantity).scale))} {body.symbol}
                </td>
                <td>{body.status}</td>
              </tr>
            ))}
          </FigureTable>
        </section>
      ) : null}
    </Panel>
  );
}

function merged(
  deposits: readonly DepositBody[],
  withdrawals: readonly WithdrawalBody[],
): readonly Transfer[] {
  const all: Transfer[] = [
    ...deposits.map((body) => ({ key: `in ${body.id} ${body.createdAt}`, kind: "Deposit" as const, body })),
    ...withdrawals.map((body) => ({
      key: `out ${body.id} ${body.createdAt}`,
      kind: "Withdrawal" as const,
      body,
    })),
  ];
  return all.sort((a, b) => parseVenueTime(b.body.createdAt) - parseVenueTime(a.body.createdAt));
}

function moment(text: string): string {
  const timeMs = parseVenueTime(text);
  return `${formatDay(timeMs)} ${formatClock(timeMs)}`;
}
