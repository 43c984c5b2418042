// A contract and a position as the API sends them.

import { contractOf } from "../../src/model/cfd";
import type { ContractBody, PositionBody } from "../../src/wire";

export const contractBody: ContractBody = {
  asset: "SOL_USDC",
  symbol: "SOL_USDC_CFD",
  wallet: "USDC",
  priceDecimals: 6,
  leverageMax: "100",
  marginMin: "0.01",
  maintenanceRate: "0",
  spreadRate: "0",
  state: "Open",
  bid: "199.9",
  ask: "200",
  sourceMs: 1_790_000_000_000,
  stale: false,
  priceState: "certain",
  profile: "reference",
  tiers: [],
};

export const contract = contractOf(contractBody, 6);

export const positionBody: PositionBody = {
  tradeId: "12",
  asset: "SOL_USDC",
  direction: "LONG",
  margin: "1000",
  remainingMargin: "1000",
  leverage: "10",
  notional: "10000",
  entryPrice: "200",
  liquidationPrice: "180",
  stopLossPrice: "190.5",
  takeProfitPrice: null,
  closePrice: "199.9",
  unrealizedPnl: "-5",
  realizedPnl: "0",
  owed: "0",
  status: "OPEN",
  openedAt: 1_790_000_000_000,
  updatedAt: 1_790_000_000_000,
};
