"""Requests over HTTP, signed if need be, and answers decoded into their types."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from outcry.client.errors import Refused, Unreachable, Unreadable
from outcry.client.keys import ApiKey
from outcry.client.requests import Member

REQUEST_S_MAX = 15.0

T = TypeVar("T")
Members = Mapping[str, Member]


class _ErrorBody(msgspec.Struct):
    code: str = ""
    message: str = ""


class HttpClient:
    """A client of one address. Nothing is tried twice."""

    def __init__(
        self, url: str, *, key: ApiKey | None = None, request_s: float = REQUEST_S_MAX
    ) -> None:
        """`url` is the venue's address, as `http://127.0.0.1:3005`."""
        self._url = url.rstrip("/")
        self._key = key
        self._timeout = aiohttp.ClientTimeout(total=request_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, answer: type[T], **query: str | int) -> T:
        """Request public data."""
        return _decode(await self._request("GET", path, params=query), answer)

    async def signed(
        self, method: str, path: str, instruction: str, answer: type[T],
        content: Members | Sequence[Members] | None = None,
    ) -> T:
        """Request something in the name of the key; `content` goes into the query or the body."""
        return _decode(await self._signed_bytes(method, path, instruction, content), answer)

    async def signed_or_noted(
        self, method: str, path: str, instruction: str, answer: type[T], content: Members
    ) -> T | None:
        """The same, where the venue may answer only that it took note: then None."""
        body = await self._signed_bytes(method, path, instruction, content)
        return _decode(body, answer) if body else None

    async def _signed_bytes(
        self, method: str, path: str, instruction: str,
        content: Members | Sequence[Members] | None,
    ) -> bytes:
        if self._key is None:
            raise ValueError(f"{path} needs an API key")
        members: Members | Sequence[Members] = content or {}
        requests = [members] if isinstance(members, Mapping) else members
        headers = self._key.headers(instruction, requests)
        if method == "GET":
            return await self._request(method, path, headers=headers, params=members)
        headers["Content-Type"] = "application/json"
        body = msgspec.json.encode(members)
        return await self._request(method, path, headers=headers, data=body)

    async def _request(self, method: str, path: str, **options: Any) -> bytes:
        if self._session is None:
            raise RuntimeError("use the client within `async with`")
        try:
            async with self._session.request(method, self._url + path, **options) as response:
                body = await response.read()
        except (aiohttp.ClientError, OSError) as error:  # A TimeoutError is an OSError.
            why = str(error) or type(error).__name__
            raise Unreachable(f"{method} {path}: {why}") from error
        if response.status >= 400:
            raise _refusal(response.status, body)
        return body


def _decode(body: bytes, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=answer)
    except msgspec.DecodeError as error:
        raise Unreadable(f"{error}: {body[:200].decode(errors='replace')}") from error


def _refusal(status: int, body: bytes) -> Refused:
    try:
        said = msgspec.json.decode(body, type=_ErrorBody)
    except msgspec.DecodeError:
        # Proxies and parse errors answer in plain text.
        return Refused(status, "", body[:200].decode(errors="replace"))
    return Refused(status, said.code, said.message)
