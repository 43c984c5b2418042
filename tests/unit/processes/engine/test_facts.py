"""What an engine says of itself."""


from outcry.adapters.memory.log import MemoryLog
from outcry.processes.engine.facts import EngineFacts
from outcry.wire.journal import NOTHING_YET, EntryId


async def test_the_newest_snapshot_is_told() -> None:
    """One that was read to begin with may be older than one that was written."""
    log = MemoryLog(lambda: 1)
    facts = EngineFacts(log, "token", (1,))
    facts.note_snapshot(EntryId(5, 1))
    facts.note_snapshot(EntryId(4, 0))
    facts.report(leads=True, reached=EntryId(9, 0), published=EntryId(8, 0))
    told = (await log.read())["engine"]
    assert ("5-1", "9-0", "8-0") == (told["snapshot"], told["reached"], told["published"])


async def test_without_a_snapshot_none_is_told() -> None:
    log = MemoryLog(lambda: 1)
    EngineFacts(log, "token", (1,)).report(leads=False, reached=NOTHING_YET, published=NOTHING_YET)
    assert (await log.read())["standby"]["snapshot"] is None


async def test_the_versions_of_the_rules_it_has_are_told() -> None:
    """An operator's tool asks before it names one that would stop the engine."""
    log = MemoryLog(lambda: 1)
    EngineFacts(log, "token", (1, 2)).report(
        leads=False, reached=NOTHING_YET, published=NOTHING_YET
    )
    assert [1, 2] == (await log.read())["standby"]["rules"]
