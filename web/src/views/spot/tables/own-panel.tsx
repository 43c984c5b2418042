// The user's open orders, order history, fills and balances on this market, one at a time.

import { useState } from "react";
import { Link } from "wouter";
import type { Instrument } from "../../../model/instrument";
import { known, mapRemote } from "../../../model/remote";
import { useAccount } from "../../feed-context";
import { useMe } from "../../session";
import { Message } from "../../widgets/message";
import { useFills, useOpenOrders, usePastOrders } from "../own";
import { BalanceTable } from "./balance-table";
import { FillTable, PastOrderTable } from "./history-tables";
import { OpenOrderTable } from "./open-orders";
import { Shown } from "./shown";

const TABS = ["Open orders", "Order history", "Fills", "Balances"] as const;
type Tab = (typeof TABS)[number];

interface OwnPanelProps {
  readonly instrument: Instrument;
  readonly cancelAll: () => void;
  readonly className: string;
}

export function OwnPanel({ instrument, cancelAll, className }: OwnPanelProps) {
  const [tab, setTab] = useState<Tab>("Open orders");
  const me = useMe();
  const open = known(useOpenOrders(instrument.symbol)) ?? [];
  return (
    <section
      aria-label="Own orders and balances"
      className={`flex min-h-0 min-w-0 flex-col bg-panel ${className}`}
    >
      <h2 className="sr-only">Own orders and balances</h2>
      <div className="flex h-10 shrink-0 items-center border-b border-line px-1.5">
        <div className="flex h-full min-w-0 flex-1 overflow-x-auto">
          {TABS.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === tab}
              onClick={() => setTab(name)}
              className={`h-full border-b-2 px-2.5 text-sm font-medium whitespace-nowrap ${
                name === tab ? "border-accent-fill" : "border-transparent text-muted hover:text-text"
              }`}
            >
              {name}
              {name === "Open orders" && open.length > 0 ? ` (${open.length})` : ""}
            </button>
          ))}
        </div>
        {tab === "Open orders" && open.length > 0 ? (
          <button
            type="button"
            title="Cancel all orders of this market (Shift+X)"
            aria-keyshortcuts="Shift+X"
            onClick={cancelAll}
            className="ml-2 h-7 shrink-0 rounded-md border border-line px-2.5 text-xs font-medium hover:bg-raised"
          >
            Cancel all
          </button>
        ) : null}
      </div>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an area that scrolls has to be reachable by keyboard.
        tabIndex={0}
        aria-label={tab}
        className="relative min-h-0 flex-1 overflow-auto -outline-offset-2"
      >
        {me.state === "value" && me.value === null ? (
          <Message
            title="Your orders and balances appear here"
            action={
              <Link href="/sign-in" className="font-medium text-accent underline">
                Sign in
              </Link>
            }
          />
        ) : (
          <TabContent tab={tab} instrument={instrument} />
        )}
      </section>
    </section>
  );
}

function TabContent({ tab, instrument }: { tab: Tab; instrument: Instrument }) {
  const open = useOpenOrders(instrument.symbol);
  const account = useAccount();
  const past = usePastOrders(instrument.symbol);
  const fills = useFills(instrument.symbol);
  switch (tab) {
    case "Open orders":
      return (
        <Shown remote={open} empty="No open orders on this market">
          {(orders) => <OpenOrderTable orders={orders} instrument={instrument} />}
        </Shown>
      );
    case "Order history":
      return (
        <Shown remote={past} empty="No orders yet on this market">
          {(orders) => <PastOrderTable orders={orders} instrument={instrument} />}
        </Shown>
      );
    case "Fills":
      return (
        <Shown remote={fills} empty="No fills yet on this market">
          {(rows) => <FillTable fills={rows} instrument={instrument} />}
        </Shown>
      );
    case "Balances":
      return (
        <Shown remote={mapRemote(account, ({ balances }) => Object.entries(balances))} empty="No balances">
          {(balances) => <BalanceTable balances={balances} />}
        </Shown>
      );
  }
}
