// The part of the venue's public REST API that the terminal reads.

import type { Interval } from "../model/candle";
import type {
  ContractBody,
  DepthBody,
  KlineBody,
  MarketBody,
  StatusBody,
  TickerBody,
  TradeBody,
  VenueBody,
} from "../wire";
import { ask } from "./request";

export { VenueError } from "./request";

const STATUS_WITHIN_MS = 3_000;

/** The requests that need no session; `origin` is empty if the venue serves the page itself. */
export class VenueApi {
  constructor(readonly origin = "") {}

  venue = (): Promise<VenueBody> => this.#get("venue", {});

  /** Checks whether the venue answers at all. */
  status = (): Promise<StatusBody> => ask("GET", `${this.origin}/api/v1/status`, undefined, STATUS_WITHIN_MS);

  markets = (): Promise<MarketBody[]> => this.#get("markets", {});

  contracts = (): Promise<ContractBody[]> => this.#get("cfd/contracts", {});

  tickers = (): Promise<TickerBody[]> => this.#get("tickers", {});

  depth = (symbol: string): Promise<DepthBody> => this.#get("depth", { symbol, limit: "1000" });

  trades = (symbol: string, limit: number): Promise<TradeBody[]> =>
    this.#get("trades", { symbol, limit: `${limit}` });

  /** Candles that open in `[startMs, endMs]`; the API counts in seconds. */
  klines = (query: {
    symbol: string;
    interval: Interval;
    startMs: number;
    endMs: number;
  }): Promise<KlineBody[]> =>
    this.#get("klines", {
      symbol: query.symbol,
      interval: query.interval,
      startTime: `${Math.floor(query.startMs / 1_000)}`,
      endTime: `${Math.ceil(query.endMs / 1_000)}`,
    });

  #get<T>(path: string, query: Record<string, string>): Promise<T> {
    const search = new URLSearchParams(query).toString();
    return ask("GET", `${this.origin}/api/v1/${path}${search === "" ? "" : `?${search}`}`);
  }
}
