// The landing page: all markets and contracts, and the addresses for programs.

import { useCallback, useEffect, useRef, useState } from "react";
import { formatCompact, formatUnits, parseDecimal, rescale } from "../../model/decimal";
import { type Instrument, searchInstruments } from "../../model/instrument";
import { known } from "../../model/remote";
import type { Ticker } from "../../model/ticker";
import { useTerminal } from "../feed-context";
import { useContracts, useInstruments } from "../queries";
import { Message, TextButton } from "../widgets/message";
import { useSearchKey } from "../widgets/search-key";
import { ConnectPanel } from "./connect-panel";
import { ContractTable } from "./contract-table";
import { MarketTable } from "./market-table";
import { VenuePanel } from "./venue-panel";

export function MarketsPage() {
  const { remote, refresh } = useInstruments();
  const [text, setText] = useState("");
  const search = useRef<HTMLInputElement>(null);
  useSearchKey(useCallback(() => search.current?.focus(), []));
  useEffect(() => {
    document.title = "Markets \u00b7 Outcry";
  }, []);

  const instruments = known(remote);
  return (
    <div className="mx-auto w-full max-w-[84rem] px-3 wide:max-w-[150rem] pt-6 pb-16 sm:px-5 sm:pt-9">
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
        <div>
          <h1 className="text-2xl font-bold tracking-tight">Markets</h1>
          <Totals instruments={instruments} />
        </div>
        <label className="relative block w-full sm:w-72">
          <span className="sr-only">Search markets</span>
          <input
            ref={search}
            type="search"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && setText("")}
            placeholder="Search markets"
            autoComplete="off"
            className="h-10 w-full rounded-md border border-line bg-panel pr-10 pl-3 placeholder:text-muted"
          />
          {text === "" ? (
            <kbd className="pointer-events-none absolute top-1/2 right-3 hidden -translate-y-1/2 rounded border border-line px-1.5 font-sans text-xs text-muted sm:block">
              /
            </kbd>
          ) : null}
        </label>
      </div>
      <div className="mt-5 grid grid-cols-1 items-start gap-6 wide:grid-cols-[3fr_2fr]">
        <section aria-label="Spot">
          <h2 className="mb-2 text-lg font-bold tracking-tight">Spot</h2>
          <div className="overflow-hidden rounded-lg border border-line bg-panel">
            {remote.state === "error" ? (
              <Message
                title="The markets could not be loaded"
                detail={remote.message}
                action={<TextButton onClick={refresh}>Try again</TextButton>}
              />
            ) : (
              <MarketTable
                instruments={instruments && searchInstruments(instruments, text)}
                empty={
                  text === ""
                    ? "No market is listed on this venue yet"
                    : `No market matches \u201c${text}\u201d`
                }
              />
            )}
          </div>
        </section>
        <Contracts text={text} />
      </div>
      <div className="mt-6 grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <ConnectPanel symbol={instruments?.[0]?.name ?? "BTC/USDC"} />
        <VenuePanel />
      </div>
    </div>
  );
}

function Contracts({ text }: { text: string }) {
  const { remote, refresh } = useContracts();
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = known(remote)?.filter(({ asset }) =>
    words.every((word) => `${asset} ${asset.replace("_", "/")} cfd`.toLowerCase().includes(word)),
  );
  if (found?.length === 0) return null;
  return (
    <section aria-label="CFD">
      <h2 className="mb-2 text-lg font-bold tracking-tight">CFD</h2>
      <div className="min-h-24 overflow-hidden rounded-lg border border-line bg-panel">
        {remote.state === "error" ? (
          <Message
            title="The contracts could not be loaded"
            detail={remote.message}
            action={<TextButton onClick={refresh}>Try again</TextButton>}
          />
        ) : null}
        {found === undefined ? null : <ContractTable contracts={found} />}
      </div>
    </section>
  );
}

/** The number of markets, and their volume in 24 hours for each quote asset. */
function Totals({ instruments }: { instruments: readonly Instrument[] | undefined }) {
  const tickers = useTerminal((state) => known(state.tickers));
  if (instruments === undefined || tickers === undefined) {
    return <p className="mt-1 h-5 text-sm text-muted">Loading</p>;
  }
  const volumes = [...volumeByQuote(instruments, tickers)].map(([quote, volume]) => `${volume} ${quote}`);
  const traded = volumes.length === 0 ? "" : ` \u00b7 ${volumes.join(" and ")} traded in 24 h`;
  const count = instruments.length === 1 ? "1 spot market" : `${instruments.length} spot markets`;
  return (
    <p className="mt-1 text-sm text-muted">
      {count}
      {traded}
    </p>
  );
}

const VOLUME_SCALE = 2;

function volumeByQuote(instruments: readonly Instrument[], tickers: Readonly<Record<string, Ticker>>) {
  const units = new Map<string, bigint>();
  for (const { symbol, quote } of instruments) {
    const ticker = tickers[symbol];
    if (ticker === undefined) continue;
    units.set(quote, (units.get(quote) ?? 0n) + rescale(parseDecimal(ticker.quoteVolume), VOLUME_SCALE));
  }
  return new Map(
    [...units].map(([quote, sum]) => [
      quote,
      formatCompact(formatUnits(sum, VOLUME_SCALE).replaceAll(",", "")),
    ]),
  );
}
