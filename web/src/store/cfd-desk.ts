// The CFD desk's routes, for whoever is signed in by cookie. Every failure is a `VenueError` whose message can be shown.

import { VenueError } from "../api/rest";
import type { ContractBody, Direction, EquityBody, PositionBody } from "../model/cfd";
import { refusalInWords } from "../model/cfd-refusal";

const ANSWER_WITHIN_MS = 10_000;

export interface Opening {
  readonly asset: string;
  readonly direction: Direction;
  readonly margin: string;
  /** Tenths. */
  readonly leverage: number;
  readonly stopLossPrice?: string;
  readonly takeProfitPrice?: string;
}

export interface AssetBody {
  symbol: string;
  tokens: { nativeDecimals: number }[];
}

export class CfdDesk {
  constructor(readonly origin: string) {}

  contracts = (): Promise<ContractBody[]> => this.#ask("GET", "cfd/contracts");

  assets = (): Promise<AssetBody[]> => this.#ask("GET", "assets");

  positions = (): Promise<PositionBody[]> => this.#ask("GET", "cfd/positions");

  closed = (limit: number): Promise<PositionBody[]> =>
    this.#ask("GET", `cfd/positions/closed?limit=${limit}`);

  equity = (): Promise<EquityBody> => this.#ask("GET", "cfd/equity");

  open = (opening: Opening): Promise<PositionBody> => this.#ask("POST", "cfd/positions", opening);

  /** Null takes a trigger away. */
  setTriggers = (
    tradeId: string,
    triggers: { stopLossPrice: string | null; takeProfitPrice: string | null },
  ): Promise<PositionBody> => this.#ask("PATCH", `cfd/positions/${tradeId}`, triggers);

  addMargin = (tradeId: string, margin: string): Promise<PositionBody> =>
    this.#ask("PATCH", `cfd/positions/${tradeId}`, { margin });

  /** The whole position, or the part that stands on `margin`. */
  close = (tradeId: string, margin?: string): Promise<PositionBody> =>
    this.#ask("DELETE", `cfd/positions/${tradeId}`, margin === undefined ? {} : { margin });

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#fetch(`${this.origin}/api/v1/${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { accept: "application/json", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer as T;
    const { code, message } = errorOf(answer, response.status);
    throw new VenueError(response.status, code, refusalInWords(code, message));
  }

  async #fetch(url: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(url, request);
    } catch {
      const code = "UNREACHABLE";
      throw new VenueError(0, code, refusalInWords(code, ""));
    }
  }
}

function errorOf(answer: unknown, status: number): { code: string; message: string } {
  if (typeof answer === "object" && answer !== null && "code" in answer && "message" in answer) {
    return { code: String(answer.code), message: String(answer.message) };
  }
  return { code: "", message: `The venue answered ${status}.` };
}
