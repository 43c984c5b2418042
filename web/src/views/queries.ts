// What the terminal asks for now and then over REST, as remote values.

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { toDrawable } from "../model/decimal";
import { type Instrument, instrumentOf } from "../model/instrument";
import { LOADING, type Remote, remoteError, remoteValue } from "../model/remote";
import type { StatusBody, VenueBody } from "../wire";
import { useFeed } from "./feed-context";

const VENUE_EVERY_MS = 5_000;
const STATUS_EVERY_MS = 10_000;
/** Instruments are listed without a restart, so an open page looks again. */
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

export function useStatus(): Remote<StatusBody> {
  const { api } = useFeed();
  return remoteOf(useQuery({ queryKey: ["status"], queryFn: api.status, refetchInterval: STATUS_EVERY_MS }));
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

function listed(
  bodies: Awaited<ReturnType<ReturnType<typeof useFeed>["api"]["markets"]>>,
): readonly Instrument[] {
  return bodies.filter((body) => body.visible).map(instrumentOf);
}

const HOUR_MS = 3_600_000;
/** A day in quarters of an hour, or, while a venue is younger than that can show, its last two hours in minutes. */
const COARSE = { interval: "15m", spanMs: 24 * HOUR_MS, least: 12 } as const;
const FINE = { interval: "1m", spanMs: 2 * HOUR_MS } as const;

/** Closing prices of the last day, for drawing. */
export function useSparkline(symbol: string): Remote<readonly number[]> {
  const { api } = useFeed();
  const closes = async ({ interval, spanMs }: typeof COARSE | typeof FINE) => {
    const endMs = Date.now();
    const bodies = await api.klines({ symbol, interval, startMs: endMs - spanMs, endMs });
    return bodies.flatMap(({ close }) => (close === null ? [] : [toDrawable(close)]));
  };
  return remoteOf(
    useQuery({
      queryKey: ["sparkline", symbol],
      queryFn: async () => {
        const day = await closes(COARSE);
        return day.length >= COARSE.least ? day : closes(FINE);
      },
      refetchInterval: SPARKLINE_EVERY_MS,
    }),
  );
}

/** A value that was there stays there when asking again fails: the connection's state tells that it has aged. */
function remoteOf<T>(query: UseQueryResult<T>): Remote<T> {
  if (query.data !== undefined) return remoteValue(query.data);
  return query.error === null ? LOADING : remoteError(query.error);
}
