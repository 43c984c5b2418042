// Depth bodies and frames of the API as snapshots and diffs of a book, in the instrument's units.

import type { DepthBody, DepthFrame, WireLevel } from "../wire";
import type { DepthDiff, DepthSnapshot, Level } from "./book";
import { parseUnits } from "./decimal";
import type { Instrument } from "./instrument";

export function snapshotOfBody(body: DepthBody, instrument: Instrument): DepthSnapshot {
  return {
    lastId: Number(body.lastUpdateId),
    // The book sorts the levels itself, so the order on the wire doesn't matter. Best first is the fastest order to insert.
    bids: levels(body.bids, instrument).reverse(),
    asks: levels(body.asks, instrument),
  };
}

export function diffOfFrame(frame: DepthFrame, instrument: Instrument): DepthDiff {
  return {
    firstId: frame.U,
    lastId: frame.u,
    bids: levels(frame.b, instrument),
    asks: levels(frame.a, instrument),
  };
}

/** A level is identified by its number, not by its text: `86700` and `86700.0` are one price. */
function levels(wire: readonly WireLevel[], instrument: Instrument): Level[] {
  return wire.map(([price, quantity]) => ({
    price: parseUnits(price, instrument.priceScale),
    quantity: parseUnits(quantity, instrument.quantityScale),
  }));
}
