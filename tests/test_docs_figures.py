"""Figures in the documents, held to the constants of the code, each in the words of its page."""

import inspect
from pathlib import Path

import pytest

from outcry.adapters.mail import outbox, smtp
from outcry.adapters.prices import auto, backpack, redis_stream
from outcry.api.backpack import bodies, orders, signing
from outcry.engine import quote_gate
from outcry.engine import state as engine_state
from outcry.engine.engine import QUIET_BOOK_MS
from outcry.engine.image import IMAGE_VERSION, OLDEST_IMAGE_VERSION
from outcry.launcher import data_directory, supervisor
from outcry.launcher.servers import logfile
from outcry.log import command_writer
from outcry.operations import genesis
from outcry.people import sign_up, user_keys
from outcry.processes.engine import loop as engine_loop
from outcry.processes.gateway import gateway
from outcry.processes.gateway.routes import market
from outcry.processes.gateway.routes.order import OrderRoutes
from outcry.processes.gateway.views import FULLNESS_MAX
from outcry.processes.recorder import recorder
from outcry.processes.stream import deflate
from outcry.processes.stream.limits import Limits
from outcry.runtime import stopping
from outcry.runtime.backoff import Backoff
from outcry.runtime.config import Settings
from outcry.wire.journal import SCHEMA_VERSION

DOCS = Path(__file__).parents[1] / "docs"
SETTINGS = {name: field.default for name, field in Settings.model_fields.items()}
LIMITS = Limits()
WORDS = {3: "three", 7: "seven", 10: "ten", 20: "twenty"}
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS


def default(function: object, name: str) -> float:
    """The default of a parameter."""
    value = inspect.signature(function).parameters[name].default  # type: ignore[arg-type]
    assert isinstance(value, int | float)
    return value


def order_routes() -> int:
    return len(list(OrderRoutes.routes()))


FIGURES = {
    "log-protocol.md": (
        f"a time to live of {SETTINGS['lease_ms']:,} ms",
        f"Every {SETTINGS['heartbeat_ms']} ms the leader appends",
        f"asks for the lease every {engine_loop.LEASE_ASKED_S * 1000:.0f} ms",
        f"at most {engine_loop.UNPUBLISHED_MAX:,} entries ahead",
        f"receives up to {engine_loop.ENTRIES_PER_TURN_MAX} entries",
        f"more than {engine_loop.CLOCK_DRIFT_MAX_MS // 1000} s apart",
        f"not stated for {QUIET_BOOK_MS} ms",
        f"up to {command_writer.COMMANDS_PER_ENTRY_MAX} commands",
        f"after {command_writer.RETRY_FIRST_S * 1000:.0f} ms and then with a back-off of up to"
        f" {command_writer.RETRY_MAX_S} s",
        f"At most {default(command_writer.CommandWriter, 'waiting_max'):,} commands wait",
        f"the writer's patience of {default(command_writer.CommandWriter, 'patience_s'):.0f} s",
        f"arrive within {recorder.GROUP_PAUSE_S * 1000:.0f} ms;"
        f" at most {recorder.GROUP_ENTRIES_MAX} entries and {recorder.GROUP_BYTES_MAX >> 20} MiB",
        f"keeps those rows for {gateway.BEAT_S * gateway.KEPT_BEATS:.0f} s",
        f"From {100 * FULLNESS_MAX:.0f} % on",
        f"interval ({SETTINGS['snapshot_interval_s']:.0f} s)",
        f"The store keeps the newest {WORDS[SETTINGS['snapshots_kept']]}",
        f"The engine writes version {IMAGE_VERSION} and reads version {OLDEST_IMAGE_VERSION}",
        f"`v` | schema version, {SCHEMA_VERSION} |",
    ),
    "architecture.md": (
        f"The {WORDS[order_routes()]} order routes are",
        f"up to {LIMITS.waiting_bytes >> 20} MiB of lossless messages",
        f"moved to *.log.1 at {logfile.LOG_BYTES_MAX // 1_000_000} MB",
    ),
    "operations.md": (
        f"started again after {supervisor.RETRY_FIRST_S} s",
        f"up to {supervisor.RETRY_MAX_S:.0f} s, and is reset after a run of"
        f" {supervisor.LIVED_S:.0f} s",
        f"does not end within {default(supervisor.Supervisor, 'grace_s'):.0f} s is killed",
        f"waits at most {stopping.STOP_S} s for a silent server",
        f"less than {data_directory._FREE_MIN // 1_000_000} MB free",
        f"At {logfile.LOG_BYTES_MAX // 1_000_000} MB a file is moved",
        f"reconnects, after {default(Backoff, 'first_s')} s at first"
        f" and {default(Backoff, 'longest_s'):.0f} s at most",
        f"After {auto.PATIENCE_S:.0f} s of silence ({auto.FIRST_PATIENCE_S} s at the start)",
        f"after {backpack.SILENCE_MAX_S:.0f} s the connection is opened again",
        f"until {WORDS[quote_gate.CONFIRMATIONS]} quotes in a row agree",
        f"keeps about {redis_stream.ENTRIES_MAX:,} messages",
        f"does not accept a mail within {smtp.PATIENCE_S:.0f} s",
        f"keeps the newest {'thousand' if outbox.KEPT == 1_000 else outbox.KEPT}",
    ),
    "stream.md": (
        f"streams on one connection | {LIMITS.streams_per_connection} |",
        f"requests in a second on one connection | {LIMITS.requests_per_second} |",
        f"size of a client's message | {LIMITS.frame_bytes >> 10} KiB |",
        f"{LIMITS.pong_s:.0f} s; the server pings every {LIMITS.ping_s:.0f} s",
        f"buffers {LIMITS.waiting_bytes >> 20} MiB",
        f"below {deflate.WINDOW_BITS} bits",
    ),
    "api.md": (
        f"places up to {orders.BATCH_MAX} |",
        f"at most {market.KLINES_MAX} |",
        f"{signing.WINDOW_MS_DEFAULT} if left out, {signing.WINDOW_MS_MAX} at most",
        f"larger than {bodies.BODY_BYTES_MAX >> 10} KiB",
        f"At most {user_keys.KEYS_MAX} keys",
        f"for {sign_up.TOKEN_LIFE_MS // MINUTE_MS} minutes",
        f"for {sign_up.SESSION_LIFE_MS // DAY_MS} days",
        f"{default(command_writer.CommandWriter, 'waiting_max'):,} commands wait",
    ),
    "commands-and-events.md": (
        f"for {WORDS[engine_state.CLIENT_ID_KEPT_MS // MINUTE_MS]} minutes of journal time",
        f"the latest {engine_state.CLIENT_IDS_KEPT_MAX:,} of an account",
    ),
    "money.md": (f"{genesis.MAKER_FEE_RATE} and {genesis.TAKER_FEE_RATE} millionths",),
}


@pytest.mark.parametrize(
    ("page", "words"), [(page, words) for page in FIGURES for words in FIGURES[page]]
)
def test_a_figure_of_the_documents_is_that_of_the_code(page: str, words: str) -> None:
    """A changed constant fails here until its sentence changes too."""
    assert words in " ".join((DOCS / page).read_text().split())
