// The data that the terminal requests over REST at intervals, as remote values.

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { VenueApi } from "../api/rest";
import { toDrawable } from "../model/decimal";
import { type Instrument, instrumentOf } from "../model/instrument";
import { LOADING, type Remote, remoteError, remoteValue } from "../model/remote";
import { thinned } from "../model/sparkline";
import type { ContractBody, StatusBody, VenueBody } from "../wire";
import { useFeed } from "./feed-context";

const VENUE_EVERY_MS = 5_000;
const STATUS_EVERY_MS = 3_000;
/** Instruments are listed without a restart, so an open page reloads the list. */
const INSTRUMENTS_EVERY_MS = 60_000;
const SPARKLINE_EVERY_MS = 60_000;

export interface Refreshable<T> {
  readonly remote: Remote<T>;
  readonly refresh: () => void;
}

export function useVenue(): Remote<VenueBody> {
  const { api } = useFeed();
  return remoteOf(useQuery({ queryKey: ["venue"], queryFn: api.venue, refetchInterval: VENUE_EVERY_MS }));
}

export interface VenueStatus {
  readonly remote: Remote<StatusBody>;
  /** The venue does not answer now; its previous answer may be out of date. */
  readonly silent: boolean;
}

export function useStatus(): VenueStatus {
  const { api } = useFeed();
  const query = useQuery({
    queryKey: ["status"],
    queryFn: api.status,
    refetchInterval: STATUS_EVERY_MS,
    retry: false,
  });
  return { remote: remoteOf(query), silent: query.isError };
}

export function useInstruments(): Refreshable<readonly Instrument[]> {
  const { api } = useFeed();
  const query = useQuery({
    queryKey: ["markets"],
    queryFn: api.markets,
    select: listed,
    refetchInterval: INSTRUMENTS_EVERY_MS,
  });
  return { remote: remoteOf(query), refresh: () => void query.refetch() };
}

const CONTRACTS_EVERY_MS = 2_000;

export function useContracts(): Refreshable<readonly ContractBody[]> {
  const { api } = useFeed();
  const query = useQuery({
    queryKey: ["contracts"],
    queryFn: api.contracts,
    refetchInterval: CONTRACTS_EVERY_MS,
  });
  return { remote: remoteOf(query), refresh: () => void query.refetch() };
}

function listed(
  bodies: Awaited<ReturnType<ReturnType<typeof useFeed>["api"]["markets"]>>,
): readonly Instrument[] {
  return bodies.filter((body) => body.visible).map(instrumentOf);
}

const SPARKLINE_POINTS = 100;
const MINUTE_MS = 60_000;
/** The last day. A venue younger than a day shows its last hours or minutes, in candles short enough to form a line. */
const SPARKLINES = [
  { interval: "15m", spanMs: 24 * 60 * MINUTE_MS, least: 12 },
  { interval: "1m", spanMs: 3 * 60 * MINUTE_MS, least: 20 },
  { interval: "1s", spanMs: 10 * MINUTE_MS, least: 0 },
] as const;

export interface RecentCloses {
  readonly interval: (typeof SPARKLINES)[number]["interval"];
  /** For drawing. */
  readonly closes: readonly number[];
}

export function useRecentCloses(symbol: string): Remote<RecentCloses> {
  const { api } = useFeed();
  return remoteOf(
    useQuery({
      queryKey: ["recent closes", symbol],
      queryFn: () => recentCloses(api, symbol),
      refetchInterval: SPARKLINE_EVERY_MS,
    }),
  );
}

async function recentCloses(api: VenueApi, symbol: string): Promise<RecentCloses> {
  const endMs = Date.now();
  for (const { interval, spanMs, least } of SPARKLINES) {
    const bodies = await api.klines({ symbol, interval, startMs: endMs - spanMs, endMs });
    const closes = bodies.flatMap(({ close }) => (close === null ? [] : [toDrawable(close)]));
    if (closes.length >= least) return { interval, closes: thinned(closes, SPARKLINE_POINTS) };
  }
  throw new Error("the last of the sparklines asks for no least number of candles");
}

/** A known value stays when a reload fails: the state of the connection shows that it is old. */
export function remoteOf<T>(query: UseQueryResult<T>): Remote<T> {
  if (query.data !== undefined) return remoteValue(query.data);
  return query.error === null ? LOADING : remoteError(query.error);
}
