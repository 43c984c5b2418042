"""A venue in memory: log, engine, history, users, and the gateway's application in front of them.

Nothing listens anywhere. The engine answers in the middle of each append.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from outcry.adapters.memory.edge import MemoryClaims, MemoryWithdrawals
from outcry.adapters.memory.history import MemoryHistory
from outcry.adapters.memory.latencies import MemoryLatencies
from outcry.adapters.memory.log import MemoryLog
from outcry.adapters.memory.users import MemoryKeys, MemoryMailer, MemorySessions, MemoryUsers
from outcry.engine.commands import Heartbeat
from outcry.log.command_writer import CommandWriter
from outcry.log.follower import START, EventConsumer
from outcry.operations.genesis import first_commands
from outcry.people.api_keys import ApiKeyCache
from outcry.people.onboarding import Onboarding
from outcry.people.sessions import SessionCache
from outcry.people.sign_up import SignUp
from outcry.people.tokens import TokenSigner
from outcry.processes.gateway.app import make_app, routes
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.http import Application
from outcry.processes.gateway.limits import RateLimit, RequestLimits
from outcry.processes.gateway.routes.user import Demo, UserServices
from outcry.processes.gateway.routes.venue import VenueDescription
from outcry.processes.gateway.sign_in import SignIn
from outcry.processes.gateway.start import SPANS
from outcry.processes.gateway.terminal import Terminal
from outcry.processes.gateway.trail import LatencyRecorder
from outcry.processes.gateway.views import Views
from outcry.projections.venue import VenueView as VenueViews
from outcry.testing.engine import MemoryEngine
from outcry.wire.journal import encode_commands

OPENING: Final = 1  # Writer sessions.
GATEWAY: Final = 7
HEARTBEATS: Final = 8
LINK: Final = "http://venue/sign-in"
NO_TERMINAL: Final = Path("nowhere")
DEMO: Final = Demo({"USDC": "5000"}, 2)
HOUR_S: Final = 3_600

routes()  # It takes as long as a hundred venues. Made here it counts as importing this.


class InMemoryVenue:
    """Everything together, at the venue's time; `signed_ms` is the time that clients sign.

    Users who sign up get ids from `first_user_id`; the ids below are free for others. Its prices
    have no bounds, because a test moves them as it likes.
    """

    def __init__(
        self, *, clock_ms: Callable[[], int], signed_ms: Callable[[], int] | None = None,
        per_minute: int = 0, patience_s: float = 5.0, demo: bool = True,
        origins: Collection[str] = (), first_user_id: int = 1,
    ) -> None:
        self._clock_ms = clock_ms
        self._demo = DEMO if demo else None
        self._beats = 0
        self.log = MemoryLog(clock_ms)
        self.engine = MemoryEngine(self.log)
        self.log.on_append = self.engine.step
        self.history = MemoryHistory(self.log)
        self.latencies = MemoryLatencies()
        self.trail = LatencyRecorder(self.latencies)
        self.keys = MemoryKeys()
        self.command_writer = CommandWriter(self.log, session=GATEWAY, patience_s=patience_s)
        self.views = Views(
            VenueViews(spans=SPANS), self.command_writer, clock_ms=clock_ms, clock_s=self._now_s
        )
        self.follower = EventConsumer(self.log, START, self.views.on_entries)
        self.ring = ApiKeyCache(self.keys, clock=self._now_s)
        self.users = MemoryUsers(self.keys, first_id=first_user_id)
        self.stored_sessions = MemorySessions()
        self.mailer = MemoryMailer()
        self.tokens = TokenSigner(secrets.token_hex())
        self.sessions = SessionCache(self.stored_sessions, self.tokens, clock_ms=clock_ms)
        self.withdrawals = MemoryWithdrawals()
        self.claims = MemoryClaims(clock_ms)
        self.limits = RequestLimits(per_minute, self._now_s)
        self.sign_in = SignIn(
            self.ring, self.sessions, limits=self.limits, origins=origins,
            clock_ms=signed_ms or clock_ms,
        )
        self.onboarding = Onboarding(
            users=self.users, command_writer=self.command_writer, venue=self.views.venue
        )

    def make_application(
        self, *, terminal: Path = NO_TERMINAL, stream_port: int | None = None
    ) -> Application:
        """The gateway's application, which tells clients where the stream is."""
        return make_app(
            views=self.views, complete=CompleteHistory(self.history, self.views),
            sign_in=self.sign_in, limits=self.limits, board=self.log,
            about=VenueDescription("demo" if self._demo else "production", None, stream_port),
            terminal=Terminal(terminal), users=self._people(), clock_ms=self._clock_ms,
            trail=self.trail, withdrawals=self.withdrawals, claims=self.claims,
        )

    @asynccontextmanager
    async def running(self, *, followed: bool = True) -> AsyncIterator[None]:
        """Open the venue; unless it is `followed` somebody else must carry commands."""
        commands = first_commands("memory", bounded=False)
        await self.log.append(
            writer=OPENING, number=1, commands=encode_commands(commands)
        )
        await self.follower.catch_up()
        stop = asyncio.Event()
        runs = (
            (self.follower.run(stop), self.command_writer.run(stop), self.trail.run(stop))
            if followed else ()
        )
        work = [asyncio.create_task(run) for run in runs]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            for ended in await asyncio.gather(*work, return_exceptions=True):
                if not isinstance(ended, asyncio.CancelledError):
                    raise AssertionError("following the log must not end") from ended

    async def beat(self) -> None:
        """Append a heartbeat, which moves the time of the venue."""
        self._beats += 1
        await self.log.append(
            writer=HEARTBEATS, number=self._beats, commands=encode_commands([Heartbeat()])
        )
        await self.hear()

    async def hear(self) -> None:
        """Wait until the gateway has folded everything there is."""
        async with asyncio.timeout(5):
            while self.views.venue.reached < self.log.events_top():  # noqa: ASYNC110
                await asyncio.sleep(0)

    def _now_s(self) -> float:
        return self._clock_ms() / 1_000

    def _people(self) -> UserServices:
        """Sign-up with the limits that a venue has by default."""
        def an_hour(most: int) -> RateLimit:
            return RateLimit(most, self._now_s, window_s=HOUR_S)

        return UserServices(
            sign_up=SignUp(
                onboarding=self.onboarding, sign_ins=self.stored_sessions, mailer=self.mailer,
                tokens=self.tokens, link=LINK, welcome=self._demo.deposit if self._demo else {},
                clock_ms=self._clock_ms,
            ),
            onboarding=self.onboarding, keys=self.users, demo=self._demo,
            mails_by_email=an_hour(5), mails_by_address=an_hour(30),
            demos_by_address=an_hour(30),
        )
