"""A request that has been read, and whose caller is known if its route is private."""

from collections.abc import Sequence

from outcry.api.backpack.bodies import Members, parse_batch, parse_members
from outcry.api.backpack.errors import invalid
from outcry.api.backpack.queries import camel_case
from outcry.api.backpack.signing import VERSION_1, Signature
from outcry.engine.units import AccountId
from outcry.people.api_keys import KnownKey
from outcry.people.sessions import KnownSession
from outcry.processes.gateway.declaration import Declaration
from outcry.processes.gateway.http import (
    Receive,
    RequestOrigin,
    Scope,
    caller_of,
    query_of,
    read_body,
)
from outcry.processes.gateway.sign_in import READING, SignIn


class Call:
    """A request to a route: its caller, and the members of its body or query.

    A batch has several `parts`, each with members of its own.
    """

    __slots__ = ("_by", "caller", "parts", "signature")

    def __init__(
        self, caller: RequestOrigin, by: KnownKey | KnownSession | None, parts: Sequence[Members],
        signature: Signature | None = None,
    ) -> None:
        self.caller = caller
        self.parts = parts
        self.signature = signature  # None for a request with a cookie, or without anything.
        self._by = by

    @property
    def members(self) -> Members:
        """The members of a request that is no batch."""
        return self.parts[0]

    @property
    def account_id(self) -> AccountId:
        """The caller's account, on a private route."""
        assert self._by is not None, "the route is declared as public"
        return self._by.account_id

    @property
    def session(self) -> KnownSession:
        """The caller's session, on a route that only a cookie opens."""
        assert isinstance(self._by, KnownSession), "the route is not declared by_cookie"
        return self._by


async def read_call(
    declaration: Declaration, scope: Scope, receive: Receive, sign_in: SignIn
) -> Call:
    """Read a request as its route declares; raises `ApiError`.

    The caller is identified before the fields are checked, so that a client without a key learns
    nothing about fields. The signature covers the names of a query as the client spells them.
    """
    caller = caller_of(scope)
    fields = declaration.body
    parts: Sequence[Members]
    body = b"" if fields is None else await read_body(receive)
    if fields is None:
        parts = (query_of(scope["query_string"]),)
    else:
        parts = parse_batch(body) if declaration.batch else (parse_members(body),)
    by: KnownKey | KnownSession | None = None
    signature: Signature | None = None
    if declaration.instruction is not None:
        by, signature = await sign_in.check(
            caller, declaration.instruction, parts, body, scope=declaration.scope
        )
    elif declaration.by_cookie:
        by = await sign_in.user(caller)
    if fields is None:
        parts = ({camel_case(name): value for name, value in parts[0].items()},)
    elif not declaration.batch:
        fields.refuse_unknown(parts[0])
    if scope.get("path_params"):
        parts = (_without_path(scope, parts[0], signature),)
    return Call(caller, by, parts, signature)


def _without_path(scope: Scope, members: Members, signature: Signature | None) -> Members:
    """The members without those that repeat a part of the path; raises `ApiError`.

    A signature of version 1 does not cover the path. Whoever has seen such a request could send it
    to another path, so what it changes is to be among its members.
    """
    left = dict(members)
    must = (
        signature is not None and signature.version == VERSION_1 and scope["method"] not in READING
    )
    for written, value in scope["path_params"].items():
        name = camel_case(written)
        repeated = left.pop(name, None)
        if repeated is None and must:
            raise invalid(
                f"Missing `{name}`: the signature must cover what the path names; repeat it in "
                "the body, or use X-Signature-Version: 2"
            )
        if repeated is not None and repeated != str(value):
            raise invalid(f"Invalid {name}: the path names another")
    return left
