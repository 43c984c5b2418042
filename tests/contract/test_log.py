"""The log: one suite for the double in memory and for Valkey."""

import asyncio
from collections.abc import Sequence

import pytest

from outcry.ports.log import EngineLog, LeaseLost
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    SCHEMA_VERSION,
    EntryId,
    EventsEntry,
    JournalEntry,
)
from rigs.log_rigs import Rig, VenueLog
from rigs.patience import PATIENCE_S

TTL_MS = 60_000
LAST = EntryId(2**62, 0)


def append(rig: Rig, count: int, *, first: int = 1) -> None:
    """Append entries of one session to the journal."""

    async def use(log: VenueLog) -> None:
        for number in range(first, first + count):
            await log.append(writer=7, number=number, commands=b"c%d" % number)

    rig.use(use)


def journal(rig: Rig) -> Sequence[JournalEntry]:
    """Everything in the journal but the entry it began with."""
    entries: Sequence[JournalEntry] = rig.use(lambda log: log.read_journal(NOTHING_YET, LAST))
    return entries[1:]


def events_for(entries: Sequence[JournalEntry], previous: EntryId) -> list[EventsEntry]:
    """Events entries for journal entries, with content that only a test would write."""
    made: list[EventsEntry] = []
    for entry in entries:
        made.append(
            EventsEntry(
                id=entry.id, writer=entry.writer, number=entry.number,
                outcome=b"of " + entry.commands, previous=previous,
                digest=bytes([entry.number % 256]) * 32,
            )
        )
        previous = entry.id
    return made


def publish(rig: Rig, count: int, *, token: str = "a") -> list[EventsEntry]:
    """Append to the journal, and publish an events entry for each."""
    assert rig.engine.take_lease(token=token, ttl_ms=TTL_MS)
    append(rig, count)
    made = events_for(journal(rig), NOTHING_YET)
    publish_now(rig.engine, made, after=NOTHING_YET, token=token)
    return made


def publish_now(
    engine: EngineLog, entries: Sequence[EventsEntry], *, after: EntryId, token: str
) -> None:
    """Publish, and wait for what becomes of it."""
    engine.publish(entries, after=after, token=token, ttl_ms=TTL_MS)
    engine.confirm()


def read_all(rig: Rig) -> Sequence[EventsEntry]:
    found: Sequence[EventsEntry] = rig.use(lambda log: log.read_range(NOTHING_YET, LAST))
    return found


class TestJournal:
    def test_entries_come_back_as_they_were_appended_and_in_order(self, rig: Rig) -> None:
        append(rig, 3)
        entries = journal(rig)
        assert [(7, 1, b"c1"), (7, 2, b"c2"), (7, 3, b"c3")] == [
            (entry.writer, entry.number, entry.commands) for entry in entries
        ]
        assert {SCHEMA_VERSION} == {entry.version for entry in entries}
        ids = [entry.id for entry in entries]
        assert sorted(set(ids)) == ids

    def test_the_largest_session_and_any_bytes_survive(self, rig: Rig) -> None:
        anything = bytes(range(256)) * 40
        rig.use(lambda log: log.append(writer=2**63 - 1, number=2**40, commands=anything))
        [entry] = journal(rig)
        assert (2**63 - 1, 2**40, anything) == (entry.writer, entry.number, entry.commands)

    def test_entries_appended_together_arrive_in_the_order_of_the_calls(self, rig: Rig) -> None:
        async def use(log: VenueLog) -> None:
            await log.append(writer=7, number=1, commands=b"")
            await asyncio.gather(*(
                log.append(writer=7, number=number, commands=b"") for number in range(2, 21)
            ))

        rig.use(use)
        assert list(range(1, 21)) == [entry.number for entry in journal(rig)]

    def test_a_range_of_the_journal_includes_both_ends(self, rig: Rig) -> None:
        append(rig, 4)
        entries = journal(rig)
        found = rig.use(lambda log: log.read_journal(entries[1].id, entries[2].id))
        assert list(entries[1:3]) == list(found)

    def test_a_heartbeat_is_an_entry_like_any(self, rig: Rig) -> None:
        rig.engine.beat(writer=9, number=4, commands=b"beat")
        [entry] = journal(rig)
        assert (9, 4, b"beat") == (entry.writer, entry.number, entry.commands)

    def test_the_engine_gets_what_comes_after_an_id(self, rig: Rig) -> None:
        append(rig, 5)
        entries = journal(rig)
        rig.engine.ask(entries[0].id, block_ms=50, count=3)
        assert list(entries[1:4]) == list(rig.engine.receive())
        rig.engine.ask(entries[-1].id, block_ms=1, count=3)
        assert [] == list(rig.engine.receive())

    def test_what_is_appended_after_the_question_is_in_the_next_answer(self, rig: Rig) -> None:
        append(rig, 1)
        [first] = journal(rig)
        rig.engine.ask(first.id, block_ms=5_000, count=10)
        append(rig, 1, first=2)
        assert [2] == [entry.number for entry in rig.engine.receive()]

    def test_a_second_question_takes_the_place_of_the_first(self, rig: Rig) -> None:
        """The engine asks ahead; when it then has to restore, it asks for something else."""
        append(rig, 4)
        entries = journal(rig)
        rig.engine.ask(entries[2].id, block_ms=50, count=10)
        rig.engine.ask(entries[0].id, block_ms=50, count=2)
        assert list(entries[1:3]) == list(rig.engine.receive())
        rig.engine.ask(entries[1].id, block_ms=50, count=1)
        assert [entries[2]] == list(rig.engine.receive())


class TestEvents:
    def test_an_empty_stream_has_no_top(self, rig: Rig) -> None:
        assert NOTHING_YET == rig.engine.events_top()
        assert NOTHING_YET == rig.use(lambda log: log.top())
        assert [] == list(rig.engine.events_range(NOTHING_YET, LAST, 10))
        assert [] == list(rig.use(lambda log: log.read_after(NOTHING_YET, block_ms=1)))

    def test_what_was_published_comes_back_whole(self, rig: Rig) -> None:
        made = publish(rig, 3)
        assert made == list(read_all(rig))
        assert made[-1].id == rig.engine.events_top() == rig.use(lambda log: log.top())
        assert made[:2] == list(rig.engine.events_range(NOTHING_YET, LAST, 2))
        assert made[1:2] == list(rig.engine.events_range(made[1].id, made[1].id, 9))
        assert made[1:2] == list(rig.use(lambda log: log.read_range(made[1].id, made[1].id)))

    def test_reading_after_an_id_leaves_that_one_out(self, rig: Rig) -> None:
        made = publish(rig, 4)
        assert made[2:] == list(rig.use(lambda log: log.read_after(made[1].id, block_ms=1)))
        assert made[2:3] == list(
            rig.use(lambda log: log.read_after(made[1].id, block_ms=1, count=1))
        )
        assert [] == list(rig.use(lambda log: log.read_after(made[3].id, block_ms=1)))

    def test_a_reader_that_waits_is_woken_by_a_publication(self, rig: Rig) -> None:
        made = publish(rig, 2)
        rig.lose_the_events()
        publish_now(rig.engine, made[:1], after=NOTHING_YET, token="a")

        async def use(log: VenueLog) -> Sequence[EventsEntry]:
            reading = asyncio.ensure_future(log.read_after(made[0].id, block_ms=9_000))
            await asyncio.sleep(0)
            await log.top()  # A round trip: the question before it is on its way.
            publish_now(rig.engine, made[1:], after=made[0].id, token="a")
            found: Sequence[EventsEntry] = await reading
            return found

        assert made[1:] == list(rig.use(use))

    def test_a_reader_that_gave_up_leaves_no_answer_behind(self, rig: Rig) -> None:
        made = publish(rig, 3)

        async def use(log: VenueLog) -> Sequence[EventsEntry]:
            waiting = asyncio.ensure_future(log.read_after(made[-1].id, block_ms=9_000))
            await asyncio.sleep(0)
            await log.top()  # A round trip: the question before it is on its way.
            waiting.cancel()
            await asyncio.wait((waiting,))
            async with asyncio.timeout(PATIENCE_S):
                found: Sequence[EventsEntry] = await log.read_after(made[0].id, block_ms=1)
            return found

        assert made[1:] == list(rig.use(use))

    def test_a_range_is_bounded(self, rig: Rig) -> None:
        made = publish(rig, 513)
        assert made[:512] == list(read_all(rig))
        assert made[:512] == list(rig.use(lambda log: log.read_after(NOTHING_YET, block_ms=1)))


class TestPublishing:
    def test_a_further_publication_goes_onto_the_end_it_names(self, rig: Rig) -> None:
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        append(rig, 4)
        made = events_for(journal(rig), NOTHING_YET)
        publish_now(rig.engine, made[:2], after=NOTHING_YET, token="a")
        publish_now(rig.engine, made[2:], after=made[1].id, token="a")
        assert made == list(read_all(rig))

    @pytest.mark.parametrize("end", [0, 2], ids=["behind the top", "beyond the top"])
    def test_nothing_is_published_onto_another_end(self, rig: Rig, end: int) -> None:
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        append(rig, 4)
        made = events_for(journal(rig), NOTHING_YET)
        publish_now(rig.engine, made[:2], after=NOTHING_YET, token="a")
        with pytest.raises(LeaseLost):
            publish_now(rig.engine, made[end + 1 :], after=made[end].id, token="a")
        assert made[:2] == list(read_all(rig))

    def test_the_same_entries_are_not_published_twice(self, rig: Rig) -> None:
        made = publish(rig, 3)
        with pytest.raises(LeaseLost):
            publish_now(rig.engine, made, after=NOTHING_YET, token="a")
        assert made == list(read_all(rig))

    def test_nothing_is_published_without_the_lease(self, rig: Rig) -> None:
        append(rig, 2)
        made = events_for(journal(rig), NOTHING_YET)
        with pytest.raises(LeaseLost):
            publish_now(rig.engine, made, after=NOTHING_YET, token="a")
        assert rig.engine.take_lease(token="b", ttl_ms=TTL_MS)
        with pytest.raises(LeaseLost):
            publish_now(rig.engine, made, after=NOTHING_YET, token="a")
        assert [] == list(read_all(rig))

    def test_nothing_is_published_after_the_lease_ran_out(self, rig: Rig) -> None:
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        append(rig, 1)
        rig.let_lease_run_out()
        with pytest.raises(LeaseLost):
            publish_now(
                rig.engine, events_for(journal(rig), NOTHING_YET), after=NOTHING_YET, token="a"
            )
        assert NOTHING_YET == rig.engine.events_top()

    def test_a_refusal_is_told_once_and_nothing_else_is_told(self, rig: Rig) -> None:
        rig.engine.confirm()
        publish(rig, 1)
        rig.engine.confirm()
        rig.engine.publish([], after=NOTHING_YET, token="somebody else's", ttl_ms=TTL_MS)
        with pytest.raises(LeaseLost):
            rig.engine.confirm()
        rig.engine.confirm()

    def test_an_answer_not_waited_for_is_not_taken_for_the_next_one(self, rig: Rig) -> None:
        """A leader that lost the lease restores without asking what became of its last entries."""
        made = publish(rig, 2)
        rig.engine.publish(made, after=NOTHING_YET, token="a", ttl_ms=TTL_MS)
        append(rig, 1, first=3)
        [late] = events_for(journal(rig)[2:], made[-1].id)
        publish_now(rig.engine, [late], after=made[-1].id, token="a")
        assert [*made, late] == list(read_all(rig))


class TestLease:
    def test_one_engine_has_it_and_may_renew_it(self, rig: Rig) -> None:
        other = rig.another_engine()
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        assert not other.take_lease(token="b", ttl_ms=TTL_MS)
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)

    def test_another_takes_over_when_it_ran_out(self, rig: Rig) -> None:
        other = rig.another_engine()
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        rig.let_lease_run_out()
        assert other.take_lease(token="b", ttl_ms=TTL_MS)
        assert not rig.engine.take_lease(token="a", ttl_ms=TTL_MS)

    def test_a_lease_is_renewed_only_while_it_lasts(self, rig: Rig) -> None:
        """Whoever lost it has to know it, though nobody has it: one may have had it meanwhile."""
        assert not rig.engine.renew_lease(token="a", ttl_ms=TTL_MS)
        assert rig.engine.take_lease(token="a", ttl_ms=1_000)
        assert rig.engine.renew_lease(token="a", ttl_ms=TTL_MS)
        assert rig.lease_runs_out_in_ms() > TTL_MS // 2
        rig.let_lease_run_out()
        assert not rig.engine.renew_lease(token="a", ttl_ms=TTL_MS)
        assert rig.another_engine().take_lease(token="b", ttl_ms=TTL_MS)
        assert not rig.engine.renew_lease(token="a", ttl_ms=TTL_MS)

    def test_a_lease_that_claims_more_than_its_length_is_dead(self, rig: Rig) -> None:
        """A clock that is set back an hour must not keep everybody from leading for that hour."""
        other = rig.another_engine()
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        rig.set_clock_back(3_600_000)
        assert other.take_lease(token="b", ttl_ms=TTL_MS // 2)
        assert rig.lease_runs_out_in_ms() <= TTL_MS
        assert not rig.engine.renew_lease(token="a", ttl_ms=TTL_MS)

    def test_a_lease_is_judged_by_its_own_length(self, rig: Rig) -> None:
        """Not by the length that the next engine asks for."""
        other = rig.another_engine()
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        assert not other.take_lease(token="b", ttl_ms=TTL_MS // 10)

    def test_a_holder_keeps_its_lease_when_the_clock_is_set_back(self, rig: Rig) -> None:
        other = rig.another_engine()
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        rig.set_clock_back(3_600_000)
        assert rig.engine.renew_lease(token="a", ttl_ms=TTL_MS)
        assert not other.take_lease(token="b", ttl_ms=TTL_MS)

    def test_it_can_be_given_back_by_its_holder_only(self, rig: Rig) -> None:
        other = rig.another_engine()
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        other.give_lease_back("b")
        assert not other.take_lease(token="b", ttl_ms=TTL_MS)
        rig.engine.give_lease_back("a")
        assert other.take_lease(token="b", ttl_ms=TTL_MS)

    def test_giving_back_what_nobody_holds_is_harmless(self, rig: Rig) -> None:
        rig.engine.give_lease_back("a")
        assert rig.engine.take_lease(token="b", ttl_ms=TTL_MS)

    def test_publishing_renews_it(self, rig: Rig) -> None:
        assert rig.engine.take_lease(token="a", ttl_ms=1_000)
        append(rig, 1)
        publish_now(
                rig.engine, events_for(journal(rig), NOTHING_YET), after=NOTHING_YET, token="a"
        )
        assert rig.lease_runs_out_in_ms() > TTL_MS // 2

    def test_a_new_leader_goes_on_where_the_old_one_was(self, rig: Rig) -> None:
        made = publish(rig, 2)
        rig.let_lease_run_out()
        other = rig.another_engine()
        assert other.take_lease(token="b", ttl_ms=TTL_MS)
        append(rig, 1, first=3)
        [late] = events_for(journal(rig)[2:], made[-1].id)
        with pytest.raises(LeaseLost):
            publish_now(rig.engine, [late], after=made[-1].id, token="a")
        publish_now(other, [late], after=made[-1].id, token="b")
        assert [*made, late] == list(read_all(rig))


class TestQuarantine:
    def test_it_is_empty_at_first(self, rig: Rig) -> None:
        assert [] == list(rig.engine.quarantined())

    def test_what_is_put_there_stays_once_each(self, rig: Rig) -> None:
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        for place in ((EntryId(5, 0), 3), (EntryId(5, 0), 12), (EntryId(40, 7), 0)):
            rig.engine.quarantine(*place, token="a")
        rig.engine.quarantine(EntryId(5, 0), 3, token="a")
        assert [(EntryId(5, 0), 3), (EntryId(5, 0), 12), (EntryId(40, 7), 0)] == sorted(
            rig.another_engine().quarantined()
        )


    def test_nobody_but_the_lease_holder_puts_anything_there(self, rig: Rig) -> None:
        rig.engine.quarantine(EntryId(5, 0), 3, token="a")
        assert rig.engine.take_lease(token="a", ttl_ms=TTL_MS)
        rig.another_engine().quarantine(EntryId(5, 0), 3, token="b")
        assert [] == list(rig.engine.quarantined())

    def test_what_was_answered_is_not_put_there(self, rig: Rig) -> None:
        made = publish(rig, 2)
        for entry in made:
            rig.engine.quarantine(entry.id, 0, token="a")
        beyond = EntryId(made[-1].id.ms, made[-1].id.seq + 1)
        rig.engine.quarantine(beyond, 0, token="a")
        assert [(beyond, 0)] == list(rig.engine.quarantined())


class TestStatusBoard:
    def test_an_engine_says_how_it_is_as_well(self, rig: Rig) -> None:
        rig.engine.report("engine", {"pid": 3})
        assert {"engine": {"pid": 3}} == rig.use(lambda log: log.read())

    def test_an_engine_hears_what_another_says(self, rig: Rig) -> None:
        rig.engine.report("standby", {"snapshot": "5-0"})
        assert {"snapshot": "5-0"} == rig.another_engine().said("standby")
        assert {} == rig.engine.said("engine")

    def test_every_process_replaces_what_it_said(self, rig: Rig) -> None:
        async def use(log: VenueLog) -> dict[str, dict[str, object]]:
            assert {} == await log.read()
            await log.post("engine", {"pid": 1, "old": True})
            await log.post("recorder", {"position": "5-0"})
            await log.post("engine", {"pid": 2})
            said: dict[str, dict[str, object]] = await log.read()
            return said

        assert {"engine": {"pid": 2}, "recorder": {"position": "5-0"}} == rig.use(use)


def test_the_first_digest_is_no_digest_of_anything() -> None:
    assert bytes(32) == FIRST_DIGEST


@pytest.mark.parametrize("steps", range(60))
def test_who_is_told_to_stop_while_asking_stops(rig: Rig, steps: int) -> None:
    """Whichever moment it comes at: a process that missed it would never end."""

    async def use(log: VenueLog) -> None:
        async def ask() -> None:
            await log.read()
            await log.read_after(NOTHING_YET, block_ms=1)

        asking = asyncio.create_task(ask())
        for _ in range(steps):
            await asyncio.sleep(0)
        was_under_way = asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled() == was_under_way

    rig.use(use)
