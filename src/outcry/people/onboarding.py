"""Sign-up of a user: an account, initial money, and an API key.

It spans two systems, PostgreSQL and the engine. Each step may be repeated and finds the result of
an earlier try: the account belongs to the user's id, and a deposit has a key that is taken once.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from email_validator import EmailNotValidError, validate_email
from nacl.signing import SigningKey

from outcry.engine.commands import Command, CreateAccount, Deposit
from outcry.engine.events import AccountCreated, AssetListed, CommandRejected, Deposited, Event
from outcry.engine.rejects import REJECT_NAMES, RejectReason
from outcry.engine.units import AMOUNT_MAX, AccountId
from outcry.log.command_writer import CommandWriter, OutcomeUnknown, Overloaded
from outcry.ports.people import NEW_KEYS, ApiKeyRecord, UserStore
from outcry.projections.venue import VenueView
from outcry.wire.decimals import NotADecimal, TooManyDecimals, parse_decimal

NOBODYS_DOMAIN: Final = ".invalid"


class SignUpRefused(Exception):
    """A user cannot be signed up; the message is one line for people."""


class EngineSilent(SignUpRefused):
    """The engine did not answer in time; the request may be repeated."""


class AssetAmount(NamedTuple):
    """So much of an asset, in its smallest unit."""

    asset: AssetListed
    amount: int


class NewKey(NamedTuple):
    """A new key, with the secret half that nothing stores."""

    public_key: str  # Both base64.
    secret: str


def generated_key() -> tuple[bytes, NewKey]:
    """The public half of a new key in bytes, and both halves as text."""
    secret = SigningKey.generate()
    public_key = secret.verify_key.encode()
    return public_key, NewKey(b64encode(public_key).decode(), b64encode(secret.encode()).decode())


class Onboarding:
    """Signs users up. `venue` has the assets and the balances."""

    def __init__(
        self, *, users: UserStore, command_writer: CommandWriter, venue: VenueView
    ) -> None:
        self._users = users
        self._command_writer = command_writer
        self._venue = venue

    def money(self, deposits: Mapping[str, str]) -> list[AssetAmount]:
        """Amounts by asset symbol, as people write them; raises `SignUpRefused`."""
        return [self._money(symbol, text) for symbol, text in deposits.items()]

    async def account(self, email: str) -> tuple[int, AccountId]:
        """The user with an address, and their account; both are made when they are not there.

        Addresses at `.invalid` are those of users that the venue makes for itself.
        """
        own = email.endswith(NOBODYS_DOMAIN)
        user_id = await self._users.add_user(email if own else normal_email(email))
        known = self._venue.accounts.account_of_user(user_id)
        if known is not None:
            return user_id, known
        [event] = await self._ask(CreateAccount(user_key=user_id))
        assert isinstance(event, AccountCreated)
        return user_id, event.account_id

    async def claim_account(self, user_id: int) -> bool:
        """Note that a user asked for the account they have; False when they had before."""
        return await self._users.claim_account(user_id)

    def has_held_anything(self, account_id: AccountId) -> bool:
        """Whether an account was ever given money."""
        return bool(self._venue.accounts.balances(account_id))

    async def welcome(
        self, user_id: int, account_id: AccountId, deposits: Mapping[str, str]
    ) -> None:
        """Deposit the initial money into an account that never had any, once."""
        if self.has_held_anything(account_id):
            return
        money = self.money(deposits)
        keys = [derived_key("welcome", user_id, asset.symbol) for asset, _ in money]
        await self.deposit(account_id, money, keys)

    async def daily_deposit(
        self, user_id: int, account_id: AccountId, deposits: Mapping[str, str], *, day: int,
        most: int,
    ) -> bool:
        """Bring money in, up to `most` times on a day; False when that often was reached.

        The journal counts: each of the day's deposits has a key, which is taken once, whichever
        gateway is asked and however often it was started since.
        """
        money = self.money(deposits)
        for number in range(most):
            keys = [
                derived_key("daily", user_id, asset.symbol, day, number) for asset, _ in money
            ]
            if await self.deposit(account_id, money, keys):
                return True
        return False

    async def deposit(
        self, account_id: AccountId, money: Sequence[AssetAmount], keys: Sequence[int]
    ) -> bool:
        """Bring money in, each sum under its key; one whose key was taken is there already.

        Returns whether anything came in now.
        """
        if not money:
            return False
        events = await self._ask(*(
            Deposit(
                account_id=account_id, asset_id=asset.asset_id, amount=amount, key=key
            )
            for (asset, amount), key in zip(money, keys, strict=True)
        ))
        for event in events:
            taken = isinstance(event, CommandRejected) and event.reason == RejectReason.KEY_USED
            assert taken or isinstance(event, Deposited)
        return any(isinstance(event, Deposited) for event in events)

    async def new_key(
        self, user_id: int, account_id: AccountId, *, name: str,
        scopes: frozenset[str] = NEW_KEYS,
    ) -> NewKey:
        """Make a key for an account."""
        public_key, made = generated_key()
        await self._users.add_api_key(
            ApiKeyRecord(public_key, user_id, account_id, scopes), name=name
        )
        return made

    def _money(self, symbol: str, text: str) -> AssetAmount:
        listing = self._venue.listing
        asset = listing.asset(symbol)
        if asset is None:
            known = ", ".join(asset.symbol for asset in listing.assets.values())
            raise SignUpRefused(f"unknown asset {symbol!r}: there are {known or 'none yet'}")
        try:
            amount = parse_decimal(text, asset.decimals)
        except NotADecimal:
            raise SignUpRefused(f"not an amount of {symbol}: {text!r}") from None
        except TooManyDecimals:
            raise SignUpRefused(
                f"too many decimals for {symbol}, which has {asset.decimals}: {text!r}"
            ) from None
        if not 0 < amount < AMOUNT_MAX:
            raise SignUpRefused(f"an amount of {symbol} must be above zero and sane: {text!r}")
        return AssetAmount(asset, amount)

    async def _ask(self, *commands: Command) -> list[Event]:
        """First event of each command's answer; raises `SignUpRefused` unless a key was taken."""
        try:
            answers = await self._command_writer.submit(*commands)
        except (OutcomeUnknown, Overloaded):
            raise EngineSilent("the engine does not answer; try again, it is safe") from None
        firsts = [events[0] for events in answers]
        for event in firsts:
            if isinstance(event, CommandRejected) and event.reason != RejectReason.KEY_USED:
                if event.reason == RejectReason.TOO_LATE:
                    raise EngineSilent("the engine was too busy; try again, it is safe")
                reason = REJECT_NAMES[event.reason].lower().replace("_", " ")
                raise SignUpRefused(f"the engine refused: {reason}")
        return firsts


def normal_email(email: str) -> str:
    """An address in the one way in which it is stored: lower case, composed characters.

    Raises `SignUpRefused`, also for the reserved domains that no mail reaches.
    """
    try:
        found = validate_email(email, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise SignUpRefused(f"not an e-mail address: {email[:80]!r}") from None
    return found.normalized.lower()


def parse_deposits(text: str) -> dict[str, str]:
    """Read `USDC=5000,SOL=10`; raises `SignUpRefused`."""
    deposits: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        symbol, equals, amount = part.strip().partition("=")
        if not equals or symbol in deposits:
            raise SignUpRefused(f"not a list like USDC=5000,SOL=10: {text!r}")
        deposits[symbol] = amount
    return deposits


def derived_key(*parts: object) -> int:
    """A deposit's key that is the same each time it is derived from the same parts; 63 bits."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1
