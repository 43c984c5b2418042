"""What is wrong with a venue, and the way back that keeps every acknowledged command."""

from enum import Enum
from typing import NamedTuple

from outcry.log.follower import LogPosition
from outcry.operations.restore_survey import Survey
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import NOTHING_YET, EntryId


class Situation(Enum):
    """What a venue has left."""

    NEW = "nothing is there yet"
    HEALTHY = "nothing is lost"
    NO_SNAPSHOT = "no snapshot"
    DATABASE_BEHIND = "database behind"
    LOG_LOST = "log lost"
    DIFFERENT_HISTORIES = "different histories"
    BEYOND_REPAIR = "not enough is left"


class Plan(NamedTuple):
    """The situation, in one line, and the way out of it."""

    situation: Situation
    finding: str
    steps: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    target: LogPosition | None = None  # Where the venue continues, if something is to be done.
    base: Snapshot | None = None  # The snapshot there; None when the archive leads there.
    advice: str = ""  # For a person, when no plan can be carried out.

    @property
    def acts(self) -> bool:
        """Whether there is anything to carry out."""
        return self.target is not None


def plan_for(found: Survey, *, trust_database: bool = False) -> Plan:
    """The way back; `trust_database` continues the archive, whatever the other parts have."""
    log, archive, snapshots = found
    newest = snapshots.newest
    snapshot_at = NOTHING_YET if newest is None else newest.entry_id
    if trust_database:
        return _without_log(found, NOTHING_YET)
    if archive.venue_id is not None and snapshots.newest_venue_id not in (None, archive.venue_id):
        return _different("the snapshots are another venue's than the database's")
    if log.fault is None and archive.end.id == log.top == NOTHING_YET and newest is None:
        if snapshots.unusable:
            return _beyond(f"only snapshots are left, and the newest is {snapshots.unusable[0][1]}")
        if log.is_empty:
            return Plan(Situation.NEW, "there is no venue yet")
        return Plan(Situation.HEALTHY, "nothing is lost: the first entry waits for its answer")
    if archive.log_differs:
        return _different(f"entry {archive.end.id} is archived, and is not the same in the log")
    if archive.has_log_top is False:
        return _different(f"the log ends with entry {log.top}, and the database lacks that entry")
    if log.fault is None and log.top >= max(archive.end.id, snapshot_at, EntryId(0, 1)):
        return _with_log(found)
    return _without_log(found, snapshot_at)


def _with_log(found: Survey) -> Plan:
    """The log is whole and the newest part."""
    log, archive, snapshots = found
    end = archive.end.id
    bridged = archive.in_log or (end == NOTHING_YET and log.from_the_first)
    if not bridged and log.first <= end:
        return _different(f"entry {end} is archived, and the log has other entries in its place")
    if bridged and (snapshots.in_log is not None or log.from_the_first):
        behind = "" if end == log.top else f"; the recorder has to catch up from {end}"
        return Plan(Situation.HEALTHY, f"nothing is lost: the log has all that is archived{behind}")
    if bridged:
        return Plan(
            Situation.NO_SNAPSHOT,
            f"no snapshot can be used, and the log begins at {log.first}",
            (f"replay the archive to {end} and write a snapshot there",), target=archive.end,
        )
    what = "nothing is archived" if end == NOTHING_YET else f"the archive ends at {end}"
    finding = f"{what}, and the log begins at {log.first}: the database is behind"
    kept = snapshots.in_log
    if kept is None:
        return _beyond(f"{finding}, and no snapshot can be used")
    return Plan(
        Situation.DATABASE_BEHIND, finding,
        ("keep the log and the snapshots: they have every balance, order and position",
         "set the database to a snapshot that the log continues; the recorder catches up from it"),
        (f"history between {_after(end)} and the log: trades, fills, transfers, ended orders",
         *_users(end)),
        target=LogPosition(kept.entry_id, kept.digest), base=kept,
    )


def _without_log(found: Survey, snapshot_at: EntryId) -> Plan:
    """The log is gone, older than another part, or contradicts itself."""
    _, archive, snapshots = found
    end, newest = archive.end.id, snapshots.newest
    finding = _loss(found, snapshot_at)
    if newest is not None and snapshot_at > end:
        return Plan(
            Situation.LOG_LOST, finding,
            (f"set the database to the snapshot at {snapshot_at}, the newest part that is left",
             f"begin the log again at {snapshot_at}"),
            (f"everything that the venue acknowledged after {snapshot_at}",
             f"history between {_after(end)} and {snapshot_at}: trades, fills, transfers, ended"
             " orders", *_users(end)),
            target=LogPosition(newest.entry_id, newest.digest), base=newest,
        )
    if end == NOTHING_YET:
        return _beyond(f"{finding}, and neither the database nor a snapshot has anything")
    return Plan(
        Situation.LOG_LOST, finding,
        (f"replay the archive to {end} and write a snapshot there",
         f"begin the log again at {end}"),
        (f"everything that the venue acknowledged after {end}",), target=archive.end,
    )


def _loss(found: Survey, snapshot_at: EntryId) -> str:
    log, archive, _ = found
    there = (
        f"entries up to {archive.end.id} are archived" if archive.end.id >= snapshot_at
        else f"a snapshot has reached {snapshot_at}"
    )
    if log.fault is not None:
        return f"{log.fault}; {there}"
    if log.is_empty:
        return f"the log is empty, and {there}"
    if archive.log_differs:
        return f"entry {archive.end.id} is archived, and is not the same in the log"
    return f"the log ends at {log.top}, and {there}"


def _users(end: EntryId) -> tuple[str, ...]:
    if end != NOTHING_YET:
        return ()
    return ("users, API keys and sessions, unless a backup of the database is loaded first",)


def _after(end: EntryId) -> str:
    return "the first entry" if end == NOTHING_YET else str(end)


def _different(finding: str) -> Plan:
    return Plan(
        Situation.DIFFERENT_HISTORIES, finding,
        advice="put back parts that belong together (a backup, or the right OUTCRY_REDIS_URL and"
               " OUTCRY_DATABASE_URL), or continue what the database has with"
               " `outcry restore --trust-database`",
    )


def _beyond(finding: str) -> Plan:
    return Plan(
        Situation.BEYOND_REPAIR, finding,
        advice="restore a backup with `outcry restore --from FILE`, or to start a new venue move"
               " the whole data directory away",
    )
