// The CFD routes, for a user who is signed in by cookie. Every failure is a `VenueError` whose message can be shown.

import { ask, type Method } from "../api/request";
import type { AssetBody, ContractBody, Direction, EquityBody, PositionBody } from "../wire";

export interface Opening {
  readonly asset: string;
  readonly direction: Direction;
  readonly margin: string;
  /** Tenths. */
  readonly leverage: number;
  readonly stopLossPrice?: string;
  readonly takeProfitPrice?: string;
}

export class CfdApi {
  constructor(readonly origin = "") {}

  contracts = (): Promise<ContractBody[]> => this.#ask("GET", "cfd/contracts");

  assets = (): Promise<AssetBody[]> => this.#ask("GET", "assets");

  positions = (): Promise<PositionBody[]> => this.#ask("GET", "cfd/positions");

  closed = (limit: number): Promise<PositionBody[]> =>
    this.#ask("GET", `cfd/positions/closed?limit=${limit}`);

  equity = (): Promise<EquityBody> => this.#ask("GET", "cfd/equity");

  open = (opening: Opening): Promise<PositionBody> => this.#ask("POST", "cfd/positions", opening);

  /** Null removes a trigger. */
  setTriggers = (
    tradeId: string,
    triggers: { stopLossPrice: string | null; takeProfitPrice: string | null },
  ): Promise<PositionBody> => this.#ask("PATCH", `cfd/positions/${tradeId}`, triggers);

  addMargin = (tradeId: string, margin: string): Promise<PositionBody> =>
    this.#ask("PATCH", `cfd/positions/${tradeId}`, { margin });

  /** Closes the whole position, or the part that corresponds to `margin`. */
  close = (tradeId: string, margin?: string): Promise<PositionBody> =>
    this.#ask("DELETE", `cfd/positions/${tradeId}`, margin === undefined ? {} : { margin });

  #ask<T>(method: Method, path: string, body?: object): Promise<T> {
    return ask(method, `${this.origin}/api/v1/${path}`, body);
  }
}
