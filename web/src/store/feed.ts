// The live side of the terminal: one socket, one store, and the channels that carry data from one to the other. A channel opens
// with its first reader and closes with its last.

import { AccountApi } from "../api/account";
import type { VenueApi } from "../api/rest";
import type { Interval } from "../model/candle";
import type { Instrument } from "../model/instrument";
import { type SocketWorld, StreamSocket } from "../socket/stream-socket";
import { openAccount } from "./account-channel";
import { openBook } from "./book-channel";
import { openCandles } from "./candle-channel";
import { type CfdHeard, openCfdApi } from "./cfd-channel";
import { openTape } from "./tape-channel";
import { candleKey, createTerminalStore, slot, type TerminalStore } from "./terminal";
import { openTickers } from "./ticker-channel";

interface OpenChannel {
  readers: number;
  readonly close: () => void;
  readonly loadEarlier?: () => void;
}

export class Feed {
  readonly store: TerminalStore = createTerminalStore();
  readonly api: VenueApi;
  readonly #socket: StreamSocket;
  readonly #channels = new Map<string, OpenChannel>();

  constructor(api: VenueApi, world: SocketWorld) {
    this.api = api;
    this.#socket = new StreamSocket(world, (connection) => this.store.setState({ connection }));
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#socket.stop();
  }

  /** Try to connect now instead of after the pause. */
  retryNow(): void {
    this.#socket.retryNow();
  }

  /** Reconnect as the user who is signed in now. */
  reconnect(): void {
    this.#socket.reconnect();
  }

  tickers(symbols: readonly string[]): () => void {
    return this.#open(`tickers ${symbols.join(" ")}`, () => ({ close: openTickers(this.#parts, symbols) }));
  }

  /** The account of the signed-in user; `accountId` distinguishes it from the next user's. */
  account(accountId: string): () => void {
    const api = new AccountApi(this.api.origin);
    return this.#open(`account ${accountId}`, () => ({ close: openAccount({ ...this.#parts, api }) }));
  }

  /** The prices of contracts, and a notice of each change of the user's positions. */
  cfd(assets: readonly string[], heard: CfdHeard): () => void {
    return openCfdApi(this.#socket, assets, heard);
  }

  book(instrument: Instrument): () => void {
    const into = slot(this.store, "books", instrument.symbol);
    return this.#open(`book ${instrument.symbol}`, () => ({
      close: openBook({ ...this.#parts, into }, instrument),
    }));
  }

  tape(instrument: Instrument): () => void {
    const into = slot(this.store, "tapes", instrument.symbol);
    return this.#open(`tape ${instrument.symbol}`, () => ({
      close: openTape({ ...this.#parts, into }, instrument),
    }));
  }

  candles(instrument: Instrument, interval: Interval): () => void {
    const key = candleKey(instrument.symbol, interval);
    const into = slot(this.store, "candles", key);
    return this.#open(`candles ${key}`, () => openCandles({ ...this.#parts, into }, instrument, interval));
  }

  /** Extend an open candle channel into the past. */
  loadEarlier(symbol: string, interval: Interval): void {
    this.#channels.get(`candles ${candleKey(symbol, interval)}`)?.loadEarlier?.();
  }

  get #parts() {
    return { socket: this.#socket, api: this.api, store: this.store };
  }

  #open(key: string, start: () => Omit<OpenChannel, "readers">): () => void {
    const channel = this.#channels.get(key) ?? { readers: 0, ...start() };
    channel.readers += 1;
    this.#channels.set(key, channel);
    let reading = true;
    return () => {
      if (!reading) return;
      reading = false;
      channel.readers -= 1;
      if (channel.readers > 0) return;
      this.#channels.delete(key);
      channel.close();
    };
  }
}
