// The venue's REST API, as far as the terminal reads it. Every failure is a `VenueError` whose message can be shown.

import type { Interval } from "../model/candle";
import type { DepthBody, KlineBody, MarketBody, StatusBody, TickerBody, TradeBody, VenueBody } from "../wire";

const ANSWER_WITHIN_MS = 10_000;

/** The venue refused a request (`status` is its HTTP status) or could not be reached (`status` is 0). */
export class VenueError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The requests the terminal makes; `origin` is empty when the venue serves the page itself. */
export class VenueApi {
  constructor(readonly origin = "") {}

  venue = (): Promise<VenueBody> => this.#get("venue", {});

  status = (): Promise<StatusBody> => this.#get("status", {});

  markets = (): Promise<MarketBody[]> => this.#get("markets", {});

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

  async #get<T>(path: string, query: Record<string, string>): Promise<T> {
    const search = new URLSearchParams(query).toString();
    const response = await this.#fetch(`${this.origin}/api/v1/${path}${search === "" ? "" : `?${search}`}`);
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, text);
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new VenueError(response.status, "UNREADABLE", "The venue's answer could not be read.");
    }
  }

  async #fetch(url: string): Promise<Response> {
    try {
      return await fetch(url, {
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        headers: { accept: "application/json" },
      });
    } catch {
      throw new VenueError(0, "UNREACHABLE", "The venue could not be reached.");
    }
  }
}

/** Most refusals are `{code, message}`; a few are plain text. */
function refusal(status: number, text: string): VenueError {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "message" in body) {
      return new VenueError(status, "code" in body ? String(body.code) : "", String(body.message));
    }
  } catch {
    // Not JSON: the text itself is the message.
  }
  const message =
    text.length > 0 && text.length < 200 && !text.startsWith("<") ? text : `The venue answered ${status}.`;
  return new VenueError(status, "", message);
}
