"""The API keys of a user: list them, create one, revoke one."""

import unicodedata
from base64 import b64encode
from typing import Final

import msgspec
from litestar import Controller, Response, delete, get, post

from outcry.api.backpack.bodies import Members, NumberLiteral
from outcry.api.backpack.errors import invalid, not_found
from outcry.api.backpack.fields import TEXT, Field, Fields, Flag
from outcry.api.backpack.signing import read_public_key
from outcry.people.user_keys import KEYS_MAX, NAME_MAX, new_key
from outcry.ports.people import NamedKey
from outcry.processes.gateway.declaration import by_cookie
from outcry.processes.gateway.parts import TheCall
from outcry.processes.gateway.routes.user import MessageBody, TheUsers


class KeyName(Field):
    """The name of an API key, for people."""

    def __init__(self) -> None:
        super().__init__("name", TEXT | {"minLength": 1, "maxLength": NAME_MAX})

    def of(self, members: Members) -> str:
        """The name, without spaces around it."""
        name = members.get(self.name)
        if (
            not isinstance(name, str) or isinstance(name, NumberLiteral)
            or not 0 < len(name.strip()) <= NAME_MAX
            or any(unicodedata.category(character)[0] == "C" for character in name)
        ):
            raise invalid(f"Invalid name: expected 1 to {NAME_MAX} printable characters")
        return name.strip()


NAME: Final = KeyName()
READ_ONLY: Final = Flag("readOnly")
API_KEY: Final = Field("apiKey", TEXT)
NEW_KEY: Final = Fields(
    NAME, optional=(READ_ONLY,), name="NewKeyRequest", says="An API key to make."
)
OLD_KEY: Final = Fields(API_KEY, name="KeyRevokeRequest", says="An API key to revoke.")


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
    """The keys of one user. Only a cookie opens these routes: a key cannot create keys."""

    path = "/api/v1/user/api-keys"
    tags = ("Users",)

    @get()
    @by_cookie()
    async def all_of(self, call: TheCall, users: TheUsers) -> list[KeyBody]:
        """The valid keys, oldest first."""
        return [_body(key) for key in await users.keys.api_keys(call.session.user_id)]

    @post(status_code=200)
    @by_cookie(body=NEW_KEY)
    async def make(self, call: TheCall, users: TheUsers) -> Response[NewKeyBody]:
        """A new key, with its secret."""
        name, read_only = NAME.of(call.members), READ_ONLY.of(call.members)
        made = await new_key(
            users.keys, call.session.user_id, call.account_id, name=name, may_trade=not read_only
        )
        if made is None:
            raise invalid(f"There are {KEYS_MAX} keys already: revoke one first")
        body = NewKeyBody(
            api_key=made.public_key, api_secret=made.secret, name=name,
            scopes=["read"] if read_only else ["read", "trade"],
        )
        return Response(body, headers={"Cache-Control": "no-store"})

    @delete(status_code=200)
    @by_cookie(body=OLD_KEY, errors=(404,))
    async def revoke(self, call: TheCall, users: TheUsers) -> MessageBody:
        """Revoke a key, in every process at once."""
        text = API_KEY.sent(call.members)
        if not isinstance(text, str):
            raise invalid("Invalid apiKey: expected it and nothing else")
        try:
            public_key = read_public_key(text)
        except ValueError:
            raise not_found() from None
        if not await users.keys.revoke_own_key(call.session.user_id, public_key):
            raise not_found()
        return MessageBody("revoked")


def _body(key: NamedKey) -> KeyBody:
    return KeyBody(
        api_key=b64encode(key.api_key.public_key).decode(), name=key.name,
        scopes=sorted(key.api_key.scopes), created_at=key.created_ms,
    )
