// CFDs as the API sends them: contracts with their prices, positions, and the equity of an account. Prices become units of
// 10^-priceScale and money units of 10^-moneyScale. As in the engine, leverage is in tenths and notional in tenths of money's
// unit.

import type {
  CfdQuoteFrame,
  ContractBody,
  Direction,
  EquityBody,
  PositionBody,
  PositionStatus,
  PriceState,
} from "../wire";
import { parseUnits } from "./decimal";

/** The prices at which positions open and close, spread included. */
export interface Quote {
  readonly bid: bigint;
  readonly ask: bigint;
  /** The time of the outside price. */
  readonly sourceMs: number;
}

export interface Contract {
  /** The asset whose price it follows, which is also its name: `SOL_USDC`. */
  readonly asset: string;
  /** The displayed name: `SOL/USDC`. */
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
  /** Whether the price is too old to trade at. */
  readonly stale: boolean;
  readonly priceState: PriceState;
  /** The name of its set of rules, if it has one. */
  readonly profile: string | null;
  /** The highest leverage by the account's notional in the contract; smallest notional first. */
  readonly tiers: readonly Tier[];
}

export interface Tier {
  /** In tenths of money's unit; null is no bound. */
  readonly notionalMax: bigint | null;
  readonly leverageMax: bigint;
}

export interface Position {
  readonly tradeId: string;
  readonly asset: string;
  readonly direction: Direction;
  /** The total, including the parts closed since. */
  readonly margin: bigint;
  readonly remainingMargin: bigint;
  readonly leverage: bigint;
  readonly notional: bigint;
  readonly entryPrice: bigint;
  readonly liquidationPrice: bigint | null;
  readonly stopLoss: bigint | null;
  readonly takeProfit: bigint | null;
  /** The price at which it would close now, or at which it closed. */
  readonly closePrice: bigint | null;
  readonly realizedPnl: bigint;
  /** What it owes of other positions' shortfalls; its close settles it. */
  readonly owed: bigint;
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
    priceState: body.priceState,
    profile: body.profile,
    tiers: body.tiers.map((tier) => ({
      notionalMax: tier.notionalMax === null ? null : parseUnits(tier.notionalMax, moneyScale) * 10n,
      leverageMax: parseUnits(tier.leverageMax, LEVERAGE_SCALE),
    })),
  };
}

/** The highest leverage of an account with this notional in the contract. */
export function leverageMaxOf({ tiers, leverageMax }: Contract, notional: bigint): bigint {
  const tier = tiers.find(({ notionalMax }) => notionalMax === null || notional <= notionalMax);
  return tier === undefined || tier.leverageMax > leverageMax ? leverageMax : tier.leverageMax;
}

/** The notional of these positions in a contract, whatever their directions. */
export function heldIn({ asset }: Contract, positions: readonly Position[]): bigint {
  return positions
    .filter((position) => position.asset === asset)
    .reduce((sum, { notional }) => sum + notional, 0n);
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
    owed: money(body.owed),
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

/**
 * The body with the price of the stream, unless the body's is newer. A price newer than a stale one is fresh. A frame
 * that repeats the body's price states whether clients can still deal at it.
 */
export function withQuote(body: ContractBody, { b, a, T, X }: CfdQuoteFrame): ContractBody {
  const sourceMs = Math.floor(T / 1_000);
  if (body.sourceMs !== null && sourceMs < body.sourceMs) return body;
  if (sourceMs === body.sourceMs) return X === body.priceState ? body : { ...body, priceState: X };
  return { ...body, bid: b, ask: a, sourceMs, stale: false, priceState: X };
}

/** Whether the contract has a fresh and certain price, at which positions can be opened and closed. */
export function canDeal(contract: Contract): boolean {
  return contract.quote !== null && !contract.stale && contract.priceState === "certain";
}
