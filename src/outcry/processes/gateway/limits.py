"""Rate limits: a token bucket for each address and each account, and others for cancels."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from math import ceil
from typing import Final, NamedTuple

from outcry.api.backpack.errors import ApiError, Code
from outcry.processes.gateway.http import (
    API_PREFIXES,
    Answer,
    Application,
    Receive,
    RequestOrigin,
    Scope,
    Send,
    address_of,
    send_answer,
)
from outcry.runtime.addresses import address_group

MINUTE_S: Final = 60.0
KEPT_MAX: Final = 100_000  # Buckets. Above it the oldest are forgotten, full or not.
CANCELS: Final = "DELETE"  # The method of every route that cancels, closes or revokes.
_CLOCK_STEP_S: Final = 1e-6  # The resolution of a clock that counts from 1970.


class RateLimit:
    """Buckets of `most` tokens that fill up evenly in a span of time. A request takes a token."""

    def __init__(
        self, most: int, clock: Callable[[], float], *, window_s: float = MINUTE_S
    ) -> None:
        self.uses: dict[Hashable, int] = {}  # Since they were last shared with other gateways.
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
        self.uses[who] = self.uses.get(who, 0) + 1
        return 0

    def give_back(self, who: Hashable) -> None:
        """Return a token that was taken by mistake."""
        if who in self._full_at:
            self._full_at[who] -= self._token_s
            self.uses[who] = self.uses.get(who, 0) - 1

    def take_for_others(self, who: Hashable, tokens: int) -> None:
        """Take the tokens that other gateways have given out; a bucket is never below empty."""
        now = self._clock()
        full_at = max(self._full_at.get(who, now), now) + tokens * self._token_s
        self._full_at[who] = min(full_at, now + self._window_s)

    def left(self, who: Hashable) -> tuple[int, int] | None:
        """The tokens in a bucket, and the seconds until it is full; None without a limit."""
        if not self._token_s:
            return None
        missing_s = max(0.0, self._full_at.get(who, 0.0) - self._clock())
        return int((self._window_s - missing_s) / self._token_s + 1e-3), ceil(missing_s)

    def is_low(self, who: Hashable) -> bool:
        """Whether less than half of a bucket is left."""
        return self._full_at.get(who, 0.0) - self._clock() > self._window_s / 2

    def _forget_quiet(self, now: float) -> None:
        """Look at two buckets before one is added, and forget the full ones.

        Every bucket is looked at again and again this way, so there are never many full ones.
        """
        for _ in range(min(2, len(self._full_at))):
            who, full_at = self._full_at.popitem(last=False)
            if full_at > now and len(self._full_at) < KEPT_MAX:
                self._full_at[who] = full_at


class _Limits(NamedTuple):
    """The limits of one kind of requests."""

    addresses: RateLimit
    accounts: RateLimit


class RequestLimits:
    """The limits of each address, and of each account from any address.

    Cancels have buckets of their own: a client that has placed too much can still cancel.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._cancels = _Limits(RateLimit(per_minute, clock), RateLimit(per_minute, clock))
        self._others = _Limits(RateLimit(per_minute, clock), RateLimit(per_minute, clock))

    @property
    def by_name(self) -> dict[str, RateLimit]:
        """Each limit by a name of its own, the same in every gateway."""
        return {
            "cancels-address": self._cancels.addresses, "cancels-account": self._cancels.accounts,
            "address": self._others.addresses, "account": self._others.accounts,
        }

    def admit(self, scope: Scope) -> None:
        """Take a token of an address; raises `ApiError` if there is none."""
        limit = self._of(scope["method"]).addresses
        group = address_group(address_of(scope))
        scope["rate_limit"] = limit, group
        refuse_if_waiting(limit.wait_s(group))

    def charge(self, account_id: int, caller: RequestOrigin) -> None:
        """Take a token of the proven account instead of the address; raises `ApiError`.

        Many accounts may trade from one address, and nobody can use up another account's limit.
        """
        limits = self._of(caller.method)
        limits.addresses.give_back(address_group(caller.address))
        caller.scope["rate_limit"] = limits.accounts, account_id
        refuse_if_waiting(limits.accounts.wait_s(account_id))

    def _of(self, method: str) -> _Limits:
        return self._cancels if method == CANCELS else self._others


def limit_headers(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """The tokens left to the caller of a request, and the seconds until all are there again."""
    counted = scope.get("rate_limit")
    if counted is None:
        return ()
    limit, who = counted
    left: tuple[int, int] | None = limit.left(who)
    if left is None:
        return ()
    return (b"x-ratelimit-remaining", b"%d" % left[0]), (b"x-ratelimit-reset", b"%d" % left[1])


def low_limit_headers(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """The same once less than half of the bucket is left: an order costs no more before."""
    counted = scope.get("rate_limit")
    if counted is None or not counted[0].is_low(counted[1]):
        return ()
    return limit_headers(scope)


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
        """Pass a request on if its address has a token. The terminal's files are not counted."""
        if scope["type"] == "http" and scope["path"].startswith(API_PREFIXES):
            try:
                self._limits.admit(scope)
            except ApiError as error:
                answer = self._refusal(scope, error)
                headers = (*answer.headers, *limit_headers(scope))
                return send_answer(send, answer._replace(headers=headers))
        return self._application(scope, receive, send)


def refuse_if_waiting(wait_s: int) -> None:
    """Raise `ApiError` if there is no token for so many seconds."""
    if wait_s:
        raise ApiError(
            429, Code.TOO_MANY_REQUESTS, "Too many requests", retry_after_s=wait_s
        )
