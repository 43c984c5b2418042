// The venue's live state in the terminal. Views read it through selectors; only the channels of the feed write it.

import { createStore, type StoreApi } from "zustand/vanilla";
import type { AccountView } from "../model/account";
import type { Book } from "../model/book";
import type { Candle } from "../model/candle";
import type { Remote } from "../model/remote";
import type { Ticker } from "../model/ticker";
import type { Trade } from "../model/trade";
import type { Connection } from "../socket/stream-socket";

/** A book at one id. The book itself changes in place, so a new `lastId` is the sign that it has to be drawn again. */
export interface BookView {
  readonly book: Book;
  readonly lastId: number;
  /** False from a gap or a lost connection until the book has been rebuilt: its content is out of date. */
  readonly exact: boolean;
}

export interface CandleHistory {
  readonly candles: readonly Candle[];
  /** Whether the venue has no older candles. */
  readonly complete: boolean;
}

export interface TerminalState {
  readonly connection: Connection;
  readonly tickers: Remote<Readonly<Record<string, Ticker>>>;
  /** By symbol: the price of the outside feed, which the venue's maker uses and which values positions. */
  readonly marks: Readonly<Record<string, string>>;
  readonly books: Readonly<Record<string, Remote<BookView>>>;
  readonly tapes: Readonly<Record<string, Remote<readonly Trade[]>>>;
  /** Idle while nobody is signed in. */
  readonly account: Remote<AccountView>;
  /** Counts the changes of the user's orders, so that a view of the history knows when to reload. */
  readonly ownChanges: number;
  /** By `candleKey`. */
  readonly candles: Readonly<Record<string, Remote<CandleHistory>>>;
}

export type TerminalStore = StoreApi<TerminalState>;

export function createTerminalStore(): TerminalStore {
  return createStore<TerminalState>(() => ({
    connection: { phase: "connecting" },
    tickers: { state: "idle" },
    marks: {},
    account: { state: "idle" },
    ownChanges: 0,
    books: {},
    tapes: {},
    candles: {},
  }));
}

export function candleKey(symbol: string, interval: string): string {
  return `${symbol} ${interval}`;
}

/** A slot of one of the keyed parts of the state, with functions to read, write and clear it. */
export interface Slot<T> {
  get(): Remote<T>;
  set(value: Remote<T>): void;
  clear(): void;
}

type KeyedPart = "books" | "tapes" | "candles";
type ValueIn<P extends KeyedPart> = TerminalState[P][string] extends Remote<infer T> ? T : never;

export function slot<P extends KeyedPart>(store: TerminalStore, part: P, key: string): Slot<ValueIn<P>> {
  type Values = Readonly<Record<string, Remote<ValueIn<P>>>>;
  const values = () => store.getState()[part] as Values;
  const replace = (next: Values) => store.setState({ [part]: next } as Partial<TerminalState>);
  return {
    get: () => values()[key] ?? { state: "idle" },
    set: (value) => replace({ ...values(), [key]: value }),
    clear: () => {
      const { [key]: _, ...others } = values();
      replace(others as Values);
    },
  };
}
