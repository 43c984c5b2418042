// Trading on margin: one contract with its prices, ticket and chart, and all of the account's positions.

import { useEffect } from "react";
import { Link } from "wouter";
import { type Contract, heldIn, type Position } from "../../model/cfd";
import { known } from "../../model/remote";
import { formatSpan } from "../../model/time";
import { Message, TextButton } from "../widgets/message";
import { useNow } from "../widgets/now";
import { CfdChart } from "./cfd-chart";
import { useClosedPositions, useEquity, usePositions, usePricedContracts } from "./cfd-queries";
import { EquityStrip } from "./equity-strip";
import { priceText } from "./figures";
import { ClosedPositions, OpenPositions } from "./positions";
import { Ticket } from "./ticket";

const NO_POSITIONS: readonly Position[] = [];

export function CfdPage({ asset }: { asset: string }) {
  const { remote, silent, refresh } = usePricedContracts();
  if (remote.state === "error") {
    return (
      <Message
        title="The contracts could not be loaded"
        detail={remote.message}
        action={<TextButton onClick={refresh}>Try again</TextButton>}
      />
    );
  }
  if (remote.state !== "value") return <Message title="Loading" />;
  const contract = remote.value.find((candidate) => candidate.asset === asset);
  if (contract === undefined) {
    return (
      <Message
        title={`There is no contract on ${asset}`}
        detail="It may have another name on this venue."
        action={
          <Link href="/" className="font-medium text-accent underline">
            See all markets
          </Link>
        }
      />
    );
  }
  return <CfdView contract={contract} contracts={remote.value} silent={silent} />;
}

interface CfdViewProps {
  readonly contract: Contract;
  readonly contracts: readonly Contract[];
  /** The venue does not answer. */
  readonly silent: boolean;
}

function CfdView({ contract, contracts, silent }: CfdViewProps) {
  const positions = usePositions(contracts);
  const closed = useClosedPositions(contracts);
  const equity = useEquity(contract);
  const open = known(positions) ?? NO_POSITIONS;
  useTitle(contract);
  return (
    <div className="flex w-full flex-1 flex-col gap-3 p-3">
      <h1 className="sr-only">{contract.name} on margin</h1>
      <ContractChoice contract={contract} contracts={contracts} silent={silent} />
      <div className="grid items-stretch gap-3 lg:flex-1 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <CfdChart contract={contract} positions={open} />
        <Ticket
          key={contract.asset}
          contract={contract}
          equity={equity}
          held={heldIn(contract, open)}
          silent={silent}
        />
      </div>
      <EquityStrip equity={equity} positions={open} contracts={contracts} contract={contract} />
      <div className="grid grid-cols-1 items-start gap-3 wide:grid-cols-[3fr_2fr]">
        <OpenPositions positions={positions} contracts={contracts} />
        <ClosedPositions positions={closed} contracts={contracts} />
      </div>
    </div>
  );
}

function ContractChoice({ contract, contracts, silent }: CfdViewProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
      <nav aria-label="Contracts" className="flex flex-wrap gap-1.5">
        {contracts.map((each) => (
          <Link
            key={each.asset}
            href={`/cfd/${each.asset}`}
            aria-current={each.asset === contract.asset ? "page" : undefined}
            className={`rounded-md border px-2.5 py-1 text-sm ${
              each.asset === contract.asset ? "border-accent bg-panel" : "border-line hover:bg-raised"
            }`}
          >
            <span className="font-semibold">{each.name}</span>{" "}
            <span className="text-muted">{priceText(each.quote?.bid ?? null, each.priceScale)}</span>
          </Link>
        ))}
      </nav>
      <PriceAge contract={contract} silent={silent} />
    </div>
  );
}

const AGE_EVERY_MS = 500;
const BADGES = { certain: "", doubted: "In doubt. ", closed: "Session closed. " };

/** The age of the price by this machine's clock, which may differ slightly from the venue's. */
function PriceAge({
  contract: { quote, stale, priceState },
  silent,
}: {
  contract: Contract;
  silent: boolean;
}) {
  const now = useNow(AGE_EVERY_MS);
  const text = quote === null ? "No price yet" : `Price ${formatSpan(Math.max(0, now - quote.sourceMs))} old`;
  const badge =
    silent || quote === null ? "" : stale && priceState === "certain" ? "Stale. " : BADGES[priceState];
  return (
    <p
      data-stale={stale}
      data-price-state={priceState}
      className={`rounded px-2 py-0.5 text-xs ${badge ? "bg-warn-fill font-semibold text-warn-ink" : "text-muted"}`}
    >
      {`${badge}${text}`}
    </p>
  );
}

/** The price in the page's title, which is visible from another tab. */
function useTitle(contract: Contract): void {
  const price = priceText(contract.quote?.bid ?? null, contract.priceScale);
  useEffect(() => {
    document.title = `${price} ${contract.name} on margin \u00b7 Outcry`;
  }, [price, contract.name]);
}
