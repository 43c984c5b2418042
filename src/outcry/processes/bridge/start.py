"""The start of a bridge: from a snapshot to the position of the last one."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import structlog

from outcry.log.archive import Archive, WholeHistory
from outcry.log.command_writer import CommandWriter
from outcry.log.starting_point import starting_point
from outcry.people.onboarding import Onboarding
from outcry.ports.bridge import BridgeServer
from outcry.ports.log import EventReader, JournalReader, JournalWriter, LogBroken
from outcry.ports.people import AddressBook, UserStore
from outcry.ports.snapshots import SnapshotStore
from outcry.processes.bridge.addresses import AddressCache
from outcry.processes.bridge.bridge import Bridge, LogMemoryGauge, LogRoom
from outcry.processes.bridge.intake import Intake
from outcry.processes.bridge.mirror import Mirror
from outcry.processes.bridge.requests import Requests
from outcry.processes.bridge.users import BridgeUsers
from outcry.projections.venue import VenueView

NUMBERS_OF_A_LIFE: Final = 2**32  # More entries than one bridge ever appends.
_ADVICE: Final = "delete the key outcry:bridge on the bridge's server to begin at the log's end"

log = structlog.get_logger()


class BridgeLog(EventReader, JournalReader, JournalWriter, LogMemoryGauge, Protocol):
    """The log as the bridge uses it."""


class BridgeBook(AddressBook, UserStore, Protocol):
    """The users as the bridge uses them."""


class BridgeParts(NamedTuple):
    """Everything outside the process."""

    server: BridgeServer
    log: BridgeLog
    archive: Archive
    snapshots: SnapshotStore
    users: BridgeBook


async def start_bridge(
    parts: BridgeParts, *, token: str, session: int, welcome: Mapping[str, str], pid: int,
    patience_s: float = 5.0,
) -> Bridge:
    """Take over from the last bridge, at its position; raises `LogBroken`.

    `session` is for a server that no bridge has used, and `welcome` the initial money of a new
    account. Raises `LogUnavailable` and `DatabaseUnavailable`; it may be repeated then.
    """
    state = await parts.server.take_over(token=token, session=session)
    top = await parts.log.top()
    begin = top if state.position is None else state.position
    if begin > top:
        raise LogBroken(f"the log ends at {top}, and the bridge had reached {begin}: {_ADVICE}")
    at, image = starting_point(parts.snapshots, not_above=begin)
    venue = VenueView.from_image(image, at.id)
    command_writer = CommandWriter(
        parts.log, session=state.session, after=state.life * NUMBERS_OF_A_LIFE,
        patience_s=patience_s,
    )
    requests, addresses, room = Requests(parts.server), AddressCache(parts.users), LogRoom()
    mirror = Mirror(
        reader=parts.log, venue=venue, at=at, requests=requests, addresses=addresses,
        source=WholeHistory(events=parts.log, journal=parts.log, archive=parts.archive),
        command_writer=command_writer,
    )
    await mirror.fold_to(begin)
    if state.position is None:
        await mirror.save()
    elif mirror.at.digest != state.digest:
        raise LogBroken(f"entry {begin} is not the one that the bridge had read: {_ADVICE}")
    users = BridgeUsers(
        venue=venue, addresses=addresses, welcome=welcome,
        onboarding=Onboarding(users=parts.users, command_writer=command_writer, venue=venue),
    )
    intake = Intake(
        server=parts.server, requests=requests, command_writer=command_writer, venue=venue,
        users=users, may_take=room.has_some,
    )
    intake.adopt(await parts.server.pending())
    log.info("bridge starts", reached=str(begin), first=state.position is None)
    return Bridge(
        server=parts.server, mirror=mirror, intake=intake, requests=requests,
        command_writer=command_writer, board=parts.log, room=room, pid=pid,
    )
