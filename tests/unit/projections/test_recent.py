"""RecentItems items by key, until they are forgotten."""

from outcry.engine.units import AccountId
from outcry.projections.recent import RecentItems
from outcry.wire.journal import NOTHING_YET, EntryId

ALICE = AccountId(100)
BOB = AccountId(101)


def test_items_above_an_entry_are_newest_first() -> None:
    recent: RecentItems[AccountId, str] = RecentItems()
    recent.add(EntryId(1, 0), ALICE, "a")
    recent.add(EntryId(1, 1), BOB, "b")
    recent.add(EntryId(2, 0), ALICE, "c")
    recent.add(EntryId(2, 0), ALICE, "d")

    assert ["d", "c"] == recent.above(ALICE, EntryId(1, 0))
    assert ["d", "c", "a"] == recent.above(ALICE, NOTHING_YET)
    assert [] == recent.above(AccountId(102), NOTHING_YET)


def test_forgetting_is_up_to_and_including() -> None:
    recent: RecentItems[AccountId, str] = RecentItems()
    recent.add(EntryId(1, 0), ALICE, "a")
    recent.add(EntryId(1, 1), BOB, "b")
    recent.add(EntryId(2, 0), ALICE, "c")
    recent.forget(EntryId(1, 1))

    assert ["c"] == recent.above(ALICE, NOTHING_YET)
    assert [] == recent.above(BOB, NOTHING_YET)
    assert 1 == len(recent)
