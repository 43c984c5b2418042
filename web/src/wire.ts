// The bodies and frames of the venue's API that the terminal reads, as they are on the wire. The types of bodies come from the
// API's own description. It does not cover the frames of the stream, so their types are written here. Decimals are text; the
// API reference has the unit of each time.

import type { components } from "./openapi";

type Schemas = components["schemas"];

/** The fields of a market in `GET /api/v1/markets` that the terminal reads. */
export type MarketBody = Pick<
  Schemas["MarketBody"],
  "symbol" | "baseSymbol" | "quoteSymbol" | "marketType" | "orderBookState" | "visible"
> & {
  filters: {
    price: Pick<Schemas["PriceFilter"], "tickSize" | "minPrice" | "maxPrice">;
    quantity: Pick<Schemas["QuantityFilter"], "stepSize" | "minQuantity" | "maxQuantity">;
  };
};

export type TickerBody = Omit<Schemas["TickerBody"], "priceChange" | "priceChangePercent">;
export type WireLevel = [price: string, quantity: string];

/** Both sides ascend by price: the best bid is the last. */
export type DepthBody = Schemas["DepthBody"];
/** Prices are null in a bucket without trades. */
export type KlineBody = Schemas["Kline"];

export type TradeBody = Pick<
  Schemas["TradeBody"],
  "id" | "price" | "quantity" | "timestamp" | "isBuyerMaker"
>;
export type AssetBody = Pick<Schemas["Asset"], "symbol"> & {
  tokens: Pick<Schemas["Token"], "nativeDecimals">[];
};
export type StatusBody = Schemas["Status"];
export type VenueBody = Schemas["VenueBody"];
export type VenueStatusBody = Schemas["VenueStatusBody"];

export type ContractBody = Schemas["ContractBody"];
export type Direction = "LONG" | "SHORT";
export type PositionStatus = "OPEN" | "CLOSED" | "LIQUIDATED" | "STOP_LOSS" | "TAKE_PROFIT";
/** The description declares direction and status as plain text; the API reference lists their values. */
export type PositionBody = Omit<Schemas["PositionBody"], "direction" | "status"> & {
  direction: Direction;
  status: PositionStatus;
};
export type EquityBody = Schemas["EquityBody"];

export type UserBody = Schemas["UserBody"];
export type KeyBody = Schemas["KeyBody"];
export type NewKeyBody = Schemas["NewKeyBody"];
export type AccountBody = Schemas["AccountBody"];
export type BalanceBody = Schemas["BalanceBody"];
export type CapitalBody = Record<string, BalanceBody>;
export type OrderBody = Schemas["LimitOrderBody"] | Schemas["MarketOrderBody"];
export type PastOrderBody = Schemas["PastOrderBody"];
export type FillBody = Schemas["FillBody"];
export type DepositBody = Schemas["DepositBody"];
export type WithdrawalBody = Schemas["WithdrawalBody"];
export type OrderRequest = Schemas["OrderRequest"];
export type OrderReplacement = Schemas["OrderReplaceRequest"];

export interface TickerFrame {
  e: "ticker";
  s: string;
  o: string;
  c: string;
  h: string;
  l: string;
  v: string;
  V: string;
  n: number;
}

export interface DepthFrame {
  e: "depth";
  s: string;
  a: WireLevel[];
  b: WireLevel[];
  U: number;
  u: number;
}

export interface TradeFrame {
  e: "trade";
  s: string;
  p: string;
  q: string;
  t: number;
  /** Microseconds. */
  T: number;
  m: boolean;
}

export interface KlineFrame {
  e: "kline";
  s: string;
  t: string;
  T: string;
  o: string | null;
  h: string | null;
  l: string | null;
  c: string | null;
  v: string;
  n: number;
  X: boolean;
}

export interface MarkPriceFrame {
  e: "markPrice";
  s: string;
  p: string;
}

/** One of `account.orderUpdate`. Fields that do not apply are absent. */
export interface OrderFrame {
  e:
    | "orderAccepted"
    | "orderFill"
    | "orderModified"
    | "orderCancelled"
    | "orderExpired"
    | "triggerPlaced"
    | "triggerFailed";
  /** Microseconds. */
  T: number;
  s: string;
  i: string;
  S: "Bid" | "Ask";
  o: Uppercase<Schemas["OrderRequest"]["orderType"]>;
  f: string;
  q: string;
  p?: string;
  Q?: string;
  /** Trigger price and quantity. */
  P?: string;
  Y?: string;
  X: string;
  /** The reason why it ended. */
  R?: string;
  z: string;
  y?: boolean;
  l?: string;
  L?: string;
}

/** One of `account.balanceUpdate`. */
export interface BalanceFrame {
  e: "balanceUpdate";
  a: string;
  A: string;
  L: string;
}

/** Whether clients can deal at a contract's price: it is in doubt, or the trading session is closed. */
export type PriceState = ContractBody["priceState"];

/** A price of a contract. */
export interface CfdQuoteFrame {
  e: "cfdQuote";
  s: string;
  b: string;
  a: string;
  /** Microseconds, of the source. */
  T: number;
  /** Whether clients can deal at the price. */
  X: PriceState;
}

/** A change of a position of the user. */
export interface CfdPositionFrame {
  e: "positionOpened" | "positionChanged" | "positionClosed";
}

export type Frame =
  | CfdQuoteFrame
  | CfdPositionFrame
  | TickerFrame
  | DepthFrame
  | TradeFrame
  | KlineFrame
  | MarkPriceFrame
  | OrderFrame
  | BalanceFrame;

/** The kinds of frame by their `e`. */
export type FrameOf<K extends Frame["e"]> = Extract<Frame, { e: K }>;
