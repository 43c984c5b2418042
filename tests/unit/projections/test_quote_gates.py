"""Whether clients can deal at a price, as a reader of events knows it."""

from typing import Any

import pytest

from domain.cfd import CONTRACT, CfdFloor
from outcry.engine.events import QuoteDoubted, QuoteRulesSet, QuoteSet, SessionChanged
from outcry.engine.rejects import DoubtReason, RejectReason
from outcry.engine.snapshot import image_of
from outcry.projections.quote_gates import Gate, GateEvent, QuoteGates

NAMED: dict[str, Any] = {"instrument_id": CONTRACT, "bid": 1, "ask": 1, "source_ms": 1}
DOUBTED = QuoteDoubted(**NAMED, why=DoubtReason.TOO_FAR)
QUOTED = QuoteSet(**NAMED)
CLOSED = SessionChanged(instrument_id=CONTRACT, is_open=False)
OPENED = SessionChanged(instrument_id=CONTRACT, is_open=True)
SESSION, DOUBT = RejectReason.SESSION_CLOSED, RejectReason.QUOTE_DOUBTED


@pytest.mark.parametrize(("events", "fault"), [
    ([], 0), ([DOUBTED], DOUBT), ([DOUBTED, QUOTED], 0), ([CLOSED], SESSION),
    ([CLOSED, OPENED], DOUBT), ([CLOSED, OPENED, QUOTED], 0), ([OPENED], 0),
    ([DOUBTED, CLOSED], SESSION),
])
def test_events_state_who_can_deal_and_may_be_read_twice(
    events: list[GateEvent], fault: int
) -> None:
    once, twice = QuoteGates(), QuoteGates()
    for event in events:
        before = once.gate(CONTRACT).fault
        assert once.fold(event) == (before != once.gate(CONTRACT).fault)
        twice.fold(event)
        assert not twice.fold(event)
    assert fault == once.gate(CONTRACT).fault == twice.gate(CONTRACT).fault


def test_a_snapshot_starts_the_view_where_the_events_had_brought_it() -> None:
    floor = CfdFloor()
    floor.bounds(band="0.1", spread_max="0.02")
    floor.price(100)
    floor.price(200)
    told = QuoteGates()
    told.fold(QuoteRulesSet(instrument_id=CONTRACT, band_rate=100_000, spread_max_rate=20_000))
    told.fold(DOUBTED)
    read = QuoteGates.from_image(image_of(floor.engine.state))
    assert Gate(100_000, 20_000, True, True) == told.gate(CONTRACT) == read.gate(CONTRACT)
