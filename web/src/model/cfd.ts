// CFDs as the API tells them: contracts with their prices, positions, and what an account is worth. Prices become units of
// 10^-priceScale, money units of 10^-moneyScale; leverage counts tenths and notional tenths of money's unit, as the engine does.

import type {
  CfdQuoteFrame,
  ContractBody,
  Direction,
  EquityBody,
  PositionBody,
  PositionStatus,
} from "../wire";
import { parseUnits } from "./decimal";

/** Where positions open and close; the spread is in it. */
export interface Quote {
  readonly bid: bigint;
  readonly ask: bigint;
  /** When the outside price was made. */
  readonly sourceMs: number;
}

export interface Contract {
  /** What it follows, which is also its name: `SOL_USDC`. */
  readonly asset: string;
  /** As people read it: `SOL/USDC`. */
  readonly name: string;
  readonly wallet: string;
  readonly priceScale: number;
  readonly moneyScale: number;
  readonly leverageMax: bigint;
  readonly marginMin: bigint;
  /** Millionths. */
  readonly maintenanceRate: bigint;
  readonly state: string;
  /** Null before the first quote. */
  readonly quote: Quote | null;
  /** Too old to deal at. */
  readonly stale: boolean;
}

export interface Position {
  readonly tradeId: string;
  readonly asset: string;
  readonly direction: Direction;
  /** In all: what was closed since included. */
  readonly margin: bigint;
  readonly remainingMargin: bigint;
  readonly leverage: bigint;
  readonly notional: bigint;
  readonly entryPrice: bigint;
  readonly liquidationPrice: bigint | null;
  readonly stopLoss: bigint | null;
  readonly takeProfit: bigint | null;
  /** Where it would close now, or where it did. */
  readonly closePrice: bigint | null;
  readonly realizedPnl: bigint;
  readonly status: PositionStatus;
  readonly openedMs: number;
  readonly updatedMs: number;
}

export interface Equity {
  readonly free: bigint;
  readonly margin: bigint;
  readonly unrealizedPnl: bigint;
  readonly equity: bigint;
}

export const LEVERAGE_SCALE = 1;
const RATE_SCALE = 6;

export function contractOf(body: ContractBody, moneyScale: number): Contract {
  const { priceDecimals: priceScale, bid, ask, sourceMs } = body;
  return {
    asset: body.asset,
    name: body.asset.replace("_", "/"),
    wallet: body.wallet,
    priceScale,
    moneyScale,
    leverageMax: parseUnits(body.leverageMax, LEVERAGE_SCALE),
    marginMin: parseUnits(body.marginMin, moneyScale),
    maintenanceRate: parseUnits(body.maintenanceRate, RATE_SCALE),
    state: body.state,
    quote:
      bid === null || ask === null || sourceMs === null
        ? null
        : { bid: parseUnits(bid, priceScale), ask: parseUnits(ask, priceScale), sourceMs },
    stale: body.stale,
  };
}

export function positionOf(body: PositionBody, { priceScale, moneyScale }: Contract): Position {
  const money = (text: string) => parseUnits(text, moneyScale);
  const price = (text: string | null) => (text === null ? null : parseUnits(text, priceScale));
  return {
    tradeId: body.tradeId,
    asset: body.asset,
    direction: body.direction,
    margin: money(body.margin),
    remainingMargin: money(body.remainingMargin),
    leverage: parseUnits(body.leverage, LEVERAGE_SCALE),
    notional: parseUnits(body.notional, moneyScale + LEVERAGE_SCALE),
    entryPrice: parseUnits(body.entryPrice, priceScale),
    liquidationPrice: price(body.liquidationPrice),
    stopLoss: price(body.stopLossPrice),
    takeProfit: price(body.takeProfitPrice),
    closePrice: price(body.closePrice),
    realizedPnl: money(body.realizedPnl),
    status: body.status,
    openedMs: body.openedAt,
    updatedMs: body.updatedAt,
  };
}

export function equityOf(body: EquityBody, moneyScale: number): Equity {
  const money = (text: string) => parseUnits(text, moneyScale);
  return {
    free: money(body.free),
    margin: money(body.margin),
    unrealizedPnl: money(body.unrealizedPnl),
    equity: money(body.equity),
  };
}

/** The body with a price of the stream, unless it has a newer one. A price that is newer than a stale one is fresh. */
export function withQuote(body: ContractBody, { b, a, T }: CfdQuoteFrame): ContractBody {
  const sourceMs = Math.floor(T / 1_000);
  if (body.sourceMs !== null && sourceMs <= body.sourceMs) return body;
  return { ...body, bid: b, ask: a, sourceMs, stale: false };
}

/** Whether it is the contract's price, fresh, at which something could be opened and closed. */
export function canDeal(contract: Contract): boolean {
  return contract.quote !== null && !contract.stale;
}
