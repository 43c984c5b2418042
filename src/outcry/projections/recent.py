"""Recent items by account or instrument, kept until history has them."""

from collections import deque
from collections.abc import Hashable
from itertools import takewhile
from typing import Generic, TypeVar

from outcry.wire.journal import EntryId

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


class RecentItems(Generic[Key, Item]):
    """Items in the order they came, each belonging to one key."""

    def __init__(self) -> None:
        self._by_key: dict[Key, deque[tuple[EntryId, Item]]] = {}
        self._order: deque[tuple[EntryId, Key]] = deque()

    def __len__(self) -> int:
        return len(self._order)

    def add(self, entry_id: EntryId, key: Key, item: Item) -> None:
        """Add an item of the newest entry."""
        items = self._by_key.get(key)
        if items is None:
            items = self._by_key[key] = deque()
        items.append((entry_id, item))
        self._order.append((entry_id, key))

    def above(self, key: Key, entry_id: EntryId) -> list[Item]:
        """A key's items that came after an entry, newest first."""
        newest_first = reversed(self._by_key.get(key, ()))
        return [item for _, item in takewhile(lambda dated: dated[0] > entry_id, newest_first)]

    def forget(self, up_to: EntryId) -> None:
        """Drop the items up to an entry."""
        order = self._order
        while order and order[0][0] <= up_to:
            key = order.popleft()[1]
            items = self._by_key[key]
            items.popleft()
            if not items:
                del self._by_key[key]
