// The state of the venue, requested every second; the last minute of a figure is kept while the page is open.

import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { ask } from "../../api/request";
import { known, type Remote } from "../../model/remote";
import type { VenueStatusBody } from "../../wire";
import { useFeed } from "../feed-context";
import { remoteOf } from "../queries";

const EVERY_MS = 1_000;
const POINTS_KEPT = 60;

export interface Watched {
  readonly remote: Remote<VenueStatusBody>;
  /** The venue does not answer now: the displayed figures are old. */
  readonly silent: boolean;
  readonly refresh: () => void;
}

export function useVenueStatus(): Watched {
  const { api } = useFeed();
  const query = useQuery({
    queryKey: ["venue status"],
    queryFn: () => ask<VenueStatusBody>("GET", `${api.origin}/api/v1/venue/status`),
    refetchInterval: EVERY_MS,
    retry: false,
  });
  return { remote: remoteOf(query), silent: query.isError, refresh: () => void query.refetch() };
}

/** The values of a figure, one for each answer of the venue, oldest first. */
export function useRecent(
  remote: Remote<VenueStatusBody>,
  read: (status: VenueStatusBody) => number | null,
): readonly number[] {
  const values = useRef<readonly number[]>([]);
  const lastMs = useRef(0);
  const status = known(remote);
  if (status !== undefined && status.nowMs > lastMs.current) {
    lastMs.current = status.nowMs;
    const value = read(status);
    if (value !== null) values.current = [...values.current, value].slice(-POINTS_KEPT);
  }
  return values.current;
}
