import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BookSide, DepthDiff, DepthSnapshot, Level } from "../../src/model/book";
import { BookSync } from "../../src/model/book-sync";
import { check } from "../seed";

const level = (price: number, quantity: number): Level => ({
  price: BigInt(price),
  quantity: BigInt(quantity),
});

function diff(firstId: number, lastId: number, changes: Partial<Record<BookSide, Level[]>> = {}): DepthDiff {
  return { firstId, lastId, bids: changes.bids ?? [], asks: changes.asks ?? [] };
}

const SNAPSHOT: DepthSnapshot = { lastId: 10, bids: [level(99, 5), level(98, 1)], asks: [level(101, 4)] };

function liveAt10(): BookSync {
  const sync = new BookSync();
  sync.onSnapshot(SNAPSHOT);
  return sync;
}

describe("a book", () => {
  it("holds each side best first, whatever the order on the wire", () => {
    const sync = new BookSync();
    sync.onSnapshot({
      lastId: 1,
      bids: [level(97, 1), level(99, 1), level(98, 1)],
      asks: [level(103, 1), level(101, 1)],
    });
    expect(sync.book?.bids.map(({ price }) => price)).toEqual([99n, 98n, 97n]);
    expect(sync.book?.asks.map(({ price }) => price)).toEqual([101n, 103n]);
  });

  it("replaces quantities, which are absolute, and drops a level at zero", () => {
    const sync = liveAt10();
    expect(sync.onDiff(diff(11, 11, { bids: [level(99, 7), level(98, 0)], asks: [level(102, 3)] }))).toBe(
      "applied",
    );
    expect(sync.book?.bids).toEqual([level(99, 7)]);
    expect(sync.book?.asks).toEqual([level(101, 4), level(102, 3)]);
  });

  it("ignores the removal of a level that it doesn't have", () => {
    const sync = liveAt10();
    expect(sync.onDiff(diff(11, 11, { asks: [level(150, 0)] }))).toBe("applied");
    expect(sync.book?.asks).toEqual([level(101, 4)]);
  });
});

describe("keeping a book exact", () => {
  it("collects diffs until the snapshot arrives and drops the diffs that it contains", () => {
    const sync = new BookSync();
    expect(sync.onDiff(diff(9, 9, { bids: [level(99, 1)] }))).toBe("kept");
    expect(sync.onDiff(diff(10, 11, { bids: [level(97, 2)] }))).toBe("kept");
    expect(sync.book).toBeNull();
    expect(sync.onSnapshot(SNAPSHOT)).toBe("live");
    expect(sync.book?.bids).toEqual([level(99, 5), level(98, 1), level(97, 2)]);
    expect(sync.book?.lastId).toBe(11);
  });

  it("lets only the first diff after a snapshot begin before its end", () => {
    const sync = liveAt10();
    expect(sync.onDiff(diff(8, 12))).toBe("applied");
    expect(sync.onDiff(diff(12, 13))).toBe("gap");
  });

  it("stays exact over diffs without changes", () => {
    const sync = liveAt10();
    expect([diff(11, 11), diff(12, 12), diff(13, 13)].map((each) => sync.onDiff(each))).toEqual(
      Array(3).fill("applied"),
    );
    expect(sync.book?.lastId).toBe(13);
  });

  it("skips known diffs", () => {
    const sync = liveAt10();
    expect(sync.onDiff(diff(10, 10, { bids: [level(99, 0)] }))).toBe("known");
    expect(sync.book?.bids[0]).toEqual(level(99, 5));
  });

  it("discards the book at a gap and starts again from the diff after it", () => {
    const sync = liveAt10();
    expect(sync.onDiff(diff(12, 12, { bids: [level(95, 1)] }))).toBe("gap");
    expect(sync.book).toBeNull();
    expect(sync.onSnapshot({ ...SNAPSHOT, lastId: 11 })).toBe("live");
    expect(sync.book?.lastId).toBe(12);
  });

  it("refuses a snapshot that ends before the collected diffs begin, and takes the next", () => {
    const sync = new BookSync();
    sync.onDiff(diff(15, 15, { bids: [level(95, 1)] }));
    expect(sync.onSnapshot(SNAPSHOT)).toBe("too old");
    expect(sync.book).toBeNull();
    expect(sync.onSnapshot({ ...SNAPSHOT, lastId: 14 })).toBe("live");
    expect(sync.book?.lastId).toBe(15);
  });

  it("never shows a crossed book", () => {
    const sync = liveAt10();
    expect(sync.onDiff(diff(11, 11, { bids: [level(101, 1)] }))).toBe("gap");
    expect(sync.book).toBeNull();
  });
});

describe("a book built from random diffs", () => {
  const change = fc.record({
    side: fc.constantFrom<BookSide>("bids", "asks"),
    offset: fc.integer({ min: 1, max: 30 }),
    quantity: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000 })),
  });
  const frame: fc.Arbitrary<RandomFrame> = fc.record({
    changes: fc.array(change, { maxLength: 4 }),
    ids: fc.integer({ min: 1, max: 3 }),
    arrivals: fc.constantFrom(1, 1, 1, 1, 1, 0, 2),
    snapshotAfter: fc.nat(3),
  });

  it("equals the truth whenever it is shown, with lost and repeated frames and late snapshots", () => {
    check(
      "random diffs",
      fc.property(fc.array(frame, { minLength: 1, maxLength: 120 }), (frames) => {
        const venue = new UnreliableVenue();
        for (const each of frames) {
          venue.pass(each);
          venue.expectTruthIfCurrent();
        }
        venue.settle();
        venue.expectTruth();
      }),
      500,
    );
  });
});

interface RandomFrame {
  readonly changes: readonly { side: BookSide; offset: number; quantity: number }[];
  /** The number of ids that the frame spans. */
  readonly ids: number;
  /** The number of times it arrives: 0 if it is lost, 2 if it is repeated. */
  readonly arrivals: number;
  /** A snapshot request at this frame is answered this many frames later. */
  readonly snapshotAfter: number;
}

/** A venue that loses and repeats frames and sends snapshots late, and a reader that follows it. */
class UnreliableVenue {
  readonly #sync = new BookSync();
  readonly #truth = new Truth();
  #snapshot: { framesLeft: number; taken: DepthSnapshot } | null = {
    framesLeft: 1,
    taken: this.#truth.snapshot(),
  };

  pass({ changes, ids, arrivals, snapshotAfter }: RandomFrame): void {
    const next = this.#truth.change(
      changes.map(({ side, offset, quantity }) => ({
        side,
        level: level(side === "bids" ? 1_000 - offset : 1_000 + offset, quantity),
      })),
      ids,
    );
    for (let arrival = 0; arrival < arrivals; arrival += 1) {
      if (this.#sync.onDiff(next) === "gap") this.#ask(snapshotAfter);
    }
    if (this.#snapshot === null) return;
    if (this.#snapshot.framesLeft > 0) this.#snapshot.framesLeft -= 1;
    else if (this.#sync.onSnapshot(this.#snapshot.taken) === "live") this.#snapshot = null;
    else this.#ask(1);
  }

  /** After any loss, the book is right one frame and one snapshot later. */
  settle(): void {
    this.#sync.onDiff(this.#truth.change([], 1));
    if (this.#sync.book === null) this.#sync.onSnapshot(this.#truth.snapshot());
  }

  expectTruthIfCurrent(): void {
    if (this.#sync.book?.lastId === this.#truth.lastId) this.expectTruth();
  }

  expectTruth(): void {
    expect(this.#sync.book?.lastId).toBe(this.#truth.lastId);
    expect(this.#sync.book?.bids).toEqual(this.#truth.side("bids").reverse());
    expect(this.#sync.book?.asks).toEqual(this.#truth.side("asks"));
  }

  #ask(framesLeft: number): void {
    this.#snapshot = { framesLeft, taken: this.#truth.snapshot() };
  }
}

/** The venue's book, in an obvious and slow form. */
class Truth {
  lastId = 100;
  readonly #levels = { bids: new Map<bigint, bigint>(), asks: new Map<bigint, bigint>() };

  change(changes: readonly { side: BookSide; level: Level }[], ids: number): DepthDiff {
    const firstId = this.lastId + 1;
    this.lastId += ids;
    for (const { side, level } of changes) {
      if (level.quantity === 0n) this.#levels[side].delete(level.price);
      else this.#levels[side].set(level.price, level.quantity);
    }
    const of = (side: BookSide) => changes.filter((each) => each.side === side).map((each) => each.level);
    return diff(firstId, this.lastId, { bids: of("bids"), asks: of("asks") });
  }

  snapshot(): DepthSnapshot {
    return { lastId: this.lastId, bids: this.side("bids"), asks: this.side("asks") };
  }

  /** Cheapest first. */
  side(side: BookSide): Level[] {
    return [...this.#levels[side]]
      .map(([price, quantity]) => ({ price, quantity }))
      .sort((a, b) => Number(a.price - b.price));
  }
}
