// How a book gets exact and stays exact. A state machine without a socket in it: it is told of diffs and snapshots and answers
// what to do next.
//
// The rule: collect diffs, take a snapshot, drop the diffs it already holds, and from then on every diff must begin right behind
// the one before it. If one doesn't, something was lost: the book is thrown away and a new snapshot is needed.

import { Book, type DepthDiff, type DepthSnapshot } from "./book";

/** A REST answer that takes this many diffs to arrive is not worth waiting for; what falls out shows as a gap. */
const DIFFS_KEPT_MAX = 10_000;

export type DiffOutcome =
  /** There is no book yet; the diff waits for the snapshot. */
  | "kept"
  | "applied"
  /** The book already holds it. */
  | "known"
  /** Diffs are missing before it; the book is gone and a snapshot is needed. */
  | "gap";

export type SnapshotOutcome =
  | "live"
  /** Diffs are missing between the snapshot and those that wait: take a later one. */
  | "too old";

export class BookSync {
  #book: Book | null = null;
  #waiting: DepthDiff[] = [];
  /** The first diff behind a snapshot may begin before its end; later ones may not overlap. */
  #continuous = false;

  /** The book, when it is exact. */
  get book(): Book | null {
    return this.#book;
  }

  /** Forget everything: the stream starts anew. */
  reset(): void {
    this.#book = null;
    this.#waiting = [];
    this.#continuous = false;
  }

  onDiff(diff: DepthDiff): DiffOutcome {
    const book = this.#book;
    if (book === null) {
      this.#waiting.push(diff);
      if (this.#waiting.length > DIFFS_KEPT_MAX) this.#waiting.shift();
      return "kept";
    }
    if (diff.lastId <= book.lastId) return "known";
    const expected = book.lastId + 1;
    const fits = this.#continuous ? diff.firstId === expected : diff.firstId <= expected;
    if (fits) {
      book.apply(diff);
      this.#continuous = true;
      if (!book.crossed) return "applied";
    }
    this.reset();
    this.#waiting.push(diff);
    return "gap";
  }

  onSnapshot(snapshot: DepthSnapshot): SnapshotOutcome {
    const waiting = this.#waiting;
    this.reset();
    this.#book = new Book(snapshot);
    for (const [index, diff] of waiting.entries()) {
      if (this.onDiff(diff) === "gap") {
        // What waits from the gap on may still join a later snapshot.
        this.#waiting = waiting.slice(index);
        return "too old";
      }
    }
    return "live";
  }
}
