"""A signed request does one thing once: sent again, it is answered with the first outcome.

A signature is good for as long as its window. Anybody who has seen the request could send it again
in that time, and a client does after a lost answer.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from outcry.api.backpack.errors import ApiError, Code
from outcry.api.backpack.signing import Signature
from outcry.ports.claims import Claims
from outcry.ports.log import LogUnavailable

NOTHING_DONE: Final = frozenset({429, 503})  # Unless the outcome is not known.

Outcome = TypeVar("Outcome")


class FirstOutcomes:
    """The outcomes of signed requests, until their signatures expire."""

    def __init__(self, claims: Claims, *, clock_ms: Callable[[], int]) -> None:
        self._claims = claims  # Of all gateways.
        self._clock_ms = clock_ms
        self._known: OrderedDict[bytes, tuple[int, asyncio.Task[Any]]] = OrderedDict()

    async def of(
        self, signature: Signature | None, carry_out: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """Carry a request out, or return what came of it the first time; raises `ApiError`.

        A request with a cookie has no signature and is carried out each time.
        """
        if signature is None:
            return await carry_out()
        self._forget_expired()
        known = self._known.get(signature.signed)
        if known is None:
            task: asyncio.Task[Any] = asyncio.ensure_future(self._first(signature, carry_out))
            task.add_done_callback(_look_at)
            known = self._known[signature.signed] = (signature.expires_ms, task)
        outcome: Outcome = await asyncio.shield(known[1])
        return outcome

    async def _first(
        self, signature: Signature, carry_out: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        name = hashlib.sha256(signature.signed).digest()
        try:
            await self._claim(name, signature)
        except ApiError:
            del self._known[signature.signed]  # The answer that was given elsewhere is not this.
            raise
        try:
            return await carry_out()
        except ApiError as error:
            if error.status in NOTHING_DONE and error.code is not Code.TIMEOUT:
                del self._known[signature.signed]
                with suppress(LogUnavailable):  # Then it expires by itself.
                    await self._claims.release(name)
            raise

    async def _claim(self, name: bytes, signature: Signature) -> None:
        life_ms = max(1, signature.expires_ms - self._clock_ms())
        try:
            claimed = await self._claims.claim(name, life_ms=life_ms)
        except LogUnavailable:
            raise ApiError(
                503, Code.MAINTENANCE, "The venue's log is away; nothing was sent", retry_after_s=1
            ) from None
        if not claimed:
            raise ApiError(
                409, Code.INVALID_CLIENT_REQUEST,
                "This signed request was carried out before: ask for its outcome",
            )

    def _forget_expired(self) -> None:
        now_ms = self._clock_ms()
        while self._known:
            signed, (expires_ms, task) = next(iter(self._known.items()))
            if expires_ms >= now_ms or not task.done():
                return
            del self._known[signed]


def _look_at(task: "asyncio.Task[Any]") -> None:
    """An error that nobody waits for any more is no fault."""
    if not task.cancelled():
        task.exception()
