"""The engine process: restores the state, follows the journal, leads, and takes snapshots."""

import secrets
import signal
import time
from collections.abc import Callable

import structlog

from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.valkey.streams import RedisEngineLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.engine import BUILD
from outcry.ports.log import LogUnavailable
from outcry.processes.engine.durability import DurabilityWatch, durability_faults
from outcry.processes.engine.loop import PAUSE_S, EngineLoop
from outcry.processes.engine.snapshotter import Snapshotter
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.process import exits
from outcry.runtime.stopping import STOP_S

log = structlog.get_logger()


class _StopTimeout(BaseException):
    """The work under way when the engine was told to stop has not come to an end."""


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; SIGUSR1 asks for a snapshot."""
    with exits("engine"):
        _run(settings)


def _run(settings: Settings) -> None:
    stopping: list[int] = []

    def stop(number: int, _frame: object) -> None:
        if not stopping:
            signal.setitimer(signal.ITIMER_REAL, STOP_S)
        stopping.append(number)

    def be_late(_number: int, _frame: object) -> None:
        raise _StopTimeout

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    signal.signal(signal.SIGALRM, be_late)
    store = snapshot_store(settings)
    snapshotter = Snapshotter(
        store, interval_s=settings.snapshot_interval_s,
        at_hand=FileSnapshots(settings.snapshot_dir) if settings.snapshots != "postgres" else None,
    )
    signal.signal(signal.SIGUSR1, lambda _number, _frame: snapshotter.ask())
    journal = RedisEngineLog(settings.log_server)
    watch: DurabilityWatch | None = None

    def on_published(loop: EngineLoop) -> None:
        if watch is not None:
            loop.facts.log_faults = watch()
        snapshotter(loop)

    loop = EngineLoop(
        journal,
        store,
        session=secrets.randbits(63),
        lease_ms=settings.lease_ms,
        heartbeat_ms=settings.heartbeat_ms,
        on_published=on_published,
    )
    log.info("engine starts", build=BUILD)
    try:
        watch = _check_durability(journal, settings, lambda: bool(stopping))
        loop.run(lambda: bool(stopping))
        snapshotter.finish()
    except _StopTimeout:
        # As after kill -9: the log has everything that the next engine needs.
        log.warning("stopped without the answer of a server that was waited for")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        journal.close()


def _check_durability(
    journal: RedisEngineLog, settings: Settings, stopped: Callable[[], bool]
) -> DurabilityWatch | None:
    """Refuse a log server that could lose acknowledged entries, as soon as it answers.

    Returns the watch on its later settings; None when stopped first.
    """
    while not stopped():
        try:
            faults = durability_faults(journal.settings())
        except LogUnavailable as error:
            log.warning("waiting for the log server", error=str(error))
            time.sleep(PAUSE_S)
            continue
        for fault in faults:
            log.error("an acknowledged command could be lost", fault=fault)
        if faults and settings.mode == "production":
            raise OperatorError("the log server is not durable: " + "; ".join(faults))
        return DurabilityWatch(journal.settings, faults)
    return None
