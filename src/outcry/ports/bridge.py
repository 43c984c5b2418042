"""The server on which programs for other designs write commands and read outcomes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from outcry.wire.journal import EntryId


class TakenOver(Exception):
    """Another bridge works on this server now: this one may write no more."""


class BridgeEntry(NamedTuple):
    """A message that was delivered to this bridge and is not finished."""

    stream: str
    entry_id: str
    fields: Mapping[str, str]

    @property
    def place(self) -> str:
        """A name for it among all messages."""
        return f"{self.stream} {self.entry_id}"


class BridgeState(NamedTuple):
    """The state on the server that a bridge begins with."""

    session: int  # Of its writer, the same for every bridge on this server.
    life: int  # The number of this bridge among all that have worked on this server, from 1.
    position: EntryId | None  # The last entry that is mirrored; None before the first start.
    digest: bytes


class BridgeUpdate(NamedTuple):
    """Everything that is written in one transaction."""

    responses: Sequence[Mapping[str, str]] = ()
    events: Sequence[Mapping[str, str]] = ()
    published: Sequence[tuple[str, str]] = ()  # (channel, text)
    finished: Sequence[BridgeEntry] = ()
    answered: Sequence[str] = ()  # Order ids.
    reached: tuple[EntryId, bytes] | None = None  # Position, and the digest there.


class BridgeServer(Protocol):
    """The streams, the list and the channels. Every method raises `LogUnavailable`."""

    async def take_over(self, *, token: str, session: int) -> BridgeState:
        """Become the one bridge that may write. `session` is for a server that has none yet."""

    async def pending(self) -> list[BridgeEntry]:
        """The messages that a bridge before this one took and did not finish, oldest first."""

    async def take(self, *, block_ms: int) -> list[BridgeEntry]:
        """New messages; waits up to `block_ms` for the first one."""

    async def move_messages(self, *, block_ms: int) -> None:
        """Move items of the list to where `take` finds them; waits for the first one."""

    async def is_answered(self, order_id: str) -> bool:
        """Whether a message with this id was answered."""

    async def write(self, written: BridgeUpdate) -> None:
        """Write everything or nothing, once; raises `TakenOver`.

        After `LogUnavailable` the same may be written again: it is written at most once.
        """

    async def trim(self) -> None:
        """Drop the finished messages."""
