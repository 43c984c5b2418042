"""The numbers of the broker's commands: every spelling of one is the same, and bounds are named."""

import random
from typing import Any

import pytest

from rigs.gateway_venue import MemoryVenue

from .test_broker import OURS, quote, sign_in

OPEN = {
    "command": '"CREATE_TRADE"', "asset": '"SOL_USDC"', "direction": '"LONG"', "margin": "10",
    "leverage": "100", "stopLossPrice": "150", "takeProfitPrice": "250",
}


async def tell(venue: MemoryVenue, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Send a command whose values are JSON as it is written here."""
    body = ",".join(f'"{name}":{value}' for name, value in fields.items())
    answer = await venue.http.post(
        "/api/v1/engine", content=f"{{{body}}}".encode(), headers=OURS
    )
    return answer.status_code, answer.json()


def spelled(chance: random.Random, number: int) -> str:
    """A whole number above zero, in one of the ways of JSON."""
    exponent = chance.randrange(-30, 30)
    zeros = "0" * chance.randrange(50)
    if exponent < 0:
        text = f"{number}{'0' * -exponent}"
    else:
        digits = str(number).rjust(exponent + 1, "0")
        text = f"{digits[: len(digits) - exponent]}.{digits[len(digits) - exponent :]}"
        text = text + zeros if exponent else text + zeros + "0"
    mark = chance.choice("eE") + (chance.choice(("", "+")) if exponent >= 0 else "")
    return f"{text}{mark}{exponent}"


async def test_every_spelling_of_every_field_is_the_same_number(venue: MemoryVenue) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    await sign_in(venue)
    await quote(venue, 200)
    _, plain = await tell(venue, OPEN)
    expected = plain["engineResponse"]["data"]
    expected.pop("tradeId")
    for leverage in ("100.0", "1e2", "1E+2", "1000e-1", "0.1e3", *[None] * 60):
        fields = OPEN | {
            "margin": spelled(chance, 10), "leverage": leverage or spelled(chance, 100),
            "stopLossPrice": spelled(chance, 150), "takeProfitPrice": spelled(chance, 250),
        }
        status, answer = await tell(venue, fields)
        assert status == 200, (fields, answer)
        opened = answer["engineResponse"]["data"]
        trade_id = opened.pop("tradeId")
        assert expected == opened, fields
        close = {"command": '"CLOSE_TRADE"', "tradeId": f'"{trade_id}"'}
        close["margin"] = spelled(chance, 4)
        status, answer = await tell(venue, close)
        assert (200, 4) == (status, answer["engineResponse"]["data"]["marginReturned"]), close
        assert 200 == (await tell(venue, close | {"margin": "6"}))[0]


@pytest.mark.parametrize(("field", "value", "message"), [
    ("margin", "0", "margin must be above 0"),
    ("margin", "-1e1", "margin must be above 0"),
    ("margin", "1e-7", "margin must be at least 0.000001"),
    ("margin", "0.009", "margin must be at least 0.01"),
    ("margin", "1e30", "margin must be at most 4611686018427.387903"),
    ("margin", "4611686018427.387904", "margin must be at most 4611686018427.387903"),
    ("margin", '"10"', "margin must be a number, not a string"),
    ("margin", "true", "margin must be a number, such as 12.5"),
    ("margin", "null", "margin is missing"),
    ("leverage", "9", "leverage must be a whole number from 10 to 1000, in tenths"),
    ("leverage", "10.5", "leverage must be a whole number from 10 to 1000, in tenths"),
    ("leverage", "1e4", "leverage must be a whole number from 10 to 1000, in tenths"),
    ("leverage", '"100"', "leverage must be a number, not a string"),
    ("stopLossPrice", "0", "stopLossPrice must be above 0"),
    ("stopLossPrice", "1e-9", "stopLossPrice must be at least 0.000001"),
    ("takeProfitPrice", "1e300", "takeProfitPrice must be at most 4611686018427.387903"),
    ("takeProfitPrice", '"250"', "takeProfitPrice must be a number, not a string"),
])
async def test_a_refusal_names_the_bound(
    venue: MemoryVenue, field: str, value: str, message: str
) -> None:
    await sign_in(venue)
    await quote(venue, 200)
    status, answer = await tell(venue, OPEN | {field: value})
    assert (400, message) == (status, answer["error"])


async def test_a_part_that_is_too_large(venue: MemoryVenue) -> None:
    await sign_in(venue)
    await quote(venue, 200)
    _, opened = await tell(venue, OPEN)
    trade_id = opened["engineResponse"]["data"]["tradeId"]
    close = {"command": '"CLOSE_TRADE"', "tradeId": f'"{trade_id}"'}
    message = "margin must be at most the margin of the trade, or leave at least 0.01"
    for margin in ("10.000001", "9.995"):
        assert message == (await tell(venue, close | {"margin": margin}))[1]["error"]
    for number in (trade_id, f"{trade_id}.0", "true"):
        status, answer = await tell(venue, close | {"tradeId": number})
        assert (400, 'tradeId must be a string, such as "7"') == (status, answer["error"])
    assert "tradeId is missing" == (await tell(venue, close | {"tradeId": "null"}))[1]["error"]
