"""The API's description for programs, in OpenAPI 3.1: made from the types that routes answer with.

The framework describes the routes behind it, as far as their functions have types. What is read by
hand, who may call, the errors, and the order routes in front of it are added here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from types import NoneType
from typing import Any, Final, get_args

import msgspec
from litestar import Controller, Litestar, Response, get
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig

import outcry
from outcry.api.backpack.errors import ErrorBody
from outcry.processes.gateway.described import BROKER_ROWS, ORDER_ROWS, ROWS, Listed, Row

Json = dict[str, Any]

PATH: Final = "/api/v1/openapi.json"
COOKIE: Final = "authToken"
JSON: Final = "application/json"

FRONT_ROWS: Final = {**ORDER_ROWS, **BROKER_ROWS}

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


def document(controllers: Sequence[type[Controller]], parts: Iterable[str]) -> Json:
    """The description of an API that has these controllers, and the order routes.

    `parts` are the names of what the controllers are given when they serve.
    """
    described = Litestar(
        controllers, dependencies={name: _absent() for name in parts},
        openapi_config=OpenAPIConfig(
            title="Outcry", version=outcry.__version__, use_handler_docstrings=True,
            description="A trading venue that speaks the API of Backpack Exchange.",
        ),
    ).openapi_schema.to_schema()
    _with_front_routes(described)
    for path, method, operation in _operations(described):
        _complete(path, method, operation, ROWS.get((path, method), Row()))
    for (path, method), (_, row) in FRONT_ROWS.items():
        _complete(path, method, described["paths"][path][method.lower()], row)
    _with_components(described, controllers)
    described["paths"] = dict(sorted(described["paths"].items()))
    return described


def _absent() -> Provide:
    return Provide(lambda: None, sync_to_thread=False)


def _operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            if (path, method.upper()) not in FRONT_ROWS:
                yield path, method.upper(), operation


def _with_front_routes(described: Json) -> None:
    for (path, method), (summary, row) in FRONT_ROWS.items():
        schema = _one_of(row.answer.each if isinstance(row.answer, Listed) else row.answer)
        if isinstance(row.answer, Listed):
            schema = {"type": "array", "items": schema}
        described["paths"].setdefault(path, {})[method.lower()] = {
            "tags": ["Orders" if (path, method) in ORDER_ROWS else "Broker"],
            "description": summary,
            "responses": {"200": {"content": {JSON: {"schema": schema}}}},
        }


def _complete(path: str, method: str, operation: Json, row: Row) -> None:
    """Say what the framework does not know of an operation, and in our words what it does."""
    operation["operationId"] = _operation_id(path, method)
    operation["summary"] = operation.pop("description").strip()
    operation.pop("deprecated", None)
    parameters: list[Json] = [
        {name: parameter[name] for name in ("name", "in", "required", "schema")}
        for parameter in operation.pop("parameters", [])
    ]
    parameters += _parameters(row.query)
    if row.instruction is not None:
        operation["x-instruction"] = row.instruction
        operation["security"] = [_SIGNED, _SESSION]
    elif row.by_cookie:
        operation["security"] = [_SESSION]
    if row.body is not NoneType:
        schema: Json = {"$ref": _ref(row.body)}
        if row.batch:
            schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": 20}
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if parameters:
        operation["parameters"] = parameters
    for status, answer in operation["responses"].items():
        answer["description"] = "Done." if status == "200" else "Signed in; go on to the terminal."
        answer.pop("headers", None)
        if answer.get("content", {}).get(JSON, {}).get("schema") == {"type": "string"}:
            del answer["content"]  # Bytes are not JSON: nothing is sent.
    operation["responses"] |= {
        str(status): {"$ref": f"#/components/responses/{status}"} if row.error is ErrorBody
        else _error(status, ERRORS[status], row.error)
        for status in _errors(method, row, has_parameters=bool(parameters))
    }


def _operation_id(path: str, method: str) -> str:
    """Such as `getTradesHistory`."""
    words = re.findall(r"[A-Za-z0-9]+", path)[2:]
    return method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _errors(method: str, row: Row, *, has_parameters: bool) -> list[int]:
    errors = {429, 500, 503, *row.errors}
    if row.instruction is not None or row.by_cookie:
        errors |= {400, 401} if method == "GET" else {400, 401, 403}
    if row.body is not NoneType:
        errors |= {400, 413}
    if has_parameters:
        errors.add(400)
    return sorted(errors)


def _parameters(query: type) -> Iterator[Json]:
    """A query's parameters; one that is left out is none at all, never null."""
    if query is NoneType:
        return
    shape = _components([query])[query.__name__]
    for name, schema in shape["properties"].items():
        required = name in shape.get("required", ())
        if not required:
            [schema] = [each for each in schema["anyOf"] if each != {"type": "null"}]
        yield {"name": name, "in": "query", "required": required, "schema": schema}


def _with_components(described: Json, controllers: Sequence[type[Controller]]) -> None:
    answered: set[type] = {ErrorBody, *_answers(controllers)}
    for _, row in FRONT_ROWS.values():
        answered.update(row.answer.each if isinstance(row.answer, Listed) else row.answer)
    schemas = _components(answered)
    for schema in schemas.values():
        # What has a default is there as well, as null where it has no value.
        schema["required"] = [
            name for name, member in schema["properties"].items()
            if name in schema.get("required", ()) or "default" in member
        ]
    asked = {row.body for row in ROWS.values()} | {row.body for _, row in FRONT_ROWS.values()}
    schemas |= _components(asked - {NoneType})
    described["components"] = {
        "schemas": dict(sorted(schemas.items())), "securitySchemes": SCHEMES,
        "responses": {
            str(status): _error(status, text, ErrorBody) for status, text in ERRORS.items()
        },
    }


def _answers(controllers: Sequence[type[Controller]]) -> Iterator[type[msgspec.Struct]]:
    """The types that routes answer with."""
    for controller in controllers:
        for handler in vars(controller).values():
            if isinstance(handler, HTTPRouteHandler) and handler.include_in_schema is not False:
                yield from _structs(handler.fn.__annotations__["return"])


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


def _one_of(types: Sequence[type]) -> Json:
    return {"anyOf": [{"$ref": _ref(each)} for each in types]}


def _ref(kind: type) -> str:
    return f"#/components/schemas/{kind.__name__}"


class Document:
    """The description as it is sent, made when it is first asked for."""

    def __init__(self, controllers: Sequence[type[Controller]], parts: Iterable[str]) -> None:
        self._controllers = controllers
        self._parts = tuple(parts)

    @cached_property
    def text(self) -> bytes:
        """JSON for people, too."""
        described = document(self._controllers, self._parts)
        return msgspec.json.format(msgspec.json.encode(described), indent=2)


class DocumentRoutes(Controller):
    """Where programs find what the API is."""

    include_in_schema = False

    @get(PATH)
    async def show(self, document: NamedDependency[Document]) -> Response[bytes]:
        """The description."""
        return Response(document.text, media_type=JSON)
