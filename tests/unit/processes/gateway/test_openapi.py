"""The API's description, held to the routes and to what reads their requests."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from outcry.api.backpack import orders, requests, withdrawals
from outcry.api.broker import answers, commands
from outcry.api.broker import requests as told
from outcry.processes.gateway.app import PARTS, ROUTES
from outcry.processes.gateway.described import ORDER_ROWS, ROWS
from outcry.processes.gateway.openapi import document
from outcry.processes.gateway.routes import broker as broker_route
from outcry.processes.gateway.routes import cfd as cfd_routes
from outcry.processes.gateway.routes.order import OrderRoutes
from rigs.gateway_venue import READS, open_venue

DOCUMENT = document(ROUTES, PARTS)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def served() -> set[tuple[str, str]]:
    """What is answered, as far as programs are meant to know of it."""
    found = set(OrderRoutes(None, views=None, sign_in=None)._routes)  # type: ignore[arg-type]
    found.add((broker_route.ENGINE, "POST"))
    for controller in ROUTES:
        if vars(controller).get("include_in_schema") is False:
            continue
        prefix = vars(controller).get("path", "")
        for handler in vars(controller).values():
            if isinstance(handler, HTTPRouteHandler):
                start = prefix if isinstance(prefix, str) else ""
                for path in handler.paths:
                    whole = re.sub(r":\w+}", "}", f"{start}{path}".rstrip("/"))
                    found |= {(whole, str(method)) for method in handler.http_methods}
    return found


def test_every_route_is_described_and_no_other() -> None:
    assert served() == {(path, method) for path, method, _ in operations()}
    assert set(ORDER_ROWS) == set(
        OrderRoutes(None, views=None, sign_in=None)._routes  # type: ignore[arg-type]
    )
    assert set(ROWS) <= served()


def test_what_is_not_public_says_who_may_call_it() -> None:
    for path, method, operation in operations():
        if operation["tags"] in (["Private"], ["Orders"]) or "/cfd/positions" in path:
            assert (path, method) in {**ROWS, **ORDER_ROWS}, f"{path} has no row in described.py"
            assert ["key", "timestamp", "signature"] == list(operation["security"][0]), path
            assert {"401"} <= operation["responses"].keys(), path
        elif operation["tags"] == ["Users"]:
            assert (path, method) in ROWS, f"{path} has no row in described.py"
        elif operation["tags"] != ["Broker"]:
            assert "security" not in operation, path


def test_instructions_are_those_that_clients_sign() -> None:
    """The tests of the routes sign by a table of their own."""
    described = {
        path: operation.get("x-instruction") for path, method, operation in operations()
        if method == "GET" and path in READS
    }
    assert READS == described


def test_operations_have_a_name_each_and_say_what_they_do() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    assert {"getTradesHistory", "postOrder", "deleteUserApiKeys"} <= set(names)
    for path, _, operation in operations():
        assert operation["summary"].endswith((".", "why not.")), path


def test_every_reference_leads_to_something() -> None:
    def references(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, member in value.items():
                if name == "$ref":
                    yield member
                yield from references(member)
        elif isinstance(value, list):
            for member in value:
                yield from references(member)

    used = set(references(DOCUMENT))
    there = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses")
        for name in DOCUMENT["components"][kind]
    }
    assert used <= there
    assert there - used == set(), "nobody uses it"


def test_everything_in_an_answer_is_always_there() -> None:
    """A client need not ask whether a member is missing: what has no value is null."""
    depth = DOCUMENT["components"]["schemas"]["DepthBody"]
    assert list(depth["properties"]) == depth["required"]
    market = DOCUMENT["components"]["schemas"]["MarketBody"]
    assert "fundingInterval" in market["required"]


@pytest.mark.parametrize(("described", "read"), [
    (requests.OrderRequest, orders._ORDER_FIELDS),
    (requests.OrderReplaceRequest, orders._REPLACE_FIELDS),
    (requests.OrderCancelRequest, orders._WHICH_FIELDS),
    (requests.OrdersCancelRequest, orders._CANCEL_ALL_FIELDS),
    (requests.WithdrawalRequest, withdrawals._FIELDS),
    (told.PositionOpenRequest, cfd_routes.OPENING),
    (told.PositionChangeRequest, cfd_routes.TRIGGERS | cfd_routes.MARGIN),
    (told.PositionCloseRequest, cfd_routes.MARGIN),
    (told.BrokerRequest, frozenset({"command"}).union(*commands.FIELDS.values())),
])
def test_bodies_have_the_fields_that_are_read(
    described: type[msgspec.Struct], read: frozenset[str]
) -> None:
    assert read == set(described.__struct_encode_fields__)


@pytest.mark.parametrize(("described", "sent"), [
    (told.BrokerAnswer, answers.Answer), (told.BrokerResponse, answers.EngineResponse),
])
def test_the_brokers_answers_have_the_fields_that_are_sent(
    described: type[msgspec.Struct], sent: type[msgspec.Struct]
) -> None:
    assert described.__struct_encode_fields__ == sent.__struct_encode_fields__


def test_words_are_those_that_are_read() -> None:
    properties = DOCUMENT["components"]["schemas"]["OrderRequest"]["properties"]
    assert set(orders._SIDES) == set(properties["side"]["enum"])
    assert set(orders._ORDER_TYPES) == set(properties["orderType"]["enum"])
    assert set(orders._TIMES_IN_FORCE) == set(properties["timeInForce"]["anyOf"][0]["enum"])
    assert set(orders._SELF_TRADES) == set(
        properties["selfTradePrevention"]["anyOf"][0]["enum"]
    )


def test_paths_come_in_order() -> None:
    """So that the document, and what is generated from it, only changes when the API does."""
    assert sorted(DOCUMENT["paths"]) == list(DOCUMENT["paths"])


async def test_it_is_served() -> None:
    async with open_venue() as venue:
        response = await venue.http.get("/api/v1/openapi.json")
        assert (200, "application/json; charset=utf-8") == (
            response.status_code, response.headers["content-type"]
        )
        assert json.loads(json.dumps(DOCUMENT)) == response.json()
