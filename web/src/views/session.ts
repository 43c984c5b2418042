// Who is signed in, and the ways in and out. Everything that is somebody's own is asked for anew when that changes.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { AccountApi } from "../api/account";
import { VenueError } from "../api/request";
import { known, type Remote } from "../model/remote";
import type { UserBody } from "../wire";
import { useFeed } from "./feed-context";
import { remoteOf } from "./queries";

/** The query that says who is signed in. */
export const ME = ["me"] as const;
/** The venue does not take the request for anybody's. */
export function isSignedOut(error: Error): boolean {
  return error instanceof VenueError && error.status === 401;
}

/** A session can end elsewhere, so an open page looks again. */
const ME_EVERY_MS = 30_000;

export function useAccountApi(): AccountApi {
  const { api } = useFeed();
  return useMemo(() => new AccountApi(api.origin), [api]);
}

/** Null when nobody is signed in. */
export function useMe(): Remote<UserBody | null> {
  const api = useAccountApi();
  return remoteOf(useQuery({ queryKey: ME, queryFn: api.me, refetchInterval: ME_EVERY_MS }));
}

/** Whoever is signed in; undefined while nobody is known to be. */
export function useUser(): UserBody | undefined {
  return known(useMe()) ?? undefined;
}

export interface Session {
  signUp(email: string): Promise<unknown>;
  signIn(token: string): Promise<void>;
  openDemo(): Promise<void>;
  signOut(): Promise<void>;
}

export function useSession(): Session {
  const api = useAccountApi();
  const queries = useQueryClient();
  const feed = useFeed();
  /** The cookie is another one: the socket has to show it, and what was somebody's own is forgotten. */
  const changed = useCallback(async () => {
    await queries.refetchQueries({ queryKey: ME });
    queries.removeQueries({ queryKey: ["own"] });
    feed.reconnect();
  }, [queries, feed]);
  return useMemo(
    () => ({
      signUp: api.signUp,
      signIn: async (token) => {
        await api.signIn(token);
        await changed();
      },
      openDemo: async () => {
        await api.openDemo();
        await changed();
      },
      signOut: async () => {
        await api.signOut();
        queries.setQueryData(ME, null);
        await changed();
      },
    }),
    [api, changed, queries],
  );
}
