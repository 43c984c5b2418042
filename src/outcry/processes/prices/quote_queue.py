"""The quotes on their way to the journal: every distinct one, in the order in which they came.

Two things shorten the queue, and neither loses a touch. A quote that has not changed is repeated
once a second at most. A run of quotes that is too long, or that an interval makes wait, is merged
into the quotes with the lowest and the highest bid, ask and middle, and the last one: they stay as
they were and in their order, so every price that the run reached is still reached.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from outcry.engine.commands import SetQuote
from outcry.engine.units import InstrumentId

REPEAT_MS = 1_000
RUN_MAX = 1_000  # Quotes of one instrument that wait, at most: five seconds of a lively feed.
ENTRY_MAX = 1_000  # Quotes in one journal entry, at most.


class QuoteQueue:
    """Quotes that wait for the next entry; with an interval, those that have to wait for it."""

    def __init__(self, *, interval_ms: int = 0, run_max: int = RUN_MAX) -> None:
        self.merged = 0  # Quotes left out because too many waited,
        self.thinned = 0  # and those left out because of the interval.
        self._interval_ms = interval_ms
        self._run_max = run_max
        self._waiting: deque[SetQuote] = deque()
        self._runs: Counter[InstrumentId] = Counter()
        self._offered: dict[InstrumentId, tuple[int, int, int]] = {}  # Bid, ask and our time.
        self._taken_ms: dict[InstrumentId, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def offer(self, quote: SetQuote, now_ms: int) -> None:
        """Take in a quote, unless it only repeats the one before it too soon."""
        bid, ask, offered_ms = self._offered.get(quote.instrument_id, (0, 0, 0))
        if (quote.bid, quote.ask) == (bid, ask) and now_ms - offered_ms < REPEAT_MS:
            return
        self._offered[quote.instrument_id] = (quote.bid, quote.ask, now_ms)
        self._waiting.append(quote)
        self._runs[quote.instrument_id] += 1
        self._shorten()

    def take(self, now_ms: int) -> list[SetQuote]:
        """The quotes of the next entry: the oldest that do not have to wait for the interval."""
        if not self._interval_ms:
            taken = [self._waiting.popleft() for _ in range(min(ENTRY_MAX, len(self._waiting)))]
            self._runs.subtract(quote.instrument_id for quote in taken)
            return taken
        due = {each for each, count in self._runs.items() if count and self._due_ms(each) <= now_ms}
        if not due:
            return []
        ready = [quote for quote in self._waiting if quote.instrument_id in due]
        self._waiting = deque(quote for quote in self._waiting if quote.instrument_id not in due)
        for instrument_id in due:
            self._taken_ms[instrument_id] = now_ms
            del self._runs[instrument_id]
        taken = merged(ready, due)
        self.thinned += len(ready) - len(taken)
        return taken

    def put_back(self, quotes: Sequence[SetQuote]) -> None:
        """Return quotes that were taken and not answered: they are sent before all others."""
        self._waiting.extendleft(reversed(quotes))
        self._runs.update(quote.instrument_id for quote in quotes)
        self._shorten()

    def due_ms(self) -> int | None:
        """When the first of the waiting quotes may be taken; None if none waits."""
        waiting = [each for each, count in self._runs.items() if count]
        return min(map(self._due_ms, waiting), default=None)

    def _due_ms(self, instrument_id: InstrumentId) -> int:
        return self._taken_ms.get(instrument_id, -self._interval_ms) + self._interval_ms

    def _shorten(self) -> None:
        long = {each for each, count in self._runs.items() if count > self._run_max}
        if not long:
            return
        before = len(self._waiting)
        self._waiting = deque(merged(self._waiting, long))
        self.merged += before - len(self._waiting)
        self._runs = Counter(quote.instrument_id for quote in self._waiting)


def merged(quotes: Iterable[SetQuote], instrument_ids: Iterable[InstrumentId]) -> list[SetQuote]:
    """Quotes in their order, of which each run of these instruments is merged."""
    quotes = list(quotes)
    runs: dict[InstrumentId, list[int]] = {each: [] for each in instrument_ids}
    for place, quote in enumerate(quotes):
        if quote.instrument_id in runs:
            runs[quote.instrument_id].append(place)
    left_out = {place for run in runs.values() for place in run}
    for run in runs.values():
        left_out.difference_update(_kept(quotes, run))
    return [quote for place, quote in enumerate(quotes) if place not in left_out]


def _kept(quotes: Sequence[SetQuote], run: Sequence[int]) -> set[int]:
    """The places of a run's lowest and highest prices, and of its last quote."""
    if not run:
        return set()
    bid = [quotes[place].bid for place in run]
    ask = [quotes[place].ask for place in run]
    middle = [sum(sides) for sides in zip(bid, ask, strict=True)]
    kept = {run[-1]}
    for prices in (bid, ask, middle):
        kept.add(run[prices.index(min(prices))])
        kept.add(run[prices.index(max(prices))])
    return kept
