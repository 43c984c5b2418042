// The state of the venue: whether it takes orders, how far its parts lag, its rates, and the source of its prices.

import { type ReactNode, useEffect } from "react";
import { known } from "../../model/remote";
import { formatSpan } from "../../model/time";
import type { VenueBody, VenueStatusBody } from "../../wire";
import { useVenue } from "../queries";
import { Message, TextButton } from "../widgets/message";
import { Panel } from "../widgets/panel";
import { Plot } from "./plot";
import { Processes } from "./processes";
import { useRecent, useVenueStatus, type Watched } from "./venue-status";

const DASH = "\u2013";
/** A lag that traders would notice. */
const LAG_ALARMING_MS = 1_000;

export function SystemPage() {
  const watched = useVenueStatus();
  const { remote } = watched;
  useEffect(() => {
    document.title = "System \u00b7 Outcry";
  }, []);
  return (
    <div className="mx-auto w-full max-w-[84rem] px-3 wide:max-w-[150rem] pt-5 pb-10 sm:px-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-bold tracking-tight">System</h1>
        <Verdict watched={watched} />
      </div>
      {remote.state === "error" ? (
        <Message
          title="The state of the venue could not be loaded"
          detail={remote.message}
          action={<TextButton onClick={watched.refresh}>Try again</TextButton>}
        />
      ) : (
        <Figures watched={watched} />
      )}
    </div>
  );
}

/** The overall state, above all figures. */
function Verdict({ watched: { remote, silent } }: { watched: Watched }) {
  const status = known(remote);
  if (status === undefined) return null;
  const trouble = silent ? "The venue does not answer" : status.trouble;
  return (
    <p
      role="status"
      className={`flex items-center gap-2 rounded-md px-3 py-1 text-sm font-semibold ${
        trouble === null ? "border border-line bg-panel" : "bg-warn-fill text-warn-ink"
      }`}
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${trouble === null ? "bg-buy" : "bg-sell"}`} />
      {trouble ?? "All systems healthy"}
    </p>
  );
}

function Figures({ watched: { remote } }: { watched: Watched }) {
  const status = known(remote);
  const engineLag = useRecent(remote, ({ lag }) => lag.engineMs);
  const gatewayLag = useRecent(remote, ({ lag }) => lag.gatewayMs);
  const recorderLag = useRecent(remote, ({ lag }) => lag.recorderMs);
  const answers = useRecent(remote, ({ latency }) => (latency === null ? null : latency.p99Us / 1_000));
  const orders = status?.seconds.map((second) => second.orders) ?? [];
  const trades = status?.seconds.map((second) => second.trades) ?? [];
  const lag = (ms: number | null | undefined) => (ms == null ? DASH : formatSpan(ms));
  return (
    <div className="mt-4 flex flex-col gap-4">
      <dl aria-label="Figures" className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 wide:grid-cols-6">
        <Plot name="Orders placed" figure={lastOf(orders)} unit="a second" values={orders} write={String} />
        <Plot name="Trades" figure={lastOf(trades)} unit="a second" values={trades} write={String} />
        <Plot
          name="Answers, 99 of 100 within"
          figure={status?.latency ? milliseconds(status.latency.p99Us) : DASH}
          unit={status?.latency ? `of ${status.latency.answers.toLocaleString("en-US")} in a minute` : ""}
          values={answers}
          write={(value) => `${value.toFixed(1)} ms`}
          alarming={LAG_ALARMING_MS}
        />
        <Plot
          name="Engine, entry to events"
          figure={lag(status?.lag.engineMs)}
          values={engineLag}
          write={formatSpan}
          alarming={LAG_ALARMING_MS}
        />
        <Plot
          name="Gateway lag, clock"
          figure={lag(status?.lag.gatewayMs)}
          values={gatewayLag}
          write={formatSpan}
          alarming={LAG_ALARMING_MS}
        />
        <Plot
          name="Recorder lag, journal"
          figure={lag(status?.lag.recorderMs)}
          values={recorderLag}
          write={formatSpan}
          alarming={LAG_ALARMING_MS}
        />
      </dl>
      <div className="grid grid-cols-1 items-start gap-4 wide:grid-cols-2">
        <Processes status={status} />
        <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-3">
          <Answers latency={status?.latency ?? null} />
          <Reached status={status} />
          <Prices status={status} />
        </div>
      </div>
    </div>
  );
}

function lastOf(values: readonly number[]): string {
  return values.at(-1)?.toLocaleString("en-US") ?? DASH;
}

function milliseconds(us: number): string {
  return `${(us / 1_000).toFixed(us < 10_000 ? 2 : 0)} ms`;
}

function Answers({ latency }: { latency: VenueStatusBody["latency"] }) {
  const figure = (us: number | undefined) => (us === undefined ? DASH : milliseconds(us));
  return (
    <Facts title="Time to an answer">
      <Fact name="Half of them within">{figure(latency?.p50Us)}</Fact>
      <Fact name="9 of 10 within">{figure(latency?.p90Us)}</Fact>
      <Fact name="99 of 100 within">{figure(latency?.p99Us)}</Fact>
      <Fact name="Longest">{figure(latency?.maxUs)}</Fact>
    </Facts>
  );
}

/**
 * The newest entry of each stage of the pipeline; a stage never leads the one above it, and a healthy one lags only slightly.
 */
function Reached({ status }: { status: VenueStatusBody | undefined }) {
  const { reached, lag } = status ?? {};
  const age = lag?.snapshotMs == null ? "" : `, ${formatSpan(lag.snapshotMs)} ago`;
  return (
    <Facts title="Newest entry">
      <Fact name="Engine">{reached?.engine ?? DASH}</Fact>
      <Fact name="Event stream">{reached?.published ?? DASH}</Fact>
      <Fact name="Gateway">{reached?.gateway ?? DASH}</Fact>
      <Fact name="Recorder">{reached?.recorder ?? DASH}</Fact>
      <Fact name="Snapshot">{reached?.snapshot ? `${reached.snapshot}${age}` : "None yet"}</Fact>
    </Facts>
  );
}

function sourceText({ source, simulated }: { source: string; simulated: boolean }): string {
  return simulated ? `${source}, simulated` : source;
}

function Prices({ status }: { status: VenueStatusBody | undefined }) {
  const venue = known(useVenue());
  const stream = status?.stream;
  return (
    <Facts title="Prices and stream">
      <Fact name="Price source">{venue === undefined ? DASH : sourceText(venue.prices)}</Fact>
      <Fact name="Latest outside price">
        {venue?.prices.ageMs == null ? "None yet" : `${formatSpan(venue.prices.ageMs)} ago`}
      </Fact>
      <Fact name="Quotes merged under load">{venue === undefined ? DASH : mergedQuotes(venue)}</Fact>
      {venue?.cfdPrices == null ? null : (
        <>
          <Fact name="CFD price source">{sourceText(venue.cfdPrices)}</Fact>
          <Fact name="Latest CFD price">
            {venue.cfdPrices.ageMs === null ? "None yet" : `${formatSpan(venue.cfdPrices.ageMs)} ago`}
          </Fact>
        </>
      )}
      <Fact name="Stream connections">{stream ? stream.connections : DASH}</Fact>
      <Fact name="Stream sends">
        {stream ? `${stream.framesPerS} frames, ${(stream.bytesPerS / 1_000).toFixed(1)} kB a second` : DASH}
      </Fact>
      <Fact name="Log memory used">
        {status === undefined ? DASH : `${(status.logFullness * 100).toFixed(1)}%`}
      </Fact>
    </Facts>
  );
}

/** The quotes of both sources that were left out because too many waited. */
function mergedQuotes({ prices, cfdPrices }: VenueBody): string {
  return (prices.merged + (cfdPrices?.merged ?? 0)).toLocaleString("en-US");
}

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Panel title={title} className="rounded-lg border border-line">
      <dl className="px-3 py-1">{children}</dl>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-4 border-b border-line py-1.5 text-sm last:border-b-0">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 text-right font-medium wrap-anywhere">{children}</dd>
    </div>
  );
}
