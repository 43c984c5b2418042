"""The API's description, held to the routes and to what reads their requests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from outcry.api.backpack.words import ORDER_TYPES, SELF_TRADES, SIDES, TIMES_IN_FORCE
from outcry.processes.gateway.app import PARTS, ROUTES
from outcry.processes.gateway.declaration import Route
from outcry.processes.gateway.openapi import document
from rigs.gateway_venue import TABLE, open_venue

DOCUMENT = document(ROUTES, PARTS)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_every_route_is_described_and_no_other() -> None:
    assert {(route.path, route.method) for route in TABLE} == {
        (path, method) for path, method, _ in operations()
    }
    assert len(TABLE) == len(list(operations()))


@pytest.mark.parametrize("route", TABLE, ids=named)
def test_an_operation_says_what_its_route_declares(route: Route) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    declared = route.declaration
    assert [route.tag] == operation["tags"]
    assert declared.instruction == operation.get("x-instruction")
    schemes = [list(way) for way in operation.get("security", ())]
    assert schemes == (
        [["key", "timestamp", "signature"], ["session"]] if declared.instruction
        else [["session"]] if declared.by_cookie else []
    )
    assert ("401" in operation["responses"]) >= declared.is_private
    assert {str(status) for status in declared.errors} <= operation["responses"].keys()
    parameters = {each["name"]: each["required"] for each in operation.get("parameters", ())}
    for fields, required in ((declared.query.required, True), (declared.query.optional, False)):
        assert all(parameters[field.name] is required for field in fields)
    assert (declared.body is not None) == ("requestBody" in operation)
    if declared.body is not None:
        schema = DOCUMENT["components"]["schemas"][declared.body.name]
        assert declared.body.names == set(schema["properties"])
        assert [field.name for field in declared.body.required] == schema["required"]


@pytest.mark.parametrize("route", [
    route for route in TABLE if route.tag in ("Private", "Orders")
], ids=named)
def test_a_private_route_names_its_instruction(route: Route) -> None:
    assert route.declaration.instruction is not None


@pytest.mark.parametrize("route", [
    route for route in TABLE if route.tag in ("Public", "Always empty")
], ids=named)
def test_a_public_route_is_open(route: Route) -> None:
    assert not route.declaration.is_private


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


def test_words_are_those_that_are_read() -> None:
    properties = DOCUMENT["components"]["schemas"]["OrderRequest"]["properties"]
    assert set(SIDES.values()) == set(properties["side"]["enum"])
    assert set(ORDER_TYPES.values()) == set(properties["orderType"]["enum"])
    assert set(TIMES_IN_FORCE.values()) == set(properties["timeInForce"]["anyOf"][0]["enum"])
    assert set(SELF_TRADES.values()) == set(
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
