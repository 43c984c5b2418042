// The bodies and frames of the venue's API that the terminal reads, as they are on the wire.
// Decimals are text; see the API reference for the units of each time.

/** One of `GET /api/v1/markets`. */
export interface MarketBody {
  symbol: string;
  baseSymbol: string;
  quoteSymbol: string;
  marketType: string;
  orderBookState: string;
  visible: boolean;
  filters: {
    price: { tickSize: string; minPrice: string; maxPrice?: string | null };
    quantity: { stepSize: string; minQuantity: string; maxQuantity?: string | null };
  };
}

/** One of `GET /api/v1/tickers`. */
export interface TickerBody {
  symbol: string;
  firstPrice: string;
  lastPrice: string;
  high: string;
  low: string;
  volume: string;
  quoteVolume: string;
  trades: string;
}

export type WireLevel = [price: string, quantity: string];

/** `GET /api/v1/depth`. Both sides ascend by price: the best bid is the last. */
export interface DepthBody {
  asks: WireLevel[];
  bids: WireLevel[];
  lastUpdateId: string;
  timestamp: number;
}

/** One of `GET /api/v1/klines`. Prices are null in a bucket without trades. */
export interface KlineBody {
  start: string;
  end: string;
  open: string | null;
  high: string | null;
  low: string | null;
  close: string | null;
  volume: string;
  quoteVolume: string;
  trades: string;
}

/** One of `GET /api/v1/trades`. */
export interface TradeBody {
  id: number;
  price: string;
  quantity: string;
  timestamp: number;
  isBuyerMaker: boolean;
}

/** `GET /api/v1/status`. */
export interface StatusBody {
  status: "Ok" | "Maintenance";
  message: string | null;
}

/** `GET /api/v1/venue`. */
export interface VenueBody {
  mode: string;
  version: string;
  prices: { source: string; simulated: boolean; ageMs: number | null };
  streamUrl?: string | null;
  streamPort?: number | null;
}

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

export type Frame = TickerFrame | DepthFrame | TradeFrame | KlineFrame | MarkPriceFrame;

/** The kinds of frame by their `e`. */
export type FrameOf<K extends Frame["e"]> = Extract<Frame, { e: K }>;
