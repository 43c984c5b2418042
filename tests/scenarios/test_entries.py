"""Journal entries as a whole: writer sessions, deadlines, quarantine, heartbeats and garbage."""

import msgspec
import pytest

from domain.floor import START_MS, Floor
from outcry.engine.commands import CreateAccount, Heartbeat
from outcry.engine.events import ClockTicked
from outcry.engine.snapshot import state_hash
from outcry.wire.journal import encode_commands

HOUR_S = 3_600


def test_a_repeated_entry_is_answered_duplicate_and_not_applied() -> None:
    f = Floor()
    f.rich("alice")
    order = f.limit("alice", -1, 1, at=101)
    f.entry([order, order], writer=9, number=1)

    answers = f.entry([order, order], writer=9, number=1)

    assert ["duplicate", "duplicate"] == [answer.rejected for answer in answers]
    assert "2 @ 101 |" == f.book()


def test_an_entry_below_the_last_number_is_a_duplicate_and_a_gap_is_none() -> None:
    f = Floor()
    f.entry([Heartbeat()], writer=9, number=5)
    for number in (5, 4, 1, 0, -1):
        [answer] = f.entry([Heartbeat()], writer=9, number=number)
        assert "duplicate" == answer.rejected
    [answer] = f.entry([Heartbeat()], writer=9, number=100)
    assert None is answer.rejected


def test_sessions_do_not_share_numbers() -> None:
    f = Floor()
    for writer in (9, 10, 0, 2**63 - 1):
        [answer] = f.entry([Heartbeat()], writer=writer, number=1)
        assert None is answer.rejected


def test_a_session_is_remembered_over_a_restart() -> None:
    f = Floor()
    f.entry([Heartbeat()], writer=9, number=3)
    f.restart()
    assert "duplicate" == f.entry([Heartbeat()], writer=9, number=3)[0].rejected


def test_a_session_is_forgotten_after_an_idle_hour() -> None:
    f = Floor()
    f.entry([Heartbeat()], writer=9, number=3)
    f.pass_time(ms=1000 * HOUR_S - 1)
    f.beat()
    assert "duplicate" == f.entry([Heartbeat()], writer=9, number=3)[0].rejected
    f.pass_time(s=HOUR_S)  # The refused entry counts as a sign of life.
    f.beat()
    assert None is f.entry([Heartbeat()], writer=9, number=3)[0].rejected


def test_only_idle_sessions_are_forgotten() -> None:
    f = Floor()
    for writer in (8, 9, 10):
        f.entry([Heartbeat()], writer=writer, number=3)
    f.pass_time(s=HOUR_S // 2)
    f.entry([Heartbeat()], writer=8, number=4)
    f.pass_time(s=HOUR_S // 2)
    f.beat()
    assert "duplicate" == f.entry([Heartbeat()], writer=8, number=4)[0].rejected
    assert None is f.entry([Heartbeat()], writer=9, number=1)[0].rejected
    assert None is f.entry([Heartbeat()], writer=10, number=1)[0].rejected


def test_an_entry_past_its_deadline_is_too_late_as_a_whole() -> None:
    f = Floor()
    commands = [CreateAccount(user_key=1), CreateAccount(user_key=2)]
    for deadline_ms in (START_MS - 1, 1):
        answers = f.entry(commands, deadline_ms=deadline_ms)
        assert ["too_late", "too_late"] == [answer.rejected for answer in answers]
    for deadline_ms in (START_MS, START_MS + 1, 0):
        answers = f.entry(commands, deadline_ms=deadline_ms)
        assert [None, None] == [answer.rejected for answer in answers]


def test_an_entry_that_was_too_late_may_not_come_again() -> None:
    f = Floor()
    f.entry([Heartbeat()], writer=9, number=1, deadline_ms=1)
    assert "duplicate" == f.entry([Heartbeat()], writer=9, number=1)[0].rejected


def test_quarantined_commands_are_answered_and_not_applied() -> None:
    f = Floor()
    commands = [CreateAccount(user_key=key) for key in (1, 2, 3)]
    answers = f.entry(commands, quarantined=[2, 0])
    assert ["engine_error", None, "engine_error"] == [answer.rejected for answer in answers]
    assert 100 == f.engine.state.last_account_id


def test_a_duplicate_is_one_even_where_it_is_quarantined() -> None:
    f = Floor()
    f.entry([Heartbeat()], writer=9, number=1)
    assert "duplicate" == f.entry([Heartbeat()], writer=9, number=1, quarantined=[0])[0].rejected


def test_an_empty_entry_has_an_empty_answer() -> None:
    assert [] == Floor().entry([])


def test_a_heartbeat_is_answered_and_moves_the_counter_of_quiet_books() -> None:
    f = Floor()
    f.rich("alice")
    f.sell("alice", 1, at=101)
    seq = f.fold.seqs[1]

    f.pass_time(ms=499)
    assert [ClockTicked()] == f.beat().events
    assert seq == f.fold.seqs[1]
    f.pass_time(ms=1)
    f.beat()
    assert f.outcome is not None
    [book] = f.outcome.books
    assert (seq + 1, [], []) == (book.seq, book.bids, book.asks)
    f.beat()
    assert seq + 1 == f.fold.seqs[1]
    f.pass_time(ms=500)
    f.restart()
    f.beat()
    assert seq + 2 == f.fold.seqs[1]


def test_levels_changed_several_times_in_an_entry_are_stated_once_as_they_end() -> None:
    f = Floor()
    f.rich("alice", "bob")
    f.entry([
        f.limit("alice", -1, 5, at=101), f.limit("alice", -1, 5, at=102),
        f.limit("bob", 1, 7, at=102), f.limit("bob", 1, 3, at=100),
    ])
    assert f.outcome is not None
    [book] = f.outcome.books
    assert [(101, 0), (102, 3)] == sorted(book.asks)
    assert [(100, 3)] == book.bids


VALID = encode_commands([Heartbeat(), CreateAccount(user_key=1)])

MALFORMED = {
    "nothing": b"",
    "garbage": b"\xc1 nonsense",
    "text": msgspec.msgpack.encode("hello"),
    "a number": b"\x07",
    "nil": b"\xc0",
    "a map": msgspec.msgpack.encode({"deadline_ms": 0, "commands": []}),
    "trailing bytes": VALID + b"\x00",
    "two batches": VALID + VALID,
    "too many fields of the batch": msgspec.msgpack.encode([0, [], 1]),
    "no commands": msgspec.msgpack.encode([0]),
    "an unknown command": msgspec.msgpack.encode([0, [[99]]]),
    "a command without a number": msgspec.msgpack.encode([0, [[]]]),
    "a number that is text": msgspec.msgpack.encode([0, [["30"]]]),
    "a bool for an integer": msgspec.msgpack.encode([0, [[10, True]]]),
    "a float for an integer": msgspec.msgpack.encode([0, [[10, 1.0]]]),
    "text for an integer": msgspec.msgpack.encode([0, [[10, "1"]]]),
    "nil for an integer": msgspec.msgpack.encode([0, [[10, None]]]),
    "an integer for a bool": msgspec.msgpack.encode([0, [[1, 100, 1, 1, 1, 1, 1, 0, 1, 1]]]),
    "a field too many": msgspec.msgpack.encode([0, [[10, 1, 2]]]),
    "a field too few": msgspec.msgpack.encode([0, [[10]]]),
    "an integer of 64 bits": msgspec.msgpack.encode([0, [[10, 2**63]]]),
    "the largest integer": msgspec.msgpack.encode([0, [[10, 2**64 - 1]]]),
    "an account below zero": msgspec.msgpack.encode([0, [[2, -1, 1, 1]]]),
    "an order of 64 bits": msgspec.msgpack.encode([0, [[2, 100, 1, 2**63]]]),
    "text that is not UTF-8": bytes.fromhex("9200919200a1ff"),
    "a deadline that is text": msgspec.msgpack.encode(["0", []]),
    "a good command before a bad one": msgspec.msgpack.encode([0, [[10, 1], [99]]]),
    "deep nesting": b"\x91" * 100_000 + b"\x90",
    "an array longer than the bytes": b"\x92\x00\xdd\xff\xff\xff\xff",
    "an extension type": b"\x92\x00\x91\xd4\x01\x00",
}


@pytest.mark.parametrize("packed", MALFORMED.values(), ids=MALFORMED)
def test_what_cannot_be_decoded_is_answered_malformed_and_changes_nothing(packed: bytes) -> None:
    f = Floor()
    before = state_hash(f.engine.state)

    [answer] = f.raw(packed, writer=9, number=1)

    assert "malformed" == answer.rejected
    assert before == state_hash(f.engine.state)
    [answer] = f.entry([CreateAccount(user_key=1)], writer=9, number=1)
    assert None is answer.rejected


@pytest.mark.parametrize("length", range(len(VALID)))
def test_every_truncation_is_malformed(length: int) -> None:
    [answer] = Floor().raw(VALID[:length])
    assert "malformed" == answer.rejected


def test_a_command_of_an_older_writer_may_lack_fields_with_a_default() -> None:
    f = Floor()
    f.rich("alice")
    packed = msgspec.msgpack.encode([0, [[1, f.account("alice"), 1, -1, 1, 101, 2]]])
    [answer] = f.raw(packed)
    assert None is answer.rejected
    assert "2 @ 101 |" == f.book()
