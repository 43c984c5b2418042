"""Versions of the rules: which one is in force, and what an engine without it does."""

import msgspec
import pytest

from domain.floor import Floor
from outcry.engine.commands import UseRules
from outcry.engine.engine import Engine
from outcry.engine.events import Event, RulesUsed
from outcry.engine.image import (
    IMAGE_VERSION,
    StateImage,
    decode_image,
    encode_image,
    image_version,
)
from outcry.engine.rules import RULES_KNOWN, VersionUnknown
from outcry.engine.snapshot import SnapshotVersionUnknown, dump, hash_of, load, state_hash
from outcry.engine.state import State
from outcry.wire.journal import decode_outcome, encode_commands

NEXT = RULES_KNOWN[-1] + 1
BOTH = (*RULES_KNOWN, NEXT)  # What a build would have that mended something.


def ask(engine: Engine, version: int, *, number: int = 1) -> list[Event]:
    """What an engine answers to `UseRules`."""
    [events] = decode_outcome(engine.apply(
        entry_ms=engine.state.now_ms, writer=1, number=number, quarantined=[],
        commands=encode_commands([UseRules(version=version)]),
    )).answers
    return events


def test_a_journal_without_the_command_is_of_version_1() -> None:
    f = Floor()
    f.rich("alice")
    assert 1 == f.engine.state.rules
    assert 1 in RULES_KNOWN


def test_a_version_the_engine_has_is_in_force_from_there_on() -> None:
    engine = Engine(State(), rules=BOTH)
    assert [RulesUsed(version=NEXT)] == ask(engine, NEXT)
    assert NEXT == engine.state.rules


def test_the_version_in_force_may_be_asked_for_again() -> None:
    f = Floor()
    assert [RulesUsed(version=1)] == f.do(UseRules(version=1)).events


def test_an_older_version_is_as_good_as_a_newer_one() -> None:
    engine = Engine(State(), rules=BOTH)
    ask(engine, NEXT)
    assert [RulesUsed(version=1)] == ask(engine, 1, number=2)
    assert 1 == engine.state.rules


@pytest.mark.parametrize("version", [0, -1, -(2**63)])
def test_a_version_that_is_not_above_zero_is_refused(version: int) -> None:
    f = Floor()
    assert "rules_invalid" == f.do(UseRules(version=version)).rejected
    assert 1 == f.engine.state.rules


@pytest.mark.parametrize("version", ["2", 2.0, None, [2], True, 2**63])
def test_what_is_no_number_makes_the_entry_malformed(version: object) -> None:
    f = Floor()
    packed = msgspec.msgpack.encode((0, [[31, version]]))
    assert ["malformed"] == [answer.rejected for answer in f.raw(packed)]


@pytest.mark.parametrize("version", [NEXT, 99, 2**63 - 1])
def test_a_version_the_engine_has_not_ends_it_with_what_to_do(version: int) -> None:
    engine = Engine(State())
    known = ", ".join(map(str, RULES_KNOWN))
    message = f"version {version} of the rules is needed, and this build has {known}: start a build"
    with pytest.raises(VersionUnknown, match=message):
        ask(engine, version)
    assert 1 == engine.state.rules


def test_a_command_that_is_not_applied_needs_no_version() -> None:
    """A repeat, an entry that is too late, a command in quarantine."""
    f = Floor()
    f.do(UseRules(version=1), writer=9, number=5)
    asked = UseRules(version=99)
    assert "duplicate" == f.do(asked, writer=9, number=5).rejected
    assert "too_late" == f.do(asked, deadline_ms=f.now_ms - 1).rejected
    assert "engine_error" == f.do(asked, quarantined=[0]).rejected


def test_the_version_in_force_is_part_of_the_state() -> None:
    engine = Engine(State(), rules=BOTH)
    before = state_hash(engine.state)
    ask(engine, NEXT)
    assert before != state_hash(engine.state)
    assert NEXT == load(dump(engine.state)).rules
    assert dump(engine.state) == dump(load(dump(engine.state)))


def test_an_engine_does_not_go_on_from_a_state_whose_rules_it_has_not() -> None:
    engine = Engine(State(), rules=BOTH)
    ask(engine, NEXT)
    with pytest.raises(VersionUnknown, match=f"version {NEXT} of the rules"):
        Engine(load(dump(engine.state)))


def of_version_2(packed: bytes) -> bytes:
    """A snapshot as it was written before there were versions of the rules."""
    values = msgspec.msgpack.decode(packed)
    rules = StateImage.__struct_fields__.index("rules")
    assert [IMAGE_VERSION, 1] == [values[0], values[rules]]
    return msgspec.msgpack.encode([2, *values[1:rules]])


def test_a_snapshot_from_before_there_were_versions_is_read_and_has_the_same_hash() -> None:
    f = Floor()
    f.rich("alice", "bob")
    f.sell("alice", 3, at=101, client_id=1)
    f.buy("bob", 1, at=101)
    packed = of_version_2(dump(f.engine.state))
    assert 2 == image_version(packed)
    assert dump(f.engine.state) == dump(load(packed))
    assert state_hash(f.engine.state) == hash_of(packed)
    assert state_hash(f.engine.state) == hash_of(dump(f.engine.state))


@pytest.mark.parametrize("version", [0, 1, IMAGE_VERSION + 1])
def test_a_snapshot_of_any_other_version_is_refused_and_named(version: int) -> None:
    image = decode_image(dump(State()))
    packed = encode_image(msgspec.structs.replace(image, version=version))
    for read in (load, hash_of):
        with pytest.raises(SnapshotVersionUnknown, match=f"version {version}; this engine reads 2"):
            read(packed)
