// The balances, on pages that are large enough to show them always.

import { mapRemote } from "../../../model/remote";
import { useAccount } from "../../feed-context";
import { useMe } from "../../session";
import { Message } from "../../widgets/message";
import { Panel } from "../../widgets/panel";
import { BalanceTable } from "./balance-table";
import { Shown } from "./shown";

export function FundsPanel({ className }: { className: string }) {
  const me = useMe();
  const balances = mapRemote(useAccount(), (account) => Object.entries(account.balances));
  return (
    <Panel title="Balances" className={className}>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an area that scrolls has to be reachable by keyboard.
        tabIndex={0}
        aria-label="All balances"
        className="relative min-h-0 flex-1 overflow-auto -outline-offset-2"
      >
        {me.state === "value" && me.value === null ? (
          <Message title="Sign in to see your balances" />
        ) : (
          <Shown remote={balances} empty="No balances">
            {(rows) => <BalanceTable balances={rows} />}
          </Shown>
        )}
      </section>
    </Panel>
  );
}
