"""Requests that nobody thought of, held to what the API's description promises.

schemathesis makes them from the description, fitting and unfitting ones. They are signed as they
are sent, so that they get past the door; some come with a cookie, with less, or with nonsense.

`FUZZ_EXAMPLES` is how many of each kind a route gets, `FUZZ_SEED` repeats a run.
"""

import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import outcry.testing
from outcry.api.backpack.bodies import parse_batch, parse_members
from outcry.api.backpack.errors import ApiError
from outcry.api.broker.commands import COMMANDS
from outcry.client import ApiKey
from outcry.processes.gateway.app import PARTS, ROUTES
from outcry.processes.gateway.http import query_of
from outcry.processes.gateway.openapi import document
from outcry.testing.venue import Venue
from rigs.patience import PATIENCE_S

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "15"))
ATTEMPTS = 5  # By chance none of so few examples may get through.
SEED = int(os.environ.get("FUZZ_SEED", str(secrets.randbits(32))))



def without_tuples(schema: Any) -> Any:
    """The same schema where each place of a tuple is of one type: schemathesis 4.32 turns tuples
    into an older draft's, and then finds that they are not of this one.
    """
    if isinstance(schema, list):
        return [without_tuples(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: without_tuples(member) for name, member in schema.items()}
    if "prefixItems" in plain:
        first, *others = plain.pop("prefixItems")
        assert all(other == first for other in others)
        plain["items"] = first
    return plain


SCHEMA = schemathesis.openapi.from_dict(without_tuples(document(ROUTES, PARTS)))
SCHEMA.config.generation.with_security_parameters = False
OPERATIONS = {
    operation["operationId"]: SCHEMA[path][method.upper()]
    for path, item in SCHEMA.raw_schema["paths"].items() for method, operation in item.items()
}
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]
# Only a mail has the token that is answered with more than a refusal; its tests are elsewhere.
NEEDS_A_MAIL = {"getUserSigninPost", "postUserSigninPost"}
# Only to be had where contracts are listed.
NEEDS_A_CONTRACT = {
    "postCfdPositions", "deleteCfdPositionsTradeId", "patchCfdPositionsTradeId", "getPrice",
    "postEngine",
}
# Each element of a batch is refused by itself, in an answer that is none itself.
ANSWERS_EACH = {"postOrders"}

SIGNED, COOKIE, NOBODY, STALE, WRONG = CALLERS = ("signed", "cookie", "nobody", "stale", "wrong")
MOSTLY_LET_IN = st.sampled_from([SIGNED] * 6 + [COOKIE] * 6 + [NOBODY, STALE, WRONG])

# What a request that shall get far says, where it says anything of that name.
PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "symbol": st.just("SOL_USDC"), "price": st.sampled_from(["99", "100", "100.5", 101]),
    "quantity": st.sampled_from(["0.01", "1", 2]), "quoteQuantity": st.just("10"),
    "clientId": st.integers(0, 50), "triggerPrice": st.sampled_from(["90", "110"]),
    "triggerQuantity": st.sampled_from(["1", "80%"]), "startTime": st.just(1_795_000_000),
    "interval": st.just("1d"), "blockchain": st.just("Solana"), "address": st.just("elsewhere"),
    "email": st.just("somebody@example.com"), "name": st.just("bot"),
    "margin": st.just(10), "leverage": st.just(20), "direction": st.just("LONG"),
}
EXITS = {
    f"{kind}{field}" for kind in ("takeProfit", "stopLoss")
    for field in ("TriggerPrice", "LimitPrice", "TriggerBy")
}
OF_AN_ASSET = ("limits/withdrawal", "limits/borrow", "capital/withdrawals")


class Rig:
    """A venue with a market, and everybody who may call."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.user = venue.user(USDC="1000000", SOL="10000")
        self.http = requests.Session()
        self.cookie = self._sign_in()
        venue.set_quote("SOL_USDC", "100", "100.5")
        self.assets: list[str] = requests.get(
            f"{venue.url}/api/v1/supportedAssets", timeout=PATIENCE_S
        ).json()
        venue.set_book("SOL_USDC", bids=[("99", "100000")], asks=[("101", "100000")])

    def _sign_in(self) -> str:
        answer = requests.post(f"{self.venue.url}/api/v1/user/demo", timeout=PATIENCE_S)
        assert answer.status_code == 200, answer.text
        return answer.headers["Set-Cookie"].partition(";")[0]

    def resting_order(self, caller: str) -> str:
        """The id of a new order of a caller's, which rests."""
        body = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "50",
                "quantity": "0.01"}
        answer = self.send("POST", "/api/v1/order", caller, "orderExecute", json=body)
        return str(answer.json().get("id", 1))

    def position(self, caller: str) -> str:
        """The id of a new position of a caller's."""
        body = {"asset": self.assets[0], "direction": "LONG", "margin": 10, "leverage": 20}
        answer = self.send("POST", "/api/v1/cfd/positions", caller, "cfdPositionOpen", json=body)
        return str(answer.json().get("tradeId", 1))

    def new_key(self) -> str:
        """A key of the user who is signed in."""
        body = {"name": "bot"}
        answer = self.send("POST", "/api/v1/user/api-keys", COOKIE, None, json=body)
        return str(answer.json()["apiKey"])

    def send(
        self, method: str, path: str, caller: str, instruction: str | None, **more: Any
    ) -> requests.Response:
        """Send something as somebody."""
        return self.send_prepared(
            requests.Request(method, self.venue.url + path, **more), caller, instruction
        )

    def send_prepared(
        self, request: requests.Request, caller: str, instruction: str | None
    ) -> requests.Response:
        prepared = request.prepare()
        if caller == COOKIE:
            prepared.headers["Cookie"] = self.cookie
            prepared.headers["Origin"] = self.venue.url
        elif caller != NOBODY and instruction is not None:
            prepared.headers.update(self._signature(prepared, caller, instruction))
        return self.http.send(prepared, timeout=PATIENCE_S, allow_redirects=False)

    def _signature(
        self, prepared: requests.PreparedRequest, caller: str, instruction: str
    ) -> dict[str, str]:
        """Headers that sign a request as it will arrive, if it can be read at all."""
        body = prepared.body or b""
        body = body.encode() if isinstance(body, str) else body
        try:
            if prepared.method == "GET":
                parts = [query_of((prepared.url or "").partition("?")[2].encode())]
            elif (prepared.url or "").endswith("/orders") and prepared.method == "POST":
                parts = [dict(each) for each in parse_batch(body)]
            else:
                parts = [dict(parse_members(body))]
        except ApiError:
            parts = [{}]
        late_ms = 60_000 if caller == STALE else 0
        window = str(prepared.headers.get("X-Window", "5000"))
        user = self.user
        key = ApiKey(
            user.api_key, user.api_secret, window_ms=window,  # type: ignore[arg-type] # As sent.
            clock_ms=lambda: time.time_ns() // 1_000_000 - late_ms,
        )
        return key.headers("nonsense" if caller == WRONG else instruction, parts)


@pytest.fixture
def rig() -> Iterator[Rig]:
    load_all_checks()
    with outcry.testing.exchange() as venue:
        yield Rig(venue)


def make_plausible(data: st.DataObject, rig: Rig, caller: str, case: Case) -> None:
    """Have a request say what the venue knows, so that it comes further than the first check."""
    for members in parts_of(case):
        if "side" in members and "orderType" in members:
            make_plausible_order(data, members)
        for name in PLAUSIBLE.keys() & members.keys():
            members[name] = data.draw(PLAUSIBLE[name])
        if "orderId" in members and "limit" not in members:
            members.pop("clientId", None)
            members["orderId"] = rig.resting_order(caller)
        elif case.method in ("PATCH", "DELETE") and "clientId" in members:
            members["orderId"] = rig.resting_order(caller)
            del members["clientId"]
        if "symbol" in members and any(part in case.path for part in OF_AN_ASSET):
            members["symbol"] = "USDC"
            members |= {"clientId": secrets.token_hex()} if "clientId" in members else {}
        if "apiKey" in members:
            members["apiKey"] = rig.new_key()
    if rig.assets:
        make_plausible_trade(rig, caller, case)


def make_plausible_trade(rig: Rig, caller: str, case: Case) -> None:
    """Have it be about a contract that is listed, and a position that is open."""
    if "trade_id" in case.path_parameters:
        case.path_parameters["trade_id"] = rig.position(caller)
    for members in parts_of(case):
        for name in ("stopLossPrice", "takeProfitPrice"):
            members.pop(name, None)
        if "command" in members:
            fields = COMMANDS[members["command"]].names - {"stopLossPrice", "takeProfitPrice"}
            members |= dict.fromkeys(fields, 20)
            for name in members.keys() - fields - {"command"}:
                del members[name]
            members |= {"direction": "LONG"} if "direction" in fields else {}
        if "asset" in members:
            members["asset"] = rig.assets[0]
        if "tradeId" in members:
            members["tradeId"] = rig.position(COOKIE)


def make_plausible_order(data: st.DataObject, members: dict[str, Any]) -> None:
    """Leave out what contradicts the rest, and add what is missing."""
    for name in ("reduceOnly", "slippageTolerance", "slippageToleranceType", "postOnly", *EXITS):
        members.pop(name, None)
    by_trigger = members.get("triggerPrice") is not None and data.draw(st.booleans())
    for name in ("triggerPrice", "triggerQuantity", "quantity", "quoteQuantity", "price"):
        members.pop(name, None)
    members |= {"triggerPrice": "", "triggerQuantity": ""} if by_trigger else {"quantity": ""}
    if not by_trigger:
        members.pop("triggerBy", None)
    if members["orderType"] == "Limit":
        members["price"] = ""


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_described_is_what_happens(name: str, rig: Rig) -> None:
    """No mistake of ours, no status, header or shape that is not written down."""
    operation = OPERATIONS[name]
    raw = operation.definition.raw
    reached: Counter[int] = Counter()

    def case_of(mode: GenerationMode) -> st.SearchStrategy[Case]:
        return operation.as_strategy(generation_mode=mode)

    def run(mode: GenerationMode, more: int = 0) -> None:
        @seed(SEED + more)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=case_of(mode), caller=MOSTLY_LET_IN, data=st.data())
        def hold(case: Case, caller: str, data: st.DataObject) -> None:
            fits = mode is GenerationMode.POSITIVE
            if fits and data.draw(st.integers(0, 9)) < 8:
                make_plausible(data, rig, caller, case)
            answer = rig.send_prepared(
                requests.Request(**case.as_transport_kwargs(base_url=rig.venue.url)), caller,
                raw.get("x-instruction"),
            )
            reached[answer.status_code] += 1
            refused = not fits and name not in ANSWERS_EACH
            checks = [*CHECKS, negative_data_rejection] if refused else CHECKS
            case.validate_response(answer, checks=checks)
            if "security" in raw and caller in (NOBODY, STALE, WRONG):
                assert answer.status_code in (400, 401, 413, 429), "let in without a signature"

        hold()

    excused = NEEDS_A_MAIL if rig.assets else NEEDS_A_MAIL | NEEDS_A_CONTRACT
    for more in range(ATTEMPTS):
        run(GenerationMode.POSITIVE, more)
        if name in excused or any(status < 400 for status in reached):
            break
    else:
        raise AssertionError(f"nothing got through: {reached}")
    if raw.get("parameters") or raw.get("requestBody"):
        run(GenerationMode.NEGATIVE)
    print(f"{name}: {dict(sorted(reached.items()))}, FUZZ_SEED={SEED}")


def parts_of(case: Case) -> Iterator[dict[str, Any]]:
    """The objects in a request that have members."""
    for part in (case.query, case.body):
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, dict):
                yield each
