"""The engine process: restores the state, leads, and takes snapshots."""

import secrets
import signal
import sys

import structlog

from outcry.adapters.redis_streams import RedisEngineLog
from outcry.adapters.snapshots import FileSnapshots
from outcry.config import Settings
from outcry.engine import BUILD
from outcry.engine.snapshot import SnapshotVersionUnknown
from outcry.ports import LogBroken
from outcry.services.durability import durability_faults
from outcry.services.engine_loop import EngineLoop, SchemaUnknown
from outcry.services.snapshotter import STOP_FOR_A_PERSON, InvariantBroken, Snapshotter

log = structlog.get_logger()


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    assert settings.redis_url is not None
    journal = RedisEngineLog(settings.redis_url)
    faults = durability_faults(journal.settings())
    for fault in faults:
        log.error("an acknowledged command could be lost", fault=fault)
    if faults and settings.mode == "production":
        sys.exit("the log server is not durable: " + "; ".join(faults))
    store = FileSnapshots(settings.snapshot_dir, kept=settings.snapshots_kept)
    snapshotter = Snapshotter(store, interval_s=settings.snapshot_interval_s)
    loop = EngineLoop(
        journal,
        store,
        session=secrets.randbits(63),
        lease_ms=settings.lease_ms,
        heartbeat_ms=settings.heartbeat_ms,
        on_published=snapshotter,
    )
    stopping: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: stopping.append(number))
    log.info("engine starts", build=BUILD)
    try:
        loop.run(lambda: bool(stopping))
        snapshotter.finish()
    except (
        AssertionError, InvariantBroken, LogBroken, SchemaUnknown, SnapshotVersionUnknown
    ):
        # Starting again would meet the same.
        log.exception("the state or the log contradicts itself: the venue stops for a person")
        sys.exit(STOP_FOR_A_PERSON)
    finally:
        journal.close()
