"""`outcry up`: a whole venue from one command, kept running until it is told to stop."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator

import structlog
from rich.console import Console

from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap import people, prices
from outcry.bootstrap.cfd_profile import profile_of
from outcry.bootstrap.running_venue import execute
from outcry.launcher import genesis
from outcry.launcher.data_directory import locked
from outcry.launcher.maker_accounts import maker_accounts
from outcry.launcher.outbox import show_mails
from outcry.launcher.program import Program
from outcry.launcher.programs import Programs, client_host
from outcry.launcher.scheduled_backup import keep_backed_up
from outcry.launcher.servers.logfile import last_line, rotate
from outcry.launcher.supervisor import Supervisor
from outcry.launcher.venue_process import port_is_free
from outcry.operations.new_contracts import steps_to_add_all
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.ports.price_facts import SPOT, Facts, cfd_facts
from outcry.ports.status_board import log_faults
from outcry.runtime.clock import clock_ms
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.stopping import unless_stopped
from outcry.runtime.venue_file import ProcessRecord, VenueRecord, began, write_venue

FILES_LOOKED_AT_S = 30.0
PRICES_LOOKED_AT_S = 1.0
DISK_FULL_BYTES = 1 << 20  # So little is left when writes fail.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

log = structlog.get_logger()


async def main(
    settings: Settings, *, with_maker: bool, with_standby: bool, console: Console
) -> None:
    """Bring a venue up and keep it up until SIGINT or SIGTERM.

    Raises `OperatorError`, with advice in one line, when that is impossible.
    """
    os.umask(0o077)  # Only the owner may read its files.
    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    data_dir = settings.data_dir.absolute()
    with locked(data_dir):
        settings = settings.model_copy(update={"data_dir": data_dir})
        _check_ports(settings)
        people.check(settings)
        prices.check(settings)
        profile_of(settings)
        venue = _Venue(
            settings, with_maker=with_maker, with_standby=with_standby, console=console
        )
        try:
            await unless_stopped(stop, venue.come_up())
            if not stop.is_set():
                console.print(
                    f"outcry is ready: {venue.settings.gateway_url}", highlight=False,
                    soft_wrap=True, markup=False,
                )
                await unless_stopped(stop, venue.stay_up())
        finally:
            console.print("outcry stops", highlight=False)
            await venue.go_down()
            # All is done: one more signal must not make the end look like a crash.
            signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)


class _Venue:
    """The servers and processes of one run."""

    def __init__(
        self, settings: Settings, *, with_maker: bool, with_standby: bool, console: Console
    ) -> None:
        host = client_host(settings.host)
        self.settings = settings.model_copy(update={
            "gateway_url": f"http://{host}:{settings.port}",
            "stream_url": f"ws://{host}:{settings.stream_port}/",
        })
        self._with_maker = with_maker
        self._with_standby = with_standby
        self._console = console
        self._ready = False
        self._outdated = False  # Of the venue's file.
        self._said_full = False
        self._supervisor = Supervisor(on_change=self._note_change, on_end=self._say_end)

    async def come_up(self) -> None:
        """Start everything, each part when those it needs are ready."""
        programs = Programs(self.settings)
        async with self._step(programs.servers_text()):
            await self._supervisor.start(*programs.servers())
            self.settings = settings = programs.settings  # Now with the servers' addresses.
        async with self._step("journal"):
            try:
                await genesis.main(settings)
            except (LogBroken, LogUnavailable) as error:
                raise OperatorError(f"the log cannot be used: {error}") from error
        async with self._step("engine"):
            await self._supervisor.start(programs.engine())
        async with self._step("recorder, gateway, stream, prices"):
            await self._supervisor.start(*programs.edges())
        if settings.catalogue == "all":
            async with self._step("catalogue"):
                await execute(
                    settings, *steps_to_add_all(clock_ms()), rows_of=lambda _: [],
                    look_at="outcry contract list",
                )
        if settings.bridge:
            async with self._step("bridge"):
                await self._supervisor.start(programs.bridge())
        if self._with_standby:  # Last, so that nothing waits for it.
            async with self._step("standby"):
                await self._supervisor.start(programs.standby())
        if self._with_maker:
            async with self._step("market maker"):
                keys = await maker_accounts(settings)
                if keys is not None:
                    await self._supervisor.start(programs.maker(keys))
            if keys is None:
                self._console.print("no market maker runs: set OUTCRY_MAKER_API_KEY and …_SECRET")
        self._ready = True
        self._write_venue()

    async def stay_up(self) -> None:
        """Rotate the logs, make backups, and show price sources and mails: see the four."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_after_files())
            tasks.create_task(self._watch_prices())
            tasks.create_task(keep_backed_up(self.settings, self._console))
            tasks.create_task(show_mails(self.settings.data_dir / "outbox", self._console))

    async def go_down(self) -> None:
        """Stop everything in reverse order."""
        await self._supervisor.stop()

    @contextlib.asynccontextmanager
    async def _step(self, what: str) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        # A spinner on a terminal; nothing where only whole lines make sense.
        with self._console.status(what) if self._console.is_terminal else contextlib.nullcontext():
            yield
        self._console.print(f"{what} [dim]({loop.time() - began_at:.1f} s)[/dim]", highlight=False)

    async def _look_after_files(self) -> None:
        while True:
            for path in (self.settings.data_dir / "logs").glob("*.log"):
                rotate(path)
            if self._outdated:
                self._note_change()
            await asyncio.sleep(FILES_LOOKED_AT_S)

    async def _watch_prices(self) -> None:
        said: dict[str, object] = {}
        async with RedisLog(self.settings.log_server) as board:
            while True:
                with contextlib.suppress(LogUnavailable):
                    facts = await board.read()
                    self._say_faults(log_faults(facts.get("engine", {})), said)
                    self._say_source("prices", facts.get(SPOT, {}), said)
                    self._say_source("CFD prices", cfd_facts(facts) or {}, said)
                await asyncio.sleep(PRICES_LOOKED_AT_S)

    def _say_source(self, what: str, facts: Facts, said: dict[str, object]) -> None:
        """Show that prices are simulated in place of a live feed, and that they no longer are."""
        simulated = facts.get("simulated", False)
        if facts.get("automatic") and simulated != said.get(what, False):
            said[what] = simulated
            self._console.print(
                f"[yellow]{what} are simulated: the live feed cannot be reached[/yellow]"
                if simulated else f"{what} are live again", highlight=False,
            )

    def _say_faults(self, faults: list[str], said: dict[str, object]) -> None:
        """Show that the log server could lose orders, and that it no longer could."""
        if faults != said.get("faults", []):
            said["faults"] = faults
            self._console.print(
                f"the log server could lose acknowledged orders: {'; '.join(faults)}"
                if faults else "the log server keeps every acknowledged order again",
                style="yellow" if faults else "", highlight=False, markup=False, soft_wrap=True,
            )

    def _say_end(self, program: Program, code: int) -> None:
        if self._disk_is_full():
            return
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        self._console.print(
            f"{program.name} ended {how}: {last_line(program.log)}", style="yellow",
            highlight=False, markup=False, soft_wrap=True,
        )

    def _disk_is_full(self) -> bool:
        """Whether the disk is full, which is said once.

        The servers' own words would come again and again, and explain nothing.
        """
        full = shutil.disk_usage(self.settings.data_dir).free < DISK_FULL_BYTES
        if full and not self._said_full:
            self._console.print(
                f"the disk of {self.settings.data_dir} is full, and nothing is acknowledged: make"
                " room, and everything recovers by itself", style="yellow", highlight=False,
                markup=False, soft_wrap=True,
            )
        self._said_full = full
        return full

    def _note_change(self) -> None:
        try:
            self._write_venue()
        except OSError as error:  # The disk is full, say: no reason to let anything fall.
            if not self._outdated:
                log.warning("venue.json says what was", why=str(error))
            self._outdated = True
        else:
            self._outdated = False

    def _write_venue(self) -> None:
        settings = self.settings
        began_at = began(os.getpid())
        assert began_at is not None
        write_venue(settings.data_dir, VenueRecord(
            pid=os.getpid(), began=began_at, ready=self._ready, mode=settings.mode,
            gateway_url=settings.gateway_url, stream_url=settings.stream_url,
            redis_url=settings.redis_url or "", database_url=settings.database_url or "",
            ports={"gateway": settings.port, "stream": settings.stream_port},
            processes=[
                ProcessRecord(
                    name=state.name, pid=state.pid, state=state.state,
                    began=None if state.pid is None else began(state.pid),
                )
                for state in self._supervisor.states()
            ],
            snapshots=settings.snapshots,
        ))


def _check_ports(settings: Settings) -> None:
    if settings.port == settings.stream_port:
        raise OperatorError(f"--port and --stream-port are both {settings.port}")
    for port, option in ((settings.port, "--port"), (settings.stream_port, "--stream-port")):
        try:
            free = port_is_free(settings.host, port)
        except OSError as error:
            raise OperatorError(
                f"nothing can listen on {settings.host}:{port}: {error.strerror}"
            ) from None
        if not free:
            raise OperatorError(
                f"port {port} on {settings.host} is taken: stop what uses it, "
                f"or choose another with {option}"
            )
