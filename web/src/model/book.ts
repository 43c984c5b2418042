// The depth of one instrument: quantity per price, best price first on each side.
//
// A book starts from a depth snapshot and follows depth diffs, whose quantities are absolute and whose ids leave no gap. It
// changes in place because it takes hundreds of diffs a second; a view compares `lastId` to detect a change.

export interface Level {
  /** In 10^-priceScale. */
  readonly price: bigint;
  /** In 10^-quantityScale; never 0 in a book. A 0 in a diff removes the level. */
  readonly quantity: bigint;
}

export interface DepthSnapshot {
  readonly lastId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface DepthDiff {
  readonly firstId: number;
  readonly lastId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export type BookSide = "bids" | "asks";

export class Book {
  /** Highest price first. */
  readonly bids: Level[] = [];
  /** Lowest price first. */
  readonly asks: Level[] = [];
  #lastId: number;

  constructor(snapshot: DepthSnapshot) {
    this.#lastId = snapshot.lastId;
    for (const level of snapshot.bids) this.#set("bids", level);
    for (const level of snapshot.asks) this.#set("asks", level);
  }

  /** The id of the last change that the book contains. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Whether the best bid exceeds the best ask. This is never true of the venue's book, so a crossed book is wrong. */
  get crossed(): boolean {
    const bid = this.bids[0];
    const ask = this.asks[0];
    return bid !== undefined && ask !== undefined && bid.price >= ask.price;
  }

  apply(diff: DepthDiff): void {
    for (const level of diff.bids) this.#set("bids", level);
    for (const level of diff.asks) this.#set("asks", level);
    this.#lastId = diff.lastId;
  }

  #set(side: BookSide, level: Level): void {
    const levels = this[side];
    const index = placeOf(levels, side, level.price);
    const there = levels[index]?.price === level.price;
    if (level.quantity === 0n) {
      if (there) levels.splice(index, 1);
    } else {
      levels.splice(index, there ? 1 : 0, level);
    }
  }
}

/** The index of `price`, or the index to insert it at, in a side sorted best first. */
function placeOf(levels: readonly Level[], side: BookSide, price: bigint): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = (levels[middle] as Level).price;
    const isBetter = side === "bids" ? at > price : at < price;
    if (isBetter) low = middle + 1;
    else high = middle;
  }
  return low;
}
