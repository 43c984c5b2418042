// One instrument, live: chart, book, tape, ticket and the user's orders side by side, or one at a time on a narrow screen.

import { useCallback, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { formatDecimal } from "../../model/decimal";
import type { Instrument } from "../../model/instrument";
import type { Side } from "../../model/order";
import { useTicker } from "../feed-context";
import { useInstruments } from "../queries";
import { useAccountApi, useUser } from "../session";
import { Message, TextButton } from "../widgets/message";
import { useTask } from "../widgets/task";
import { toast } from "../widgets/toasts";
import { useTradingKeys } from "../widgets/trading-keys";
import { BookPanel } from "./book/book-panel";
import { ChartPanel } from "./chart/chart-panel";
import { InstrumentHeader } from "./instrument-header";
import { useFreshHistory } from "./own";
import { FundsPanel } from "./tables/funds-panel";
import { OwnPanel } from "./tables/own-panel";
import { TapePanel } from "./tape/tape-panel";
import { TicketPanel } from "./ticket/ticket-panel";
import { useTicket } from "./ticket/use-ticket";

export function SpotPage({ symbol }: { symbol: string }) {
  const { remote, refresh } = useInstruments();
  if (remote.state === "error") {
    return (
      <Message
        title="The markets could not be loaded"
        detail={remote.message}
        action={<TextButton onClick={refresh}>Try again</TextButton>}
      />
    );
  }
  if (remote.state !== "value") return null;
  const instrument = remote.value.find((candidate) => candidate.symbol === symbol);
  if (instrument === undefined) {
    return (
      <Message
        title={`${symbol} is not listed here`}
        detail="It may have another name on this venue."
        action={
          <Link href="/" className="font-medium text-accent underline">
            See all markets
          </Link>
        }
      />
    );
  }
  return <SpotView instrument={instrument} instruments={remote.value} />;
}

type Area = "ticket" | "chart" | "book" | "tape";

const AREAS: readonly { readonly area: Area; readonly name: string }[] = [
  { area: "chart", name: "Chart" },
  { area: "book", name: "Book" },
  { area: "tape", name: "Trades" },
  { area: "ticket", name: "Order" },
];

interface SpotViewProps {
  readonly instrument: Instrument;
  readonly instruments: readonly Instrument[];
}

function SpotView({ instrument, instruments }: SpotViewProps) {
  const [area, setArea] = useState<Area>("chart");
  const ticket = useTicket(instrument);
  const quantity = useRef<HTMLInputElement>(null);
  const cancelAll = useCancelAll(instrument);
  const { change } = ticket;
  const choose = useCallback(
    (side: Side) => {
      change({ side });
      setArea("ticket");
      // The field may become visible only with this change.
      requestAnimationFrame(() => quantity.current?.focus());
    },
    [change],
  );
  const pick = useCallback(
    (price: string) => {
      change({ kind: "limit", price });
      setArea("ticket");
    },
    [change],
  );
  useTradingKeys({ choose, cancelAll });
  useFreshHistory();
  useTitle(instrument);
  const narrow = (mine: Area) => (mine === area ? "" : "max-md:hidden");
  return (
    <div className="flex min-h-0 flex-1 flex-col lg:h-0">
      <InstrumentHeader instrument={instrument} instruments={instruments} />
      <fieldset className="flex shrink-0 border-b border-line bg-panel md:hidden">
        <legend className="sr-only">Area to show</legend>
        {AREAS.map(({ area: mine, name }) => (
          <button
            key={mine}
            type="button"
            aria-pressed={mine === area}
            onClick={() => setArea(mine)}
            className={`h-11 flex-1 border-b-2 text-sm font-medium ${
              mine === area ? "border-accent-fill" : "border-transparent text-muted"
            }`}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <div className="spot-grid grid min-h-0 flex-1 gap-px bg-line">
        <ChartPanel instrument={instrument} className={`[grid-area:chart] ${narrow("chart")}`} />
        <BookPanel instrument={instrument} onPick={pick} className={`[grid-area:book] ${narrow("book")}`} />
        <TapePanel instrument={instrument} className={`[grid-area:tape] ${narrow("tape")}`} />
        <TicketPanel
          instrument={instrument}
          ticket={ticket}
          firstField={quantity}
          className={`[grid-area:ticket] ${narrow("ticket")}`}
        />
        <FundsPanel className="[grid-area:funds]" />
        <OwnPanel instrument={instrument} cancelAll={cancelAll} className="[grid-area:own]" />
      </div>
    </div>
  );
}

function useCancelAll({ symbol, name }: Instrument): () => void {
  const api = useAccountApi();
  const user = useUser();
  const { run } = useTask();
  return useCallback(() => {
    if (user === undefined) return;
    run(async () => {
      const { length } = await api.cancelAll(symbol);
      toast("done", length === 0 ? `No open orders on ${name}.` : `${length} canceled on ${name}.`);
    });
  }, [api, user, run, symbol, name]);
}

/** The last price in the page's title, which is visible from another tab. */
function useTitle(instrument: Instrument): void {
  const last = useTicker(instrument.symbol)?.prices?.last;
  useEffect(() => {
    const price = last === undefined ? "" : `${formatDecimal(last, instrument.priceScale)} `;
    document.title = `${price}${instrument.name} \u00b7 Outcry`;
  }, [last, instrument]);
}
