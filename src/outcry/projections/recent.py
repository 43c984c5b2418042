"""Recent items by account, kept until history has them."""

from collections import deque
from typing import Generic, NamedTuple, TypeVar

from outcry.engine.units import AccountId
from outcry.wire.journal import EntryId

Item = TypeVar("Item")


class DatedItem(NamedTuple, Generic[Item]):
    """An item, and the entry it came with."""

    entry_id: EntryId
    item: Item


class Recent(Generic[Item]):
    """Items in the order they came, each belonging to one account."""

    def __init__(self) -> None:
        self._by_account: dict[AccountId, deque[DatedItem[Item]]] = {}
        self._order: deque[tuple[EntryId, AccountId]] = deque()

    def __len__(self) -> int:
        return len(self._order)

    def add(self, entry_id: EntryId, account_id: AccountId, item: Item) -> None:
        """Add an item of the newest entry."""
        items = self._by_account.get(account_id)
        if items is None:
            items = self._by_account[account_id] = deque()
        items.append(DatedItem(entry_id, item))
        self._order.append((entry_id, account_id))

    def above(self, account_id: AccountId, entry_id: EntryId) -> list[DatedItem[Item]]:
        """An account's items that came after an entry, oldest first."""
        found: list[DatedItem[Item]] = []
        for dated in reversed(self._by_account.get(account_id, ())):
            if dated.entry_id <= entry_id:
                break
            found.append(dated)
        found.reverse()
        return found

    def forget(self, up_to: EntryId) -> None:
        """Drop the items up to an entry."""
        order = self._order
        while order and order[0][0] <= up_to:
            account_id = order.popleft()[1]
            items = self._by_account[account_id]
            items.popleft()
            if not items:
                del self._by_account[account_id]
