"""A command whose events do not fit the log: it is named, and stops the venue once."""

import pytest

from domain.outcomes import numbers_in
from outcry.engine.commands import (
    Command,
    CreateAccount,
    Deposit,
    ListContract,
    OpenPosition,
    SetQuote,
    UseRules,
)
from outcry.engine.rejects import REJECT_NAMES, RejectReason
from outcry.engine.units import LONG, SHORT
from outcry.wire.journal import decode_outcome
from rigs.memory_venue import START_MS, engine_on, leading, new_log, order, run_to_the_end, write

CONTRACT, CAROL = 2, 102


def desk(version: int) -> list[Command]:
    """A contract without bounds, and Carol with a short at 1,000."""
    return [
        UseRules(version=version),
        ListContract(
            symbol="SOL_CFD", underlying="SOL", asset_id=1, price_decimals=0, price_max=2**62 - 1,
            leverage_max=1_000, margin_min=1, exposure_max=0, house_exposure_max=0,
        ),
        CreateAccount(user_key=3), Deposit(account_id=CAROL, asset_id=1, amount=2**61, key=1),
        quote(1_000),
        OpenPosition(
            account_id=CAROL, instrument_id=CONTRACT, direction=SHORT, margin=10**6,
            leverage=1_000,
        ),
    ]


def quote(price: int) -> SetQuote:
    return SetQuote(instrument_id=CONTRACT, bid=price, ask=price, source_ms=START_MS)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_command_is_named_and_the_venue_stops_for_it_once(place: int) -> None:
    """Events are written after the whole entry; quarantine named the place behind its end."""
    log = new_log()
    write(log, 2, desk(1))
    entry: list[Command] = [order(1), order(2)]
    entry.insert(place, quote(2**61))  # The short would lose more than 64 bits hold.
    write(log, 3, entry)
    with pytest.raises(OverflowError):
        run_to_the_end(leading(log), log)
    assert [(log.journal[2].id, place)] == log.quarantined()

    run_to_the_end(engine_on(log, session=1), log)
    answers = decode_outcome(log.events[2].outcome).answers
    assert [each == place for each in range(3)] == [
        getattr(answer[0], "reason", 0) == RejectReason.ENGINE_ERROR for answer in answers
    ]


@pytest.mark.parametrize(("version", "reasons"), [
    (1, ["EXPOSURE_LIMIT"]), (2, ["EXPOSURE_LIMIT", "QUOTE_UNPAYABLE"]),
])
def test_what_can_be_refused_is_refused_and_stops_nothing(version: int, reasons: list[str]) -> None:
    """19 billion of margin at 100x ended engine and standby alike."""
    log = new_log()
    write(log, 2, desk(version))
    giant = OpenPosition(
        account_id=CAROL, instrument_id=CONTRACT, direction=LONG, margin=19 * 10**15,
        leverage=1_000,
    )
    write(log, 3, [giant] if version == 1 else [giant, quote(2**61)])
    run_to_the_end(leading(log), log)
    assert [] == log.quarantined()
    outcome = decode_outcome(log.events[2].outcome)
    assert reasons == [REJECT_NAMES[answer[0].reason] for answer in outcome.answers]
    assert all(-(2**63) <= number < 2**63 for number in numbers_in(outcome))


@pytest.mark.parametrize("margin", [10**16, 2**63 // 1_000, 2**63 // 1_000 + 1, 2**62 // 1_000 + 1])
def test_what_history_has_no_column_for_is_refused_in_a_new_venue(margin: int) -> None:
    """From 10 billion on the recorder could not write the notional down."""
    log = new_log()
    write(log, 2, [*desk(2), OpenPosition(
        account_id=CAROL, instrument_id=CONTRACT, direction=LONG, margin=margin, leverage=1_000,
    )])
    run_to_the_end(leading(log), log)
    [*_, [answer]] = decode_outcome(log.events[1].outcome).answers
    assert RejectReason.EXPOSURE_LIMIT == answer.reason
