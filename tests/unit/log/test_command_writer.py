"""The command writer: what it packs together, and what it does when the journal does not answer."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from outcry.engine.commands import Command, CreateAccount, Deposit, OpenVenue
from outcry.engine.engine import Engine
from outcry.engine.events import AccountCreated, CommandRejected, Deposited
from outcry.engine.rejects import RejectReason
from outcry.engine.state import State
from outcry.log import command_writer
from outcry.log.command_writer import (
    COMMANDS_PER_ENTRY_MAX,
    CommandWriter,
    OutcomeUnknown,
    Overloaded,
)
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.wire.journal import (
    EntryId,
    EventsEntry,
    decode_commands,
    decode_outcome,
    encode_commands,
)
from rigs.memory_venue import ALICE, START_MS, opening

SESSION = 42


class Appended(NamedTuple):
    number: int
    commands: list[Command]
    deadline_ms: int


class FakeJournal:
    """A journal with an engine behind it, whose replies can be lost and whose ear can be deaf.

    `faults` are used up one for each append: `lost` never arrives, `unanswered` arrives but nobody
    is told, `twice` arrives twice and nobody is told, `late` arrives after the next one.
    """

    def __init__(self, faults: Sequence[str] = ()) -> None:
        self.faults = list(faults)
        self.appended: list[Appended] = []
        self.now_ms = START_MS
        self.engine = Engine(State())
        self.on_entry: Callable[[EventsEntry], None] = lambda _: None
        self.entered = asyncio.Event()  # Somebody has appended something.
        self.paused = asyncio.Event()
        self.paused.set()
        self.mute = False  # The engine answers nobody.
        self._late: list[tuple[int, int, bytes]] = []
        self.arrive(0, 1, encode_commands(opening()))
        self.appended.clear()

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        self.entered.set()
        await asyncio.sleep(0)
        await self.paused.wait()
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "late":
            self._late.append((writer, number, commands))
        elif fault != "lost":
            self.arrive(writer, number, commands)
        if fault == "twice":
            self.arrive(writer, number, commands)
        if fault:
            raise LogUnavailable(fault)
        while self._late:
            self.arrive(*self._late.pop(0))

    def arrive(self, writer: int, number: int, commands: bytes) -> None:
        with contextlib.suppress(ValueError):  # What cannot be decoded is answered all the same.
            batch = decode_commands(commands)
            self.appended.append(Appended(number, list(batch.commands), batch.deadline_ms))
        self.now_ms += 1
        outcome = self.engine.apply(
            entry_ms=self.now_ms, writer=writer, number=number, commands=commands, quarantined=[]
        )
        if not self.mute:
            self.on_entry(
                EventsEntry(
                    EntryId(self.now_ms, 0), writer, number, outcome, EntryId(0, 0), bytes(32)
                )
            )


@asynccontextmanager
async def using(
    journal: FakeJournal, *, patience_s: float = 5.0, waiting_max: int = 20_000
) -> AsyncIterator[CommandWriter]:
    """A command writer that runs on a journal."""
    writer = CommandWriter(journal, session=SESSION, patience_s=patience_s, waiting_max=waiting_max)
    journal.on_entry = lambda entry: writer.on_entry(entry, decode_outcome(entry.outcome))
    stop = asyncio.Event()
    running = asyncio.create_task(writer.run(stop))
    try:
        yield writer
    finally:
        stop.set()
        await running


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    monkeypatch.setattr(command_writer, "RETRY_FIRST_S", 0.0)
    monkeypatch.setattr(command_writer, "RETRY_MAX_S", 0.0)


def deposit(key: int) -> Deposit:
    return Deposit(account_id=ALICE, asset_id=1, amount=key, key=10_000 + key)


async def test_every_command_gets_its_own_answer() -> None:
    async with using(FakeJournal()) as writer:
        answers = await writer.submit(deposit(1), CreateAccount(user_key=0), deposit(2))
        assert [Deposited, CommandRejected, Deposited] == [type(events[0]) for events in answers]
        [[event]] = await writer.submit(CreateAccount(user_key=77))
        assert isinstance(event, AccountCreated)


async def test_what_is_submitted_while_an_entry_is_under_way_shares_the_next_one_in_order() -> None:
    journal = FakeJournal()
    async with using(journal) as writer:
        journal.paused.clear()
        first = asyncio.create_task(writer.submit(deposit(1)))
        await journal.entered.wait()
        pair = asyncio.create_task(writer.submit(deposit(2), deposit(3)))
        rest = [asyncio.create_task(writer.submit(deposit(key))) for key in range(4, 20)]
        other = asyncio.create_task(writer.submit(deposit(20), deposit(21)))
        await asyncio.sleep(0)
        journal.paused.set()
        answers = await asyncio.gather(first, pair, *rest, other)
        amounts = [
            [event.amount for [event] in answer if isinstance(event, Deposited)]
            for answer in answers
        ]
        assert [[1], [2, 3], *([key] for key in range(4, 20)), [20, 21]] == amounts

    assert [1, 2] == [entry.number for entry in journal.appended]
    assert [deposit(1)] == journal.appended[0].commands
    assert [deposit(key) for key in range(2, 22)] == journal.appended[1].commands


async def test_an_entry_holds_so_many_commands_and_never_half_a_request() -> None:
    journal = FakeJournal()
    async with using(journal) as writer:
        journal.paused.clear()
        tasks = [asyncio.create_task(writer.submit(deposit(1)))]
        await journal.entered.wait()
        for start in range(10, 460, 150):
            commands = [deposit(key) for key in range(start, start + 150)]
            tasks.append(asyncio.create_task(writer.submit(*commands)))
        tasks.append(
            asyncio.create_task(writer.submit(*(deposit(key) for key in range(1_000, 1_300))))
        )
        await asyncio.sleep(0)
        journal.paused.set()
        answers = await asyncio.gather(*tasks)
        assert [1, 150, 150, 150, 300] == [len(answer) for answer in answers]
    assert [1, 150, 150, 150, 300] == [len(entry.commands) for entry in journal.appended]
    assert COMMANDS_PER_ENTRY_MAX < 300


@pytest.mark.parametrize("faults", [
    ["lost"], ["unanswered"], ["twice"], ["late"], ["lost", "lost", "unanswered", "twice"],
    ["late", "lost", "late", "unanswered"], ["twice", "late", "unanswered"],
], ids="+".join)
async def test_an_entry_whose_fate_is_unknown_is_sent_again_and_applied_once(
    faults: list[str]
) -> None:
    journal = FakeJournal(faults)
    async with using(journal) as writer:
        answers = await asyncio.gather(*(writer.submit(deposit(key)) for key in range(1, 6)))
        assert [Deposited] * 5 == [type(answer[0][0]) for answer in answers]
        [[event]] = await writer.submit(deposit(9))
        assert isinstance(event, Deposited)

    external = journal.engine.state.accounts[0].balance(1)
    assert -2 * 10**12 - (1 + 2 + 3 + 4 + 5) - 9 == external.free
    # Whatever arrived under one number is the same entry.
    by_number: dict[int, list[Command]] = {}
    for entry in journal.appended:
        assert entry.commands == by_number.setdefault(entry.number, entry.commands)
    assert sorted(by_number) == list(dict.fromkeys(entry.number for entry in journal.appended))


async def test_the_answer_may_come_before_the_journals_own_reply() -> None:
    """`unanswered` arrives and is answered while the append itself fails: it is not sent again."""
    journal = FakeJournal(["unanswered"])
    async with using(journal) as writer:
        await writer.submit(deposit(1))
    assert 1 == len(journal.appended)


async def test_too_many_waiting_commands_are_refused_before_anything_is_sent() -> None:
    journal = FakeJournal()
    async with using(journal, waiting_max=4) as writer:
        journal.paused.clear()
        waiting = [asyncio.create_task(writer.submit(deposit(key))) for key in (1, 2, 3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await writer.submit(deposit(4), deposit(5))
        last = asyncio.create_task(writer.submit(deposit(6)))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await writer.submit(deposit(7))
        journal.paused.set()
        await asyncio.gather(*waiting, last)
        await writer.submit(deposit(8), deposit(9), deposit(10), deposit(11))
    sent = [command for entry in journal.appended for command in entry.commands]
    assert [deposit(key) for key in (1, 2, 3, 6, 8, 9, 10, 11)] == sent


async def test_no_answer_in_time_is_an_unknown_outcome() -> None:
    journal = FakeJournal()
    async with using(journal, patience_s=0.05) as writer:
        journal.mute = True
        with pytest.raises(OutcomeUnknown):
            await writer.submit(deposit(1))
        journal.mute = False
        [[event]] = await writer.submit(deposit(2))
        assert isinstance(event, Deposited)
        [[again]] = await writer.submit(deposit(1))
        assert isinstance(again, CommandRejected)
        assert RejectReason.KEY_USED == again.reason


async def test_the_lag_is_the_age_of_the_oldest_command_without_an_answer() -> None:
    """Sent or not, waited for or not; an answer to a later one ends it too."""
    journal = FakeJournal()
    async with using(journal, patience_s=0.05) as writer:
        await writer.submit(deposit(1))
        assert 0 == writer.lag_s
        journal.mute = True
        with pytest.raises(OutcomeUnknown):
            await writer.submit(deposit(2))
        assert writer.lag_s > 0
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            await writer.submit(deposit(3))
        lag_s = writer.lag_s
        assert lag_s > time.monotonic() - began, "it is the oldest's"
        journal.mute = False
        await writer.submit(deposit(4))
        assert 0 == writer.lag_s
        journal.paused.clear()
        under_way = asyncio.create_task(writer.submit(deposit(5)))
        await asyncio.sleep(0)
        assert writer.lag_s > 0
        journal.paused.set()
        await under_way


async def test_a_request_whose_owner_gave_up_before_it_was_sent_is_not_sent() -> None:
    journal = FakeJournal()
    async with using(journal) as writer:
        journal.paused.clear()
        first = asyncio.create_task(writer.submit(deposit(1)))
        await journal.entered.wait()
        gone = asyncio.create_task(writer.submit(deposit(2)))
        stays = asyncio.create_task(writer.submit(deposit(3)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        journal.paused.set()
        await asyncio.gather(first, stays)
    assert [[deposit(1)], [deposit(3)]] == [entry.commands for entry in journal.appended]


async def test_an_entry_that_nobody_waits_for_any_more_is_not_sent_again() -> None:
    journal = FakeJournal(["lost"] * 100_000)
    async with using(journal, patience_s=0.05) as writer:
        with pytest.raises(OutcomeUnknown):
            await writer.submit(deposit(1))
        journal.faults.clear()
        await writer.submit(deposit(2))
    assert [[deposit(2)]] == [entry.commands for entry in journal.appended]


async def test_an_entry_carries_a_deadline_as_soon_as_the_journals_time_is_known() -> None:
    journal = FakeJournal()
    async with using(journal) as writer:
        await writer.submit(deposit(1))
        heard_ms = journal.now_ms
        await writer.submit(deposit(2))
        before, after = (entry.deadline_ms for entry in journal.appended)
        assert 0 == before
        assert heard_ms + 5_000 <= after < heard_ms + 6_000


async def test_a_command_past_its_deadline_is_answered_too_late() -> None:
    journal = FakeJournal()
    async with using(journal) as writer:
        await writer.submit(deposit(1))
        journal.now_ms += 60_000  # Such as after the journal was out of reach for a minute.
        [[event]] = await writer.submit(deposit(2))
        assert isinstance(event, CommandRejected)
        assert RejectReason.TOO_LATE == event.reason


async def test_answers_to_other_sessions_are_none_of_ours() -> None:
    journal = FakeJournal()
    async with using(journal) as writer:
        journal.paused.clear()
        mine = asyncio.create_task(writer.submit(deposit(1)))
        await journal.entered.wait()
        journal.arrive(SESSION + 1, 1, encode_commands([deposit(50)]))
        assert not mine.done()
        journal.paused.set()
        [[event]] = await mine
        assert deposit(1).key == getattr(event, "key", None)


async def test_a_malformed_entry_answers_everybody_in_it() -> None:
    async with using(FakeJournal()) as writer:
        # What the engine of another version could say of an entry it cannot read.
        bad = OpenVenue(venue_id=7)  # type: ignore[arg-type]
        answers = await asyncio.gather(
            writer.submit(deposit(1), bad), writer.submit(deposit(2)), return_exceptions=True
        )
        for answer in answers:
            assert not isinstance(answer, BaseException)
            for events in answer:
                assert [CommandRejected(reason=RejectReason.MALFORMED)] == events
        [[event]] = await writer.submit(deposit(3))
        assert isinstance(event, Deposited)


async def test_a_command_that_cannot_be_packed_is_its_submitters_trouble_alone() -> None:
    """An integer of more than 64 bits has no form on the log; nobody else waits for it in vain."""
    async with using(FakeJournal()) as writer:
        good, bad, also_good = await asyncio.gather(
            writer.submit(deposit(1)), writer.submit(deposit(2**64)), writer.submit(deposit(2)),
            return_exceptions=True,
        )
        assert isinstance(bad, OverflowError)
        for answer in (good, also_good):
            assert not isinstance(answer, BaseException)
            assert [Deposited] == [type(event) for [event] in answer]


async def test_a_journal_that_lost_its_data_ends_the_command_writer() -> None:
    class Gone:
        async def append(self, **_entry: object) -> None:
            raise LogBroken("gone")
    writer = CommandWriter(Gone(), session=SESSION, patience_s=0.05)
    running = asyncio.create_task(writer.run(asyncio.Event()))
    with pytest.raises(OutcomeUnknown):
        await writer.submit(deposit(1))
    with pytest.raises(LogBroken):
        await running
