"""The table of all routes in the OpenAPI document, in front of the framework and behind it."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from litestar import Controller
from litestar.handlers import HTTPRouteHandler

from outcry.processes.gateway.asgi_routes import AsgiRoutes
from outcry.processes.gateway.declaration import Route, declaration_of
from outcry.processes.gateway.http import API_PREFIXES

RouteGroup: TypeAlias = type[AsgiRoutes] | type[Controller] | HTTPRouteHandler


def table(groups: Sequence[RouteGroup]) -> list[Route]:
    """Every route of the groups, with its path as clients write it."""
    found: list[Route] = []
    for group in groups:
        if isinstance(group, HTTPRouteHandler):
            found += _routes(group, "", group.tags)
        elif issubclass(group, AsgiRoutes):
            found += group.routes()
        elif vars(group).get("include_in_schema") is not False:
            prefix = vars(group).get("path", "")
            for handler in vars(group).values():
                if isinstance(handler, HTTPRouteHandler):
                    found += _routes(handler, prefix, vars(group)["tags"])
    return found


def methods_by_path(groups: Sequence[RouteGroup]) -> dict[str, set[str]]:
    """The methods of every route of the API, also of those that the OpenAPI document leaves out."""
    found: dict[str, set[str]] = {}
    for route in table(groups):
        found.setdefault(route.path, set()).add(route.method)
    hidden = [group for group in groups if vars(group).get("include_in_schema") is False]
    for handler in [handler for group in hidden for handler in vars(group).values()]:
        if isinstance(handler, HTTPRouteHandler):
            for path in handler.paths:
                if path.startswith(API_PREFIXES):
                    found.setdefault(path, set()).update(map(str, handler.http_methods))
    return found


def framework_groups(groups: Sequence[RouteGroup]) -> list[type[Controller] | HTTPRouteHandler]:
    """The groups that the framework serves."""
    return [
        group for group in groups
        if isinstance(group, HTTPRouteHandler) or not issubclass(group, AsgiRoutes)
    ]


def _routes(
    handler: HTTPRouteHandler, prefix: str, tags: Sequence[str] | None
) -> Iterator[Route]:
    [tag] = tags or ()
    for path in sorted(handler.paths):
        written = re.sub(r":\w+}", "}", f"{prefix}{path}".rstrip("/"))
        for method in sorted(handler.http_methods):
            yield Route(str(method), written, declaration_of(handler.fn), handler.fn, tag)
