"""API keys of somebody signed in: listed, made with the secret shown once, revoked."""

import unicodedata
from base64 import b64encode
from typing import Final

import msgspec
from litestar import Controller, Response, delete, get, post

from outcry.api.backpack.bodies import Members, NumberLiteral, parse_members
from outcry.api.backpack.errors import invalid, not_found
from outcry.api.backpack.fields import refuse_unknown
from outcry.api.backpack.signing import read_public_key
from outcry.people.user_keys import KEYS_MAX, NAME_MAX
from outcry.ports.people import NamedKey
from outcry.processes.gateway.parts import TheSignIn
from outcry.processes.gateway.queries import AnyRequest
from outcry.processes.gateway.routes.user import MessageBody, TheUsers
from outcry.processes.gateway.sign_in import caller_of

FIELDS: Final = frozenset({"name", "readOnly"})


class KeyBody(msgspec.Struct, frozen=True, rename="camel"):
    """An API key as it is listed."""

    api_key: str
    name: str
    scopes: list[str]
    created_at: int  # Milliseconds.


class NewKeyBody(msgspec.Struct, frozen=True, rename="camel"):
    """An API key with its secret, which is never shown again."""

    api_key: str
    api_secret: str
    name: str
    scopes: list[str]


class UserKeyRoutes(Controller):
    """The keys of one user. Only a cookie opens these: a key cannot make keys."""

    path = "/api/v1/user/api-keys"
    tags = ("Users",)

    @get()
    async def all_of(
        self, request: AnyRequest, users: TheUsers, sign_in: TheSignIn
    ) -> list[KeyBody]:
        """The keys that work, oldest first."""
        session = await sign_in.user(caller_of(request.scope))
        return [_body(key) for key in await users.keys.all_of(session.user_id)]

    @post(status_code=200)
    async def make(
        self, request: AnyRequest, users: TheUsers, sign_in: TheSignIn
    ) -> Response[NewKeyBody]:
        """A new key, with its secret."""
        session = await sign_in.user(caller_of(request.scope))
        members = parse_members(await request.body())
        name, read_only = _name(members), _read_only(members)
        made = await users.keys.make(
            session.user_id, session.account_id, name=name, may_trade=not read_only
        )
        if made is None:
            raise invalid(f"There are {KEYS_MAX} keys already: revoke one first")
        body = NewKeyBody(
            api_key=made.public_key, api_secret=made.secret, name=name,
            scopes=["read"] if read_only else ["read", "trade"],
        )
        return Response(body, headers={"Cache-Control": "no-store"})

    @delete(status_code=200)
    async def revoke(
        self, request: AnyRequest, users: TheUsers, sign_in: TheSignIn
    ) -> MessageBody:
        """Make a key worthless, everywhere and at once."""
        session = await sign_in.user(caller_of(request.scope))
        members = parse_members(await request.body())
        text = members.get("apiKey")
        if len(members) != 1 or not isinstance(text, str):
            raise invalid("Invalid apiKey: expected it and nothing else")
        try:
            public_key = read_public_key(text)
        except ValueError:
            raise not_found() from None
        if not await users.keys.revoke(session.user_id, public_key):
            raise not_found()
        return MessageBody("revoked")


def _body(key: NamedKey) -> KeyBody:
    return KeyBody(
        api_key=b64encode(key.api_key.public_key).decode(), name=key.name,
        scopes=sorted(key.api_key.scopes), created_at=key.created_ms,
    )


def _name(members: Members) -> str:
    refuse_unknown(members, FIELDS)
    name = members.get("name")
    if (
        not isinstance(name, str) or isinstance(name, NumberLiteral)
        or not 0 < len(name.strip()) <= NAME_MAX
        or any(unicodedata.category(character)[0] == "C" for character in name)
    ):
        raise invalid(f"Invalid name: expected 1 to {NAME_MAX} printable characters")
    return name.strip()


def _read_only(members: Members) -> bool:
    read_only = members.get("readOnly", False)
    if not isinstance(read_only, bool):
        raise invalid("Invalid readOnly: expected true or false")
    return read_only
