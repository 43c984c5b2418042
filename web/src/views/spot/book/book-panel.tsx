// The order book: its price steps, the canvas, the messages while there is no book, and a table of the best levels for screen
// readers.

import { useEffect, useState } from "react";
import { formatUnits } from "../../../model/decimal";
import type { Instrument } from "../../../model/instrument";
import { groupingSteps } from "../../../model/ladder";
import { IDLE, known } from "../../../model/remote";
import { useFeed, useTerminal } from "../../feed-context";
import { Message } from "../../widgets/message";
import { Panel } from "../../widgets/panel";
import { BookCanvas } from "./book-canvas";

interface BookPanelProps {
  readonly instrument: Instrument;
  readonly className: string;
  readonly onPick: (price: string) => void;
}

export function BookPanel({ instrument, className, onPick }: BookPanelProps) {
  const feed = useFeed();
  useEffect(() => feed.book(instrument), [feed, instrument]);
  const [step, setStep] = useState(instrument.tickUnits);
  const remote = useTerminal((state) => (state.books[instrument.symbol] ?? IDLE).state);
  const message = useTerminal((state) => {
    const book = state.books[instrument.symbol];
    return book?.state === "error" ? book.message : "";
  });
  const exact = useTerminal(
    (state) => state.connection.phase === "live" && known(state.books[instrument.symbol])?.exact === true,
  );
  return (
    <Panel
      title="Order book"
      className={className}
      tools={<StepChoice instrument={instrument} step={step} choose={setStep} />}
    >
      <div className="flex h-7 shrink-0 items-center px-3 text-right text-xs font-medium text-muted">
        <span className="w-[30%] text-left">Price</span>
        <span className="w-[35.5%]">Quantity</span>
        <span className="flex-1">Sum, {instrument.base}</span>
      </div>
      {remote === "error" ? <Message title="The order book could not be loaded" detail={message} /> : null}
      {remote === "loading" || remote === "idle" ? <LoadingBook /> : null}
      {remote === "value" ? (
        <div data-exact={exact} className={`flex min-h-0 flex-1 flex-col ${exact ? "" : "opacity-40"}`}>
          <BookCanvas instrument={instrument} step={step} onPick={onPick} />
          <BookInWords instrument={instrument} />
        </div>
      ) : null}
    </Panel>
  );
}

interface StepChoiceProps {
  readonly instrument: Instrument;
  readonly step: bigint;
  readonly choose: (step: bigint) => void;
}

function StepChoice({ instrument, step, choose }: StepChoiceProps) {
  // The steps depend only on the magnitude of the price, so the best bid of the first book is accurate enough.
  const price = useTerminal((state) => {
    const best = known(state.books[instrument.symbol])?.book.bids[0];
    return best === undefined ? 0 : best.price.toString().length;
  });
  const steps = groupingSteps(instrument.tickUnits, 10n ** BigInt(price));
  return (
    <label className="text-xs text-muted">
      <span className="sr-only">Group prices by</span>
      <select
        value={step.toString()}
        onChange={(event) => choose(BigInt(event.target.value))}
        className="rounded border border-line bg-panel px-1.5 py-0.5 text-text"
      >
        {steps.map((choice) => (
          <option key={choice.toString()} value={choice.toString()}>
            {formatUnits(choice, instrument.priceScale)}
          </option>
        ))}
      </select>
    </label>
  );
}

const WORDS_EVERY_MS = 3_000;
const WORDS_LEVELS = 5;

/** The best levels as a table, refreshed at a slow rate. */
function BookInWords({ instrument }: { instrument: Instrument }) {
  const { store } = useFeed();
  const [, renew] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => renew((count) => count + 1), WORDS_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const book = known(store.getState().books[instrument.symbol])?.book;
  const side = (name: "bids" | "asks") =>
    book?.[name].slice(0, WORDS_LEVELS).map((level) => (
      <tr key={`${name} ${level.price}`}>
        <td>{name === "bids" ? "Bid" : "Ask"}</td>
        <td>{formatUnits(level.price, instrument.priceScale)}</td>
        <td>{formatUnits(level.quantity, instrument.quantityScale)}</td>
      </tr>
    ));
  return (
    <div className="sr-only">
      <table data-last-id={book?.lastId}>
        <caption>The best bids and asks of {instrument.name}</caption>
        <thead>
          <tr>
            <th scope="col">Side</th>
            <th scope="col">Price</th>
            <th scope="col">Quantity</th>
          </tr>
        </thead>
        <tbody>
          {side("asks")}
          {side("bids")}
        </tbody>
      </table>
    </div>
  );
}

function LoadingBook() {
  return (
    <div
      className="flex flex-1 flex-col justify-center gap-2.5 p-3"
      role="status"
      aria-label="Loading the order book"
    >
      {[0, 1, 2, 3, 4, 5, 6, 7].map((row) => (
        <span key={row} className="skeleton h-2.5" />
      ))}
    </div>
  );
}
