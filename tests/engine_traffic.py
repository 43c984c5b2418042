"""Random entries for the engine: every command there is, colliding, poor, absurd and broken.

Whatever is random comes from one `Random`, so that a seed, or Hypothesis, repeats a run.
"""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import msgspec

from outcry.engine.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    OpenVenue,
    PlaceOrder,
    SetQuote,
    Withdraw,
)
from outcry.engine.units import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL
from outcry.protocol.journal import encode_commands

START_MS = 1_790_000_000_000
ABSURD = (0, 1, -1, 2, 99, 2**31, 2**32, 2**62 - 1, 2**62, 2**63 - 1, -(2**63), 2**63, 2**64 - 1)
PAUSES_MS = (0, 0, 0, 0, 1, 1, 5, 40, 499, 500, 1_000, 60_000)
LONG_PAUSES_MS = (599_999, 600_000, 3_599_999, 3_600_000, 86_400_000)
CLIENT_IDS = 40
WRITERS = (1, 7, 2**63 - 1)
NAMES = ("SOL_USD", "SOL_USD", "USD", "EUR", "SOL", "BTC", "A_B", "", "A B", "\0", "é", "x" * 70)


class Entry(NamedTuple):
    """An entry as the engine gets it."""

    ms: int
    writer: int
    number: int
    commands: bytes
    quarantined: list[int]


class OpenOrder(NamedTuple):
    """What names an open order."""

    order_id: int
    account_id: int
    instrument_id: int


class Traffic:
    """Entries without end. `open_orders` tells what is worth canceling."""

    def __init__(self, random: Random, open_orders: Callable[[], list[OpenOrder]]) -> None:
        self.random = random
        self.now_ms = START_MS
        self._open_orders = open_orders
        self._numbers = dict.fromkeys(WRITERS, 0)
        self._keys = 0
        self._accounts = random.randint(2, 6)
        self._instruments = 3
        self._to_repeat = 0

    def first_entries(self) -> list[Entry]:
        """A market with three unlike instruments, and people who are rich or poor."""
        return [
            self._entry([
                OpenVenue(venue_id="random"),
                ListAsset(symbol="USD", name="Dollar", decimals=2),
                ListAsset(symbol="SOL", name="Solana", decimals=3),
                ListAsset(symbol="BTC", name="Bitcoin", decimals=9),
                self._listing("SOL_USD", base=2, quote=1),
                self._listing(
                    "BTC_USD", base=3, quote=1, quantity_decimals=2, maker_fee_rate=333,
                    taker_fee_rate=70_777, price_band_rate=400_000, impact_rate=120_000,
                ),
                self._listing(
                    "BTC_SOL", base=3, quote=2, price_decimals=3, quantity_decimals=1, tick_size=5,
                    lot_size=2, maker_fee_rate=-40_111, taker_fee_rate=50_999, quantity_max=25,
                ),
            ]),
            self._entry([CreateAccount(user_key=key + 1) for key in range(self._accounts)]),
            self._entry([
                Deposit(
                    account_id=100 + number, asset_id=asset_id, key=self._key(),
                    amount=self.random.choice((10**3, 10**6, 10**9, 10**14)),
                )
                for number in range(self._accounts) for asset_id in (1, 2, 3)
            ]),
        ]

    def entry(self, commands_max: int) -> Entry:
        """One entry: mostly sound, now and then refused as a whole."""
        random = self.random
        count = random.randint(1, commands_max) if random.random() < 0.7 else 1
        if random.random() < 0.01:
            return self._entry_after_a_long_pause(count)
        if self._to_repeat:
            # Whoever was forgotten may use its old numbers again.
            self._to_repeat -= 1
            entry = self._entry([self._command() for _ in range(count)])
            return entry._replace(number=max(1, entry.number - 3))
        self.now_ms += random.choice(PAUSES_MS)
        commands = [self._command() for _ in range(count)]
        entry = self._entry(commands, deadline_ms=self._deadline_ms())
        chance = random.random()
        if chance < 0.02:
            return entry._replace(commands=self._broken(entry.commands))
        if chance < 0.04:
            return entry._replace(number=entry.number - random.randint(1, 3))
        if chance < 0.05:
            return entry._replace(quarantined=[random.randrange(count)])
        return entry

    def _entry_after_a_long_pause(self, count: int) -> Entry:
        """To the millisecond when something is forgotten, or not yet."""
        self.now_ms += self.random.choice(LONG_PAUSES_MS)
        self._to_repeat = self.random.choice((0, 2))
        return self._entry([Heartbeat(), *(self._command() for _ in range(count))])

    def _entry(self, commands: list[Command], *, deadline_ms: int = 0) -> Entry:
        writer = self.random.choice(WRITERS)
        self._numbers[writer] += self.random.choice((1, 1, 1, 2))
        packed = encode_commands(commands, deadline_ms=deadline_ms)
        return Entry(self.now_ms, writer, self._numbers[writer], packed, [])

    def _deadline_ms(self) -> int:
        if self.random.random() < 0.9:
            return 0
        return self.now_ms + self.random.choice((-1, 0, 1, 5_000, -self.now_ms))

    def _broken(self, packed: bytes) -> bytes:
        place = self.random.randrange(len(packed))
        if self.random.random() < 0.3:
            return packed[:place]
        changed = bytes([self.random.randrange(256)])
        return packed[:place] + changed + packed[place + 1 :]

    def _command(self) -> Command:
        command = self._sound_command()
        if self.random.random() < 0.04:
            return self._with_an_absurd_field(command)
        return command

    def _with_an_absurd_field(self, command: Command) -> Command:
        fields = [
            name for name in command.__struct_fields__
            if type(getattr(command, name)) is int or name == "client_id"
        ]
        if not fields:
            return command
        changed: dict[str, Any] = {self.random.choice(fields): self.random.choice(ABSURD)}
        return msgspec.structs.replace(command, **changed)

    def _sound_command(self) -> Command:
        random = self.random
        chance = random.random()
        account_id = 100 + random.randrange(self._accounts)
        if random.random() < 0.02:
            account_id = random.choice((0, 1, 2, 99))
        instrument_id = random.randint(1, self._instruments)
        if chance < 0.72:
            return self._order(account_id, instrument_id)
        if chance < 0.875:
            return self._cancel(account_id, instrument_id)
        if chance < 0.88:
            return CancelOrders(account_id=account_id, instrument_id=instrument_id)
        if chance < 0.93:
            return Deposit(
                account_id=account_id, asset_id=random.randint(1, 3), key=self._key(),
                amount=random.choice((0, 1, 777, 10**6, 10**9, 10**9, 10**12, 10**12, 2**62 - 1)),
            )
        if chance < 0.95:
            return Withdraw(
                account_id=account_id, asset_id=random.randint(1, 3), key=self._key(),
                amount=random.choice((1, 500, 10**5, 10**9)),
            )
        return self._rare_command(instrument_id)

    def _rare_command(self, instrument_id: int) -> Command:
        random = self.random
        kind = random.randrange(6)
        if kind == 0:
            return CreateAccount(user_key=random.randint(0, 7))
        if kind == 1:
            return OpenVenue(venue_id=random.choice(("again", "")))
        if kind == 2:
            decimals = random.randint(-1, 10)
            return ListAsset(symbol=random.choice(NAMES), name="Some", decimals=decimals)
        if kind == 3:
            rules = {
                name: random.randint(-1, 3)
                for name in ("price_decimals", "quantity_decimals", "tick_size", "lot_size")
            }
            return self._listing(
                random.choice(NAMES), base=random.randint(1, 4), quote=random.randint(1, 4), **rules
            )
        if kind == 4:
            source_ms = self.now_ms + random.choice((0, -1, -5_000, -5_001, 1, 5_001))
            bid = random.randint(-1, 50)
            return SetQuote(
                instrument_id=instrument_id, bid=bid, ask=bid + random.randint(-1, 3),
                source_ms=source_ms,
            )
        return Heartbeat()

    def _order(self, account_id: int, instrument_id: int) -> PlaceOrder:
        random = self.random
        side = random.choice((BUY, SELL))
        limit = random.random() < 0.85
        by_amount = not limit and random.random() < 0.5
        post_only = limit and random.random() < 0.1
        tif = GTC if post_only or random.random() < 0.8 else random.choice((GTC, IOC, FOK))
        return PlaceOrder(
            account_id=account_id, instrument_id=instrument_id, side=side,
            order_type=LIMIT if limit else MARKET,
            price=self._price(side) if limit else 0,
            quantity=0 if by_amount else random.choice((1, 2, 3, 7, 20, 50, random.randint(0, 60))),
            quote_amount=self._amount() if by_amount else 0,
            time_in_force=tif, post_only=post_only,
            client_id=random.choice((None, None, random.randint(1, CLIENT_IDS))),
            self_trade=random.randint(1, 3),
        )

    def _price(self, side: int) -> int:
        """Mostly beside the middle, so that books are deep; at times across it, or at an end."""
        chance = self.random.random()
        if chance < 0.02:
            return self.random.choice((4, 5, 30, 31))
        if chance < 0.4:
            return self.random.randint(10, 24)
        return self.random.randint(14 - 3 * side, 20 - 3 * side)

    def _amount(self) -> int:
        """A quote amount: often a whole number of lots, to hit the last unit exactly."""
        if self.random.random() < 0.5:
            return self.random.randint(1, self.random.choice((1_500, 40_000)))
        lots = self.random.randint(1, 30) * self.random.randint(10, 24) * 100
        return lots + self.random.choice((0, 0, -1, 1))

    def _cancel(self, account_id: int, instrument_id: int) -> CancelOrder:
        random = self.random
        chance = random.random()
        if chance < 0.3:
            client_id = random.randint(1, CLIENT_IDS)
            return CancelOrder(
                account_id=account_id, instrument_id=instrument_id, client_id=client_id
            )
        known = self._open_orders()
        if known and chance < 0.9:
            order_id, account_id, instrument_id = random.choice(known)
        else:
            order_id = random.randint(0, 500)
        return CancelOrder(account_id=account_id, instrument_id=instrument_id, order_id=order_id)

    def _listing(self, symbol: str, *, base: int, quote: int, **rules: int) -> ListInstrument:
        given: dict[str, Any] = {
            "price_decimals": 0, "tick_size": 1, "quantity_decimals": 0, "lot_size": 1,
            "price_min": 5, "price_max": 30, "quantity_min": 1, "quantity_max": 50,
            "maker_fee_rate": 0, "taker_fee_rate": 0, **rules,
        }
        return ListInstrument(symbol=symbol, base_asset_id=base, quote_asset_id=quote, **given)

    def _key(self) -> int:
        if self.random.random() < 0.95:
            self._keys += 1
        return self._keys
