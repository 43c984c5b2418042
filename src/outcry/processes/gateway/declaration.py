"""The declaration of a route: its callers, its fields and its errors, in one place on its handler.

The identification of the caller, the reading of the request, and the OpenAPI document follow from
the declaration.
"""

from collections.abc import Callable
from inspect import isfunction
from typing import Any, Final, NamedTuple, TypeVar

from outcry.api.backpack.errors import ErrorBody
from outcry.api.backpack.fields import Fields

Handler = TypeVar("Handler", bound=Callable[..., Any])

_MARK: Final = "declaration"
_NO_FIELDS: Final = Fields()


class Declaration(NamedTuple):
    """A route is public unless it has an instruction or is opened by a cookie only.

    `errors` are the statuses that do not follow from the rest.
    """

    instruction: str | None = None  # Signed by the caller's key. A cookie opens the route too.
    by_cookie: bool = False  # Only a cookie opens the route.
    scope: str | None = None  # That the key needs; None for a route that only reads.
    query: Fields = _NO_FIELDS
    body: Fields | None = None
    batch: bool = False  # The body is an array.
    errors: tuple[int, ...] = ()
    error: type = ErrorBody  # The shape of an error.

    @property
    def is_private(self) -> bool:
        """Whether the caller must be known."""
        return self.instruction is not None or self.by_cookie


PUBLIC: Final = Declaration()  # Of a handler that is not marked.


class Route(NamedTuple):
    """A route as it is served."""

    method: str
    path: str
    declaration: Declaration
    handler: Callable[..., Any]
    tag: str


def signed(
    instruction: str, *, scope: str | None = None, query: Fields = _NO_FIELDS,
    body: Fields | None = None, batch: bool = False, errors: tuple[int, ...] = (),
) -> Callable[[Handler], Handler]:
    """Declare a route that takes signed requests, and cookies."""
    return _mark(Declaration(
        instruction, scope=scope, query=query, body=body, batch=batch, errors=errors
    ))


def by_cookie(
    *, body: Fields | None = None, errors: tuple[int, ...] = (), error: type = ErrorBody
) -> Callable[[Handler], Handler]:
    """Declare a route that only a cookie opens."""
    return _mark(Declaration(by_cookie=True, body=body, errors=errors, error=error))


def public(
    *, query: Fields = _NO_FIELDS, body: Fields | None = None, errors: tuple[int, ...] = ()
) -> Callable[[Handler], Handler]:
    """Declare a public route. A route whose handler's types say everything needs none."""
    return _mark(Declaration(query=query, body=body, errors=errors))


def declaration_of(handler: Callable[..., Any]) -> Declaration:
    """The declaration of a handler."""
    declaration: Declaration = handler.__dict__.get(_MARK, PUBLIC)
    return declaration


def _mark(declaration: Declaration) -> Callable[[Handler], Handler]:
    def marked(handler: Handler) -> Handler:
        assert isfunction(handler), "the declaration goes below the route, next to the function"
        handler.__dict__[_MARK] = declaration
        return handler

    return marked
