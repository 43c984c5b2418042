// The session: the signed-in user, signing in and signing out. A change of the user reloads all of the user's data.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { AccountApi } from "../api/account";
import { VenueError } from "../api/request";
import { known, type Remote } from "../model/remote";
import type { UserBody } from "../wire";
import { useFeed } from "./feed-context";
import { remoteOf } from "./queries";

/** The query for the signed-in user. */
export const ME = ["me"] as const;
/** The venue does not accept the request as a signed-in user's. */
export function isSignedOut(error: Error): boolean {
  return error instanceof VenueError && error.status === 401;
}

/** A session can end elsewhere, so an open page checks again. */
const ME_EVERY_MS = 30_000;

export function useAccountApi(): AccountApi {
  const { api } = useFeed();
  return useMemo(() => new AccountApi(api.origin), [api]);
}

/** Null if nobody is signed in. */
export function useMe(): Remote<UserBody | null> {
  const api = useAccountApi();
  return remoteOf(useQuery({ queryKey: ME, queryFn: api.me, refetchInterval: ME_EVERY_MS }));
}

/** The signed-in user; undefined while no user is known. */
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
  /** The cookie changed: the socket reconnects with it, and the previous user's data is discarded. */
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
