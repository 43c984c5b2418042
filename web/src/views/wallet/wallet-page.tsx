// The user's account: balances, deposits and withdrawals, and the API keys for programs.

import { useEffect } from "react";
import { Link } from "wouter";
import { known } from "../../model/remote";
import { useAccount } from "../feed-context";
import { useMe } from "../session";
import { BalanceTable } from "../spot/tables/balance-table";
import { Message } from "../widgets/message";
import { Panel } from "../widgets/panel";
import { DemoDeposit } from "./demo-deposit";
import { KeysPanel } from "./keys-panel";
import { TransfersPanel } from "./transfers-panel";

export function WalletPage() {
  const me = useMe();
  useEffect(() => {
    document.title = "Wallet \u00b7 Outcry";
  }, []);
  if (me.state === "error") return <Message title="Your account could not be loaded" detail={me.message} />;
  if (me.state !== "value") return null;
  if (me.value === null) {
    return (
      <Message
        title="Sign in to see your wallet"
        detail="Balances, deposits and API keys belong to an account."
        action={
          <Link href="/sign-in" className="font-medium text-accent underline">
            Sign in
          </Link>
        }
      />
    );
  }
  const { email, accountId, mode } = me.value;
  return (
    <div className="mx-auto w-full max-w-[84rem] px-3 wide:max-w-[150rem] pt-6 pb-16 sm:px-5 sm:pt-9">
      <div className="mb-5 flex flex-wrap items-end justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-2xl font-bold tracking-tight">Wallet</h1>
          <p className="mt-1 text-sm break-all text-muted">
            {email} · account {accountId}
          </p>
        </div>
        {mode === "demo" ? <DemoDeposit /> : null}
      </div>
      <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2 wide:grid-cols-3">
        <Panel title="Balances" className="overflow-hidden rounded-lg border border-line">
          <Balances />
        </Panel>
        <TransfersPanel />
        <div className="min-w-0 lg:max-wide:col-span-2">
          <KeysPanel />
        </div>
      </div>
    </div>
  );
}

function Balances() {
  const account = useAccount();
  if (account.state === "error")
    return <Message title="Balances could not be loaded" detail={account.message} />;
  const balances = known(account)?.balances;
  if (balances === undefined) {
    return (
      <p role="status" className="pulse p-4 text-sm text-muted">
        Loading
      </p>
    );
  }
  return (
    <div className="overflow-x-auto">
      <BalanceTable roomy balances={Object.entries(balances)} />
    </div>
  );
}
