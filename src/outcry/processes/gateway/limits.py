"""Rate limits: a token bucket for each address and each account."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from math import ceil
from typing import Final

from outcry.api.backpack.errors import ApiError, Code
from outcry.processes.gateway.http import (
    API_PREFIXES,
    Answer,
    Application,
    Receive,
    Scope,
    Send,
    address_of,
    send_answer,
)

MINUTE_S: Final = 60.0
KEPT_MAX: Final = 100_000  # Buckets. Above it the oldest are forgotten, full or not.
_CLOCK_STEP_S: Final = 1e-6  # The resolution of a clock that counts from 1970.


class RateLimit:
    """Buckets of `most` tokens that fill up evenly in a span of time. A request takes a token."""

    def __init__(
        self, most: int, clock: Callable[[], float], *, window_s: float = MINUTE_S
    ) -> None:
        self._clock = clock  # Seconds, from anywhere.
        self._window_s = window_s
        self._token_s = window_s / most if most else 0.0  # 0 is no limit.
        # When each bucket will be full again. A full one need not be known.
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def wait_s(self, who: Hashable) -> int:
        """Take a token. Returns 0, or the seconds until there is a token."""
        if not self._token_s:
            return 0
        now = self._clock()
        full_at = self._full_at.get(who)
        if full_at is None:
            self._forget_quiet(now)
        if full_at is None or full_at < now:
            full_at = now
        full_at += self._token_s
        missing_s = full_at - now - self._window_s
        if missing_s > _CLOCK_STEP_S:
            return max(1, ceil(missing_s - _CLOCK_STEP_S))
        self._full_at[who] = full_at
        return 0

    def give_back(self, who: Hashable) -> None:
        """Return a token that was taken by mistake."""
        if who in self._full_at:
            self._full_at[who] -= self._token_s

    def _forget_quiet(self, now: float) -> None:
        """Look at two buckets before one is added, and forget the full ones.

        Every bucket is looked at again and again this way, so there are never many full ones.
        """
        for _ in range(min(2, len(self._full_at))):
            who, full_at = self._full_at.popitem(last=False)
            if full_at > now and len(self._full_at) < KEPT_MAX:
                self._full_at[who] = full_at


class RequestLimits:
    """The limits of each address, and of each account from any address."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._addresses = RateLimit(per_minute, clock)
        self._accounts = RateLimit(per_minute, clock)

    def admit(self, address: str) -> None:
        """Take a token of an address; raises `ApiError` if there is none."""
        refuse_if_waiting(self._addresses.wait_s(address))

    def charge(self, account_id: int, address: str) -> None:
        """Take a token of the proven account instead of the address; raises `ApiError`.

        Many accounts may trade from one address, and nobody can use up another account's limit.
        """
        self._addresses.give_back(address)
        refuse_if_waiting(self._accounts.wait_s(account_id))


class LimitMiddleware:
    """Admits requests to the API. `refusal` makes the answer to a refused one."""

    def __init__(
        self, application: Application, limits: RequestLimits,
        refusal: Callable[[Scope, ApiError], Answer],
    ) -> None:
        self._application = application
        self._limits = limits
        self._refusal = refusal

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on if its address has a token."""
        if scope["type"] == "http" and scope["path"].startswith(API_PREFIXES):
            # The terminal's own files are not counted.
            try:
                self._limits.admit(address_of(scope))
            except ApiError as error:
                return send_answer(send, self._refusal(scope, error))
        return self._application(scope, receive, send)


def refuse_if_waiting(wait_s: int) -> None:
    """Raise `ApiError` if there is no token for so many seconds."""
    if wait_s:
        raise ApiError(
            429, Code.TOO_MANY_REQUESTS, "Too many requests", retry_after_s=wait_s
        )
