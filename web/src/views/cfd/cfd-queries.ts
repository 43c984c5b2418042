// The queries and actions of the CFD page, as remote values.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import {
  type Contract,
  contractOf,
  type Equity,
  equityOf,
  type Position,
  positionOf,
  withQuote,
} from "../../model/cfd";
import { IDLE, LOADING, mapRemote, type Remote, remoteError, remoteValue } from "../../model/remote";
import { CfdApi } from "../../store/cfd-api";
import type { CfdQuoteFrame, PositionBody } from "../../wire";
import { useFeed } from "../feed-context";
import { remoteOf, useStatus } from "../queries";
import { useUser } from "../session";

/** The stream carries the prices; REST reports that a price has become stale. */
const PRICES_EVERY_MS = 1_000;
const POSITIONS_EVERY_MS = 1_000;
const CLOSED_EVERY_MS = 5_000;
const CLOSED_SHOWN = 50;
/** The first part of the keys of the user's data, which is discarded when another user signs in. */
const OWN = "own";

export function useCfd(): CfdApi {
  const { api } = useFeed();
  return useMemo(() => new CfdApi(api.origin), [api]);
}

export interface PricedContracts {
  readonly remote: Remote<readonly Contract[]>;
  /** The venue does not answer: prices may arrive, but no trade is possible. */
  readonly silent: boolean;
  readonly refresh: () => void;
}

export function usePricedContracts(): PricedContracts {
  const api = useCfd();
  const assets = useQuery({ queryKey: ["cfd", "assets"], queryFn: api.assets, staleTime: Infinity });
  const contracts = useQuery({
    queryKey: ["cfd", "priced contracts"],
    queryFn: api.contracts,
    refetchInterval: PRICES_EVERY_MS,
    retry: false,
  });
  const silent = useStatus().silent || contracts.isError;
  const quotes = useCfdStream((contracts.data ?? []).map(({ asset }) => asset));
  const remote = useMemo((): Remote<readonly Contract[]> => {
    const error = contracts.data === undefined ? contracts.error : assets.data === undefined && assets.error;
    if (error) return remoteError(error);
    if (assets.data === undefined || contracts.data === undefined) return LOADING;
    const decimals = new Map(assets.data.map(({ symbol, tokens }) => [symbol, tokens[0]?.nativeDecimals]));
    return remoteValue(
      contracts.data.map((body) => {
        const streamed = quotes[body.asset];
        const newest = streamed === undefined ? body : withQuote(body, streamed);
        const contract = contractOf(newest, decimals.get(body.wallet) ?? 0);
        // While the venue is silent, the last known state of a price is not valid.
        return silent ? { ...contract, stale: true } : contract;
      }),
    );
  }, [assets.data, assets.error, contracts.data, contracts.error, silent, quotes]);
  return {
    remote,
    silent,
    refresh: () => void Promise.all([assets.refetch(), contracts.refetch()]),
  };
}

/** The newest streamed price of each asset; a streamed change of a position reloads the user's positions. */
function useCfdStream(assets: readonly string[]): Readonly<Record<string, CfdQuoteFrame>> {
  const feed = useFeed();
  const queries = useQueryClient();
  const [quotes, setQuotes] = useState<Readonly<Record<string, CfdQuoteFrame>>>({});
  const key = assets.join(" ");
  const accountId = useUser()?.accountId;
  useEffect(() => {
    if (key === "") return undefined;
    return feed.cfd(key.split(" "), {
      quote: (frame) => setQuotes((before) => ({ ...before, [frame.s]: frame })),
      position:
        accountId === undefined
          ? null
          : () => void queries.invalidateQueries({ queryKey: [OWN, "cfd", accountId] }),
    });
  }, [feed, queries, key, accountId]);
  return quotes;
}

export function usePositions(contracts: readonly Contract[]): Remote<readonly Position[]> {
  const api = useCfd();
  return usePositionsOf("positions", api.positions, POSITIONS_EVERY_MS, contracts);
}

export function useClosedPositions(contracts: readonly Contract[]): Remote<readonly Position[]> {
  const api = useCfd();
  return usePositionsOf("closed positions", () => api.closed(CLOSED_SHOWN), CLOSED_EVERY_MS, contracts);
}

export function useEquity({ moneyScale }: Contract): Remote<Equity> {
  const api = useCfd();
  const remote = useOwn("equity", api.equity, POSITIONS_EVERY_MS);
  return mapRemote(remote, (body) => equityOf(body, moneyScale));
}

/** Data of the signed-in user: `idle` while nobody is signed in. */
function useOwn<T>(what: string, ask: () => Promise<T>, everyMs: number): Remote<T> {
  const user = useUser();
  const query = useQuery({
    queryKey: [OWN, "cfd", user?.accountId, what],
    queryFn: ask,
    enabled: user !== undefined,
    refetchInterval: everyMs,
    retry: false,
  });
  return user === undefined ? IDLE : remoteOf(query);
}

function usePositionsOf(
  what: string,
  ask: () => Promise<PositionBody[]>,
  everyMs: number,
  contracts: readonly Contract[],
): Remote<readonly Position[]> {
  return mapRemote(useOwn(what, ask, everyMs), (bodies) =>
    bodies.flatMap((body) => {
      const contract = contracts.find(({ asset }) => asset === body.asset);
      return contract === undefined ? [] : [positionOf(body, contract)];
    }),
  );
}

/** An action on CFDs; the user's positions are reloaded after it. */
export function useCfdAction<T>(act: (api: CfdApi, what: T) => Promise<unknown>) {
  const api = useCfd();
  const queries = useQueryClient();
  return useMutation<unknown, Error, T>({
    mutationFn: (what) => act(api, what),
    onSettled: () => queries.invalidateQueries({ queryKey: [OWN] }),
  });
}
