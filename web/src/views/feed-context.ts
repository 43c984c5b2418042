// The views' access to the feed: its state through selectors, its channels while a view shows them.

import { createContext, useContext, useEffect } from "react";
import { useStore } from "zustand";
import type { AccountView } from "../model/account";
import type { Interval } from "../model/candle";
import type { Instrument } from "../model/instrument";
import { IDLE, known, type Remote } from "../model/remote";
import type { Ticker } from "../model/ticker";
import type { Trade } from "../model/trade";
import type { Feed } from "../store/feed";
import { type CandleHistory, candleKey, type TerminalState } from "../store/terminal";

export const FeedContext = createContext<Feed | null>(null);

export function useFeed(): Feed {
  const feed = useContext(FeedContext);
  if (feed === null) throw new Error("a view that needs the feed is outside of its provider");
  return feed;
}

export function useTerminal<T>(select: (state: TerminalState) => T): T {
  return useStore(useFeed().store, select);
}

export function useTicker(symbol: string): Ticker | undefined {
  return useTerminal((state) => known(state.tickers)?.[symbol]);
}

/** Keeps the tickers and marks of `symbols` live. */
export function useTickerFeed(symbols: readonly string[]): void {
  const feed = useFeed();
  const key = symbols.join(" ");
  useEffect(() => (key === "" ? undefined : feed.tickers(key.split(" "))), [feed, key]);
}

/** Keeps the user's account live while a user is signed in. */
export function useAccountFeed(accountId: string | undefined): void {
  const feed = useFeed();
  useEffect(() => (accountId === undefined ? undefined : feed.account(accountId)), [feed, accountId]);
}

export function useAccount(): Remote<AccountView> {
  return useTerminal((state) => state.account);
}

export function useTape(instrument: Instrument): Remote<readonly Trade[]> {
  const feed = useFeed();
  useEffect(() => feed.tape(instrument), [feed, instrument]);
  return useTerminal((state) => state.tapes[instrument.symbol] ?? IDLE);
}

export function useCandles(instrument: Instrument, interval: Interval): Remote<CandleHistory> {
  const feed = useFeed();
  useEffect(() => feed.candles(instrument, interval), [feed, instrument, interval]);
  return useTerminal((state) => state.candles[candleKey(instrument.symbol, interval)] ?? IDLE);
}
