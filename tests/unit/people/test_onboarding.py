"""Signing people up, and what stops it."""

from base64 import b64decode
from collections.abc import AsyncIterator

import pytest
from nacl.signing import SigningKey

from outcry.adapters.memory.users import MemoryUsers
from outcry.engine.commands import CreateAccount
from outcry.engine.units import AccountId
from outcry.people.onboarding import (
    Onboarding,
    SignUpRefused,
    derived_key,
    normal_email,
    parse_deposits,
)
from outcry.ports.people import ApiKeyRecord
from rigs.gateway_venue import MemoryVenue, open_venue


@pytest.fixture
async def venue() -> AsyncIterator[MemoryVenue]:
    async with open_venue() as venue:
        yield venue


@pytest.fixture
def users() -> MemoryUsers:
    return MemoryUsers()


@pytest.fixture
def onboarding(venue: MemoryVenue, users: MemoryUsers) -> Onboarding:
    return onboarding_at(venue, users)


def onboarding_at(venue: MemoryVenue, users: MemoryUsers) -> Onboarding:
    return Onboarding(users=users, command_writer=venue.command_writer, venue=venue.views.venue)


async def test_a_user_has_one_account(onboarding: Onboarding, users: MemoryUsers) -> None:
    """Asking again finds what is there, also when an earlier try ended halfway."""
    await users.add_user("half@example.org")
    half = await onboarding.account("half@example.org")
    ann = await onboarding.account("ann@example.org")
    assert ann == await onboarding.account("ann@example.org")
    assert ann != half
    assert [1, 2] == sorted(users.ids.values())


async def test_money_comes_once_under_a_key(venue: MemoryVenue, onboarding: Onboarding) -> None:
    _, account_id = await onboarding.account("ann@example.org")
    assert not onboarding.has_held_anything(account_id)
    money = onboarding.money({"USDC": "10.5", "BTC": "0.00000001"})
    await onboarding.deposit(account_id, money, [5, 6])
    await onboarding.deposit(account_id, money, [5, 7])
    usdc, btc = (
        venue.views.venue.accounts.balance(account_id, asset.asset_id).free
        for asset, _ in money
    )
    assert (10_500_000, 2) == (usdc, btc)
    assert onboarding.has_held_anything(account_id)


async def test_a_key_belongs_to_user_and_account(
    onboarding: Onboarding, users: MemoryUsers
) -> None:
    user_id, account_id = await onboarding.account("ann@example.org")
    made = await onboarding.new_key(user_id, account_id, name="bot")
    public_key = b64decode(made.public_key)
    assert [
        (ApiKeyRecord(public_key, user_id, account_id, frozenset({"read", "trade"})), "bot")
    ] == users.keys
    assert public_key == SigningKey(b64decode(made.secret)).verify_key.encode()


@pytest.mark.parametrize(("deposits", "why"), [
    ({"X": "1"}, "unknown asset 'X': there are USDC, SOL, ETH, BTC"),
    ({"USDC": "1e3"}, "not an amount of USDC: '1e3'"),
    ({"USDC": "0.0000001"}, "too many decimals for USDC, which has 6: '0.0000001'"),
    ({"USDC": "0"}, "an amount of USDC must be above zero and sane: '0'"),
    ({"USDC": "-1"}, "an amount of USDC must be above zero and sane: '-1'"),
    ({"USDC": "9" * 20}, "an amount of USDC must be above zero and sane"),
])
async def test_money_that_cannot_be(
    onboarding: Onboarding, deposits: dict[str, str], why: str
) -> None:
    with pytest.raises(SignUpRefused) as refused:
        onboarding.money(deposits)
    assert str(refused.value).startswith(why)
    assert "\n" not in str(refused.value)


async def test_what_the_engine_refuses(onboarding: Onboarding) -> None:
    money = onboarding.money({"USDC": "1"})
    with pytest.raises(SignUpRefused, match="the engine refused: account not found"):
        await onboarding.deposit(AccountId(12345), money, [1])


async def test_an_engine_that_does_not_answer() -> None:
    """The command is in the journal all the same, and a repeat will find its account."""
    async with open_venue(patience_s=0.05) as venue:
        onboarding = onboarding_at(venue, MemoryUsers())
        venue.engine.answering = False
        with pytest.raises(SignUpRefused, match="try again"):
            await onboarding.account("ann@example.org")
        assert [CreateAccount(user_key=1)] == venue.journal_commands()


@pytest.mark.parametrize(("email", "normal"), [
    ("ann@example.org", "ann@example.org"), ("a.b+c@d-e.co.uk", "a.b+c@d-e.co.uk"),
    ("ä@例え.jp", "ä@例え.jp"), ("Ann.B@Example.ORG", "ann.b@example.org"),
    ("A\u0308@example.org", "\u00e4@example.org"),
])
def test_an_address_has_one_way_to_be_written(email: str, normal: str) -> None:
    assert normal == normal_email(email)


@pytest.mark.parametrize("email", [
    "", "ann", "@example.org", "ann@", "ann@example", "a b@example.org", "a@b@c.de",
    "ann@example.org\n", "a" * 65 + "@b.de", "a@" + "b" * 260 + ".de", "ann@.",
    "ann@127.0.0.1", "ann@[127.0.0.1]", "Ann <ann@example.org>", "ann@example.org\r\nBcc: b@c.de",
])
def test_what_is_no_address(email: str) -> None:
    with pytest.raises(SignUpRefused, match="not an e-mail address"):
        normal_email(email)


async def test_users_whom_no_mail_reaches(onboarding: Onboarding, users: MemoryUsers) -> None:
    """The venue makes some for itself; nobody can sign up as one of them."""
    await onboarding.account("maker@market-maker.invalid")
    assert {"maker@market-maker.invalid": 1} == users.ids
    with pytest.raises(SignUpRefused, match="not an e-mail address"):
        normal_email("maker@market-maker.invalid")


async def test_a_welcome_comes_once(venue: MemoryVenue, onboarding: Onboarding) -> None:
    """And not at all to who was given something else."""
    accounts = venue.views.venue.accounts
    user_id, account_id = await onboarding.account("ann@example.org")
    for _ in range(2):
        await onboarding.welcome(user_id, account_id, {"USDC": "5"})
    [usdc] = onboarding.money({"USDC": "5"})
    assert 5_000_000 == accounts.balance(account_id, usdc.asset.asset_id).free
    bob_id, bobs = await onboarding.account("bob@example.org")
    [sol] = onboarding.money({"SOL": "1"})
    await onboarding.deposit(bobs, [sol], [7])
    await onboarding.welcome(bob_id, bobs, {"USDC": "5"})
    assert 0 == accounts.balance(bobs, usdc.asset.asset_id).free


async def test_so_many_deposits_a_day(
    venue: MemoryVenue, onboarding: Onboarding, users: MemoryUsers
) -> None:
    """Whoever counts them and however often that one was started anew."""
    user_id, account_id = await onboarding.account("ann@example.org")
    other = Onboarding(users=users, command_writer=venue.command_writer, venue=venue.views.venue)
    came = [
        await asker.daily_deposit(user_id, account_id, {"USDC": "5"}, day=day, most=2)
        for day, asker in [
            (1, onboarding), (1, other), (1, onboarding), (1, other), (2, other),
        ]
    ]
    assert [True, True, False, False, True] == came
    [usdc] = onboarding.money({"USDC": "5"})
    balance = venue.views.venue.accounts.balance(account_id, usdc.asset.asset_id)
    assert 15_000_000 == balance.free


def test_deposits_as_text() -> None:
    assert {"USDC": "5000", "SOL": "1.5"} == parse_deposits("USDC=5000, SOL=1.5")
    assert {} == parse_deposits("")


@pytest.mark.parametrize("text", ["USDC", "USDC:5", "USDC=1,USDC=2"])
def test_what_is_no_list_of_deposits(text: str) -> None:
    with pytest.raises(SignUpRefused, match="not a list like"):
        parse_deposits(text)


def test_derived_keys_are_stable_and_apart() -> None:
    assert derived_key("welcome", 1, "USDC") == derived_key("welcome", 1, "USDC")
    assert derived_key("welcome", 1, "USDC") != derived_key("welcome", 11, "USDC")
    assert 0 <= derived_key("x") < 2**63
