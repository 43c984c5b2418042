"""Routes straight on ASGI, in front of the framework, declared like the routes behind it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar, Final, TypeVar

from outcry.api.backpack.errors import ApiError
from outcry.processes.gateway.declaration import Route, declaration_of
from outcry.processes.gateway.http import (
    Answer,
    Application,
    Receive,
    Scope,
    Send,
    error_answer,
    send_answer,
)
from outcry.processes.gateway.limits import low_limit_headers

Handler = TypeVar("Handler", bound=Callable[..., Any])

_SERVED: Final = "served"


def asgi_route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Serve a route with this handler."""
    def mark(handler: Handler) -> Handler:
        handler.__dict__[_SERVED] = (method, path)
        return handler

    return mark


class AsgiRoutes(ABC):
    """A group of such routes. Each has a handler; all are answered in one way."""

    tag: ClassVar[str]

    @classmethod
    def routes(cls) -> Iterator[Route]:
        """Every route, in the order of the handlers."""
        for handler in vars(cls).values():
            if (served := getattr(handler, _SERVED, None)) is not None:
                method, path = served
                yield Route(method, path, declaration_of(handler), handler, cls.tag)

    async def serve(self, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request over ASGI."""
        answer = await self.answer(route, scope, receive)
        headers = low_limit_headers(scope)
        if headers:
            answer = answer._replace(headers=(*answer.headers, *headers))
        await send_answer(send, answer)

    @abstractmethod
    async def answer(self, route: Route, scope: Scope, receive: Receive) -> Answer:
        """Answer a request. Errors are answers too."""

    def refusal(self, error: ApiError) -> Answer:
        """The answer to a request that the limits refuse."""
        return error_answer(error)


class AsgiRouter:
    """An ASGI application that answers these routes and passes all other requests on."""

    def __init__(self, otherwise: Application, *groups: AsgiRoutes) -> None:
        self._otherwise = otherwise
        self._served = {
            (route.method, route.path): (group, route) for group in groups
            for route in group.routes()
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        served = self._served_at(scope)
        if served is None:
            return self._otherwise(scope, receive, send)
        group, route = served
        return group.serve(route, scope, receive, send)

    def refusal(self, scope: Scope, error: ApiError) -> Answer:
        """The answer to a request that the limits refuse, in the shape of its route."""
        served = self._served_at(scope)
        return error_answer(error) if served is None else served[0].refusal(error)

    def _served_at(self, scope: Scope) -> tuple[AsgiRoutes, Route] | None:
        if scope["type"] != "http":
            return None
        return self._served.get((scope["method"], scope["path"]))
