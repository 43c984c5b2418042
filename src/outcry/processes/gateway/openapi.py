"""The OpenAPI 3.1 document, made from the routes and their declarations.

The framework describes the routes that it serves by the types of their handlers. The routes in
front of it and the declarations of all routes are added here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, get_args, get_origin

import msgspec
from litestar import Controller, Litestar, Response, get
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig

import outcry
from outcry.api.backpack.errors import ErrorBody
from outcry.api.backpack.orders import BATCH_MAX
from outcry.processes.gateway.declaration import Declaration, Route
from outcry.processes.gateway.route_table import RouteGroup, framework_groups, table

Json = dict[str, Any]

PATH: Final = "/api/v1/openapi.json"
COOKIE: Final = "authToken"
JSON: Final = "application/json"

ERRORS: Final = {
    400: "The request cannot be used, or the venue's rules refuse it.",
    401: "No key or session, or one that is unknown, revoked or ended.",
    403: "Not with this key, from this page or in this venue.",
    404: "It is not there, or not the caller's.",
    409: "It was done before: the clientId was used, or the account exists.",
    413: "The body is too large.",
    429: "Too many requests; Retry-After says in how many seconds the next one may come.",
    500: "A mistake of ours.",
    503: "Not now; with the code TIMEOUT the outcome is unknown.",
}
SCHEMES: Final = {
    "key": {
        "type": "apiKey", "in": "header", "name": "X-API-Key",
        "description": "The public key, base64.",
    },
    "timestamp": {
        "type": "apiKey", "in": "header", "name": "X-Timestamp",
        "description": "Now, in milliseconds since 1970. X-Window may say for how many of them the "
        "signature is good: 5000 if it does not, 60000 at most.",
    },
    "signature": {
        "type": "apiKey", "in": "header", "name": "X-Signature",
        "description": "The Ed25519 signature, base64, of the operation's x-instruction, the "
        "request's members sorted by key, the timestamp and the window.",
    },
    "session": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": "The cookie of somebody signed in. Changes are taken from programs and from "
        "the venue's own pages.",
    },
}
_SIGNED: Final[Json] = {"key": [], "timestamp": [], "signature": []}
_SESSION: Final[Json] = {"session": []}


def document(groups: Sequence[RouteGroup], parts: Iterable[str]) -> Json:
    """The document for these routes.

    `parts` are the parameters that a handler may have.
    """
    described = Litestar(
        framework_groups(groups), dependencies={name: _absent() for name in parts},
        openapi_config=OpenAPIConfig(
            title="Outcry", version=outcry.__version__, use_handler_docstrings=True,
            description="A trading venue that speaks the API of Backpack Exchange.",
        ),
    ).openapi_schema.to_schema()
    routes = table(groups)
    paths: Json = described["paths"]
    for route in routes:
        operations = paths.setdefault(route.path, {})
        _complete(route, operations.setdefault(route.method.lower(), _asgi_operation(route)))
    described["paths"] = dict(sorted(paths.items()))
    described["components"] = _components_of(routes)
    return described


def _absent() -> Provide:
    return Provide(lambda: None, sync_to_thread=False)


def _asgi_operation(route: Route) -> Json:
    """The framework's part of an operation, for a route in front of it."""
    answer = _annotation(route)
    is_list = get_origin(answer) is list
    [each] = get_args(answer) if is_list else [answer]
    schema: Json = {"anyOf": [{"$ref": _ref(kind)} for kind in _structs(each)]}
    if is_list:
        schema = {"type": "array", "items": schema}
    return {
        "tags": [route.tag], "description": route.handler.__doc__,
        "responses": {"200": {"content": {JSON: {"schema": schema}}}},
    }


def _annotation(route: Route) -> Any:
    return route.handler.__annotations__["return"]


def _complete(route: Route, operation: Json) -> None:
    """Complete an operation by the declaration of its route."""
    declaration = route.declaration
    operation["operationId"] = _operation_id(route.path, route.method)
    operation["summary"] = operation.pop("description").strip()
    operation.pop("deprecated", None)
    parameters: list[Json] = [
        {name: parameter[name] for name in ("name", "in", "required", "schema")}
        for parameter in operation.pop("parameters", [])
    ]
    parameters += declaration.query.parameters
    if declaration.instruction is not None:
        operation["x-instruction"] = declaration.instruction
        operation["security"] = [_SIGNED, _SESSION]
    elif declaration.by_cookie:
        operation["security"] = [_SESSION]
    if declaration.body is not None:
        schema: Json = {"$ref": _named(declaration.body.name)}
        if declaration.batch:
            schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": BATCH_MAX}
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if parameters:
        operation["parameters"] = parameters
    for status, answer in operation["responses"].items():
        answer["description"] = "Done." if status == "200" else "Signed in; go on to the terminal."
        answer.pop("headers", None)
        if answer.get("content", {}).get(JSON, {}).get("schema") == {"type": "string"}:
            del answer["content"]  # Bytes are not JSON: nothing is sent.
    operation["responses"] |= {
        str(status): {"$ref": f"#/components/responses/{status}"}
        if declaration.error is ErrorBody else _error(status, ERRORS[status], declaration.error)
        for status in _errors(route.method, declaration, has_parameters=bool(parameters))
    }


def _operation_id(path: str, method: str) -> str:
    """Such as `getTradesHistory`."""
    words = re.findall(r"[A-Za-z0-9]+", path)[2:]
    return method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _errors(method: str, declaration: Declaration, *, has_parameters: bool) -> list[int]:
    errors = {429, 500, 503, *declaration.errors}
    if declaration.is_private:
        errors |= {400, 401} if method == "GET" else {400, 401, 403}
    if declaration.body is not None:
        errors |= {400, 413}
    if has_parameters:
        errors.add(400)
    return sorted(errors)


def _components_of(routes: Sequence[Route]) -> Json:
    answered: set[type] = {ErrorBody}
    for route in routes:
        answered.update(_structs(_annotation(route)))
    schemas = _components(answered)
    for schema in schemas.values():
        # A member with a default is always there, as null if it has no value.
        schema["required"] = [
            name for name, member in schema["properties"].items()
            if name in schema.get("required", ()) or "default" in member
        ]
    schemas |= {
        body.name: body.schema for route in routes if (body := route.declaration.body) is not None
    }
    return {
        "schemas": dict(sorted(schemas.items())), "securitySchemes": SCHEMES,
        "responses": {
            str(status): _error(status, text, ErrorBody) for status, text in ERRORS.items()
        },
    }


def _structs(annotation: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for argument in get_args(annotation):
        yield from _structs(argument)


def _error(status: int, text: str, shape: type) -> Json:
    error: Json = {
        "description": text, "content": {JSON: {"schema": {"$ref": _ref(shape)}}},
    }
    if status in (429, 503):
        error["headers"] = {"Retry-After": {
            "description": "Seconds.", "schema": {"type": "integer", "minimum": 1},
        }}
    return error


def _components(types: Iterable[type]) -> Json:
    named = sorted(types, key=lambda each: each.__name__)
    _, schemas = msgspec.json.schema_components(
        named, ref_template="#/components/schemas/{name}"
    )
    return schemas


def _ref(kind: type) -> str:
    return _named(kind.__name__)


def _named(name: str) -> str:
    return f"#/components/schemas/{name}"


class Document:
    """The document as it is sent, made for the first request."""

    def __init__(self, groups: Sequence[RouteGroup], parts: Iterable[str]) -> None:
        self._groups = groups
        self._parts = tuple(parts)

    @cached_property
    def text(self) -> bytes:
        """JSON for people, too."""
        described = document(self._groups, self._parts)
        return msgspec.json.format(msgspec.json.encode(described), indent=2)


class DocumentRoutes(Controller):
    """The route of the OpenAPI document."""

    include_in_schema = False

    @get(PATH)
    async def show(self, document: NamedDependency[Document]) -> Response[bytes]:
        """The description."""
        return Response(document.text, media_type=JSON)
