// Builds a book and keeps it exact. This is a state machine without a socket: it takes diffs and snapshots and returns the next
// step.
//
// The rule: collect diffs, take a snapshot, and drop the diffs that the snapshot contains. From then on every diff must begin
// directly after the previous one. Otherwise a diff was lost: the book is discarded, and a new snapshot is needed.

import { Book, type DepthDiff, type DepthSnapshot } from "./book";

/** The most diffs that wait for a REST answer. Beyond this number the oldest are dropped, which then shows as a gap. */
const DIFFS_KEPT_MAX = 10_000;

export type DiffOutcome =
  /** There is no book yet; the diff waits for the snapshot. */
  | "kept"
  | "applied"
  /** The book already contains the diff. */
  | "known"
  /** Diffs are missing before this one; the book is discarded and a snapshot is needed. */
  | "gap";

export type SnapshotOutcome =
  | "live"
  /** Diffs are missing between the snapshot and the waiting diffs: take a later snapshot. */
  | "too old";

export class BookSync {
  #book: Book | null = null;
  #waiting: DepthDiff[] = [];
  /** The first diff after a snapshot may begin before its end; later diffs may not overlap. */
  #continuous = false;

  /** The book, if it is exact. */
  get book(): Book | null {
    return this.#book;
  }

  /** Discard everything: the stream starts again. */
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
        // The waiting diffs from the gap on may still follow a later snapshot.
        this.#waiting = waiting.slice(index);
        return "too old";
      }
    }
    return "live";
  }
}
