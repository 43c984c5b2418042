"""The state of the venue, by the status board and by this gateway."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from outcry.ports.price_facts import CFD, SPOT, Facts, cfd_facts
from outcry.processes.gateway.views import Views
from outcry.wire.journal import EntryId

SILENT_MS: Final = 5_000  # A process that has shown no sign of life for longer is taken for gone.
# The facts of the board that are public, in the order of the pipeline.
PROCESSES: Final = ("engine", "standby", "gateway", "stream", "recorder", SPOT, CFD)


class ProcessBody(msgspec.Struct, frozen=True, rename="camel"):
    """A process by its newest facts. `reached` is the newest entry that it has processed."""

    name: str
    role: str | None  # `leader` or `standby`, of an engine.
    state: str  # `running`, what it waits for, or `silent`.
    heard_ms: int | None  # How long ago it last gave a sign of life.
    reached: str | None


class ReachedBody(msgspec.Struct, frozen=True, rename="camel"):
    """Newest entries along the pipeline."""

    journal: str | None  # In the journal.
    engine: str | None  # Applied by the engine that leads.
    events: str | None  # In the event stream,
    published: str | None  # and as that engine knows.
    gateway: str  # Folded by this gateway.
    recorder: str | None  # Written to PostgreSQL: rows and, in the same transaction, the archive.
    history: str  # Known by this gateway to be there.
    snapshot: str | None  # Of the newest snapshot.


class LagBody(msgspec.Struct, frozen=True, rename="camel"):
    """The lag of each process, in milliseconds."""

    engine_ms: int | None  # Longest of a second, from an entry's id to its events being sent.
    gateway_ms: int  # Behind the wall clock; up to a heartbeat is normal.
    stream_ms: int | None
    recorder_ms: int | None  # Journal time that is not recorded yet.
    snapshot_ms: int | None  # Age of the newest snapshot.


class SecondBody(msgspec.Struct, frozen=True, rename="camel"):
    """The orders and trades of a second of journal time."""

    second: int
    orders: int
    trades: int


class LatencyBody(msgspec.Struct, frozen=True, rename="camel"):
    """From taking a command to having its answer, in this gateway, in the last minute."""

    answers: int
    p50_us: int
    p90_us: int
    p99_us: int
    max_us: int


class StreamBody(msgspec.Struct, frozen=True, rename="camel"):
    """The output of the stream process."""

    connections: int
    frames_per_s: int
    bytes_per_s: int


class VenueStatusBody(msgspec.Struct, frozen=True, rename="camel"):
    """The state of the venue. `trouble` is why nobody can trade, or else a notice, or null."""

    now_ms: int
    trouble: str | None
    processes: list[ProcessBody]
    reached: ReachedBody
    lag: LagBody
    seconds: list[SecondBody]  # Full ones of the last minute, oldest first.
    latency: LatencyBody | None  # Null when nothing was asked.
    stream: StreamBody | None
    log_fullness: float


def status_body(
    views: Views, board: Mapping[str, Facts], *, journal: EntryId | None, events: EntryId | None,
    now_ms: int, now_s: float,
) -> VenueStatusBody:
    """Everything together. `journal` and `events` are the ends of the log, None while it is away;
    `now_s` is by the monotonic clock.
    """
    engine = board.get("engine", {})
    snapshot = max(_ids(board.values(), "snapshot"), default=None)
    waits = views.command_writer.answer_times.percentiles(now_s)
    return VenueStatusBody(
        now_ms=now_ms, trouble=views.trouble() or views.notice(),
        processes=[
            _process(name, board[name], now_ms=now_ms) for name in PROCESSES
            if name in board and (name != CFD or cfd_facts(board) is not None)
        ],
        reached=ReachedBody(
            journal=None if journal is None else str(journal),
            events=None if events is None else str(events),
            engine=_text(engine, "reached"), published=_text(engine, "published"),
            gateway=str(views.venue.reached), recorder=_text(board.get("recorder", {}), "offset"),
            history=str(views.recorded), snapshot=None if snapshot is None else str(snapshot),
        ),
        lag=LagBody(
            engine_ms=_number(engine, "latency_ms"),
            gateway_ms=max(0, now_ms - views.venue.reached.ms),
            stream_ms=_number(board.get("stream", {}), "age_ms"),
            recorder_ms=_number(board.get("recorder", {}), "lag_ms"),
            snapshot_ms=None if snapshot is None else max(0, now_ms - snapshot.ms),
        ),
        seconds=[
            SecondBody(*each)
            for each in views.throughput.seconds(views.venue.reached.ms // 1000)
        ],
        latency=None if waits is None else LatencyBody(*waits),
        stream=_stream(board.get("stream", {})),
        log_fullness=round(views.log_fullness, 3),
    )


def _process(name: str, facts: Facts, *, now_ms: int) -> ProcessBody:
    reached = _text(facts, "reached") or _text(facts, "offset")
    said_ms = _number(facts, "said_ms") or _number(facts, "last_quote_ms")
    if not said_ms and reached is not None:
        said_ms = EntryId.parse(reached).ms  # The journal's clock never stands for long.
    heard_ms = None if not said_ms else max(0, now_ms - said_ms)
    silent = heard_ms is None or heard_ms > SILENT_MS
    return ProcessBody(
        name=name, role={"engine": "leader", "standby": "standby"}.get(name),
        state="silent" if silent else _text(facts, "state") or "running",
        heard_ms=heard_ms, reached=reached,
    )


def _stream(facts: Facts) -> StreamBody | None:
    figures = [_number(facts, name) for name in ("connections", "frames_per_s", "bytes_per_s")]
    known = [figure for figure in figures if figure is not None]
    return StreamBody(*known) if len(known) == len(figures) else None


def _ids(said: Iterable[Facts], name: str) -> list[EntryId]:
    texts = (_text(facts, name) for facts in said)
    return [EntryId.parse(text) for text in texts if text is not None]


def _text(facts: Facts, name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None


def _number(facts: Facts, name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) else None
