"""The API keys of a user: list them, create one, revoke one."""

import unicodedata
from base64 import b64encode
from typing import Final

import msgspec
from litestar import Controller, Response, delete, get, post

from outcry.api.backpack.bodies import Members, NumberLiteral
from outcry.api.backpack.errors import invalid, not_found
from outcry.api.backpack.fields import TEXT, Field, Fields, Flag, Whole
from outcry.api.backpack.signing import read_public_key
from outcry.people.user_keys import KEYS_MAX, NAME_MAX, KeyTerms, new_key
from outcry.ports.people import READ, TRADE, WITHDRAW, NamedKey
from outcry.processes.gateway.declaration import by_cookie
from outcry.processes.gateway.parts import TheCall, TheClock
from outcry.processes.gateway.routes.user import MessageBody, TheUsers
from outcry.runtime.addresses import networks_of

ADDRESSES_MAX: Final = 32
ADDRESSES_TEXT_MAX: Final = 1_024


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
class KeyAddresses(Field):
    """The addresses and networks that a key may be used from."""

    def __init__(self) -> None:
        super().__init__("addresses", TEXT | {
            "maxLength": ADDRESSES_TEXT_MAX,
            "description": "Addresses or networks with commas; without any, all.",
            "examples": ["203.0.113.7,2001:db8::/48"],
        })

    def of(self, members: Members) -> tuple[str, ...]:
        """The networks; none without the field."""
        text = members.get(self.name)
        if text is None:
            return ()
        try:
            if not isinstance(text, str) or len(text) > ADDRESSES_TEXT_MAX:
                raise ValueError
            found = networks_of(text)
        except ValueError:
            raise invalid(
                f"Invalid {self.name}: expected addresses or networks with commas, such as "
                "203.0.113.7,2001:db8::/48"
            ) from None
        if not 0 < len(found) <= ADDRESSES_MAX:
            raise invalid(f"Invalid {self.name}: expected 1 to {ADDRESSES_MAX} of them")
        return tuple(map(str, found))


READ_ONLY: Final = Flag("readOnly")
MAY_WITHDRAW: Final = Flag("withdraw")
ADDRESSES: Final = KeyAddresses()
EXPIRES_AT: Final = Whole("expiresAt", most=10**15, wrong=": expected milliseconds since 1970")
API_KEY: Final = Field("apiKey", TEXT)
NEW_KEY: Final = Fields(
    NAME, optional=(READ_ONLY, MAY_WITHDRAW, ADDRESSES, EXPIRES_AT), name="NewKeyRequest",
    says="An API key to make. It may withdraw only if that is asked for.",
)
OLD_KEY: Final = Fields(API_KEY, name="KeyRevokeRequest", says="An API key to revoke.")


class KeyBody(msgspec.Struct, frozen=True, rename="camel"):
    """An API key as it is listed."""

    api_key: str
    name: str
    scopes: list[str]
    created_at: int  # Milliseconds, as all times here.
    addresses: list[str]  # Networks that it may be used from; without any, all.
    expires_at: int | None
    last_used_at: int | None  # To the minute.


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
    async def make(
        self, call: TheCall, users: TheUsers, clock_ms: TheClock
    ) -> Response[NewKeyBody]:
        """A new key, with its secret."""
        name, terms = NAME.of(call.members), _terms(call.members, clock_ms())
        made = await new_key(
            users.keys, call.session.user_id, call.account_id, name=name, terms=terms
        )
        if made is None:
            raise invalid(f"There are {KEYS_MAX} keys already: revoke one first")
        body = NewKeyBody(
            api_key=made.public_key, api_secret=made.secret, name=name,
            scopes=sorted(terms.scopes),
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
        addresses=list(key.api_key.addresses), expires_at=key.api_key.expires_ms,
        last_used_at=key.used_ms,
    )


def _terms(members: Members, now_ms: int) -> KeyTerms:
    """What a key is to be good for; raises `ApiError`."""
    read_only, may_withdraw = READ_ONLY.of(members), MAY_WITHDRAW.of(members)
    if read_only and may_withdraw:
        raise invalid("A key is readOnly or may withdraw, not both")
    expires_ms = EXPIRES_AT.of(members)
    if expires_ms is not None and expires_ms <= now_ms:
        raise invalid("Invalid expiresAt: it has passed")
    scopes = {READ} if read_only else {READ, TRADE}
    if may_withdraw:
        scopes.add(WITHDRAW)
    return KeyTerms(frozenset(scopes), ADDRESSES.of(members), expires_ms)
