"""Random entries for the exchange: every command it has, colliding, poor, absurd and broken.

Whatever is random comes from one `Random`, so that a seed, or Hypothesis, repeats a run.
"""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import msgspec

from outcry.engine.commands import (
    CancelOrders,
    ChangeInstrument,
    Command,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    OpenVenue,
    PlaceOrder,
    SetQuote,
    SetQuoteRules,
    UseRules,
    Withdraw,
)
from outcry.engine.rules import RULES_KNOWN
from outcry.engine.units import (
    ALL_ORDERS,
    BUY,
    CANCEL_ONLY,
    CLOSED,
    LIMIT_ONLY,
    OPEN,
    POST_ONLY,
    SELL,
    WAITING_ORDERS,
)
from outcry.wire.journal import decode_commands, encode_commands
from twin.random_orders import OpenOrder, RandomOrders

START_MS = 1_790_000_000_000
ABSURD = (0, 1, -1, 2, 99, 2**31, 2**32, 2**62 - 1, 2**62, 2**63 - 1, -(2**63), 2**63, 2**64 - 1)
PAUSES_MS = (0, 0, 0, 0, 1, 1, 5, 40, 499, 500, 1_000, 60_000)
LONG_PAUSES_MS = (599_999, 600_000, 3_599_999, 3_600_000, 86_400_000)
MARK_UNITS = {1: 1, 2: 10, 3: 5}  # Of the first instruments: a tick in units of outside prices.
WRITERS = (1, 7, 2**63 - 1)
NAMES = ("SOL_USD", "SOL_USD", "USD", "EUR", "SOL", "BTC", "A_B", "", "A B", "\0", "é", "x" * 70)


WORDS_OF_CFDS = ("Contract", "Position", "Margin", "Session", "House", "Shortfall", "Calendar")


def of_the_exchange(kind: type) -> bool:
    """Whether a command or an event is about something else than contracts."""
    return not any(word in kind.__name__ for word in WORDS_OF_CFDS)


class Entry(NamedTuple):
    """An entry as the engine gets it."""

    ms: int
    writer: int
    number: int
    commands: bytes
    quarantined: list[int]


class Traffic(RandomOrders):
    """Entries without end. `open_orders` tells what is worth canceling."""

    def __init__(self, random: Random, open_orders: Callable[[], list[OpenOrder]]) -> None:
        super().__init__(random, open_orders)
        self.now_ms = START_MS
        self._numbers = dict.fromkeys(WRITERS, 0)
        self._keys = 0
        self._accounts = random.randint(2, 6)
        self._instruments = 3
        self._to_mend: list[ChangeInstrument] = []  # What ends a halt, or narrow bounds.
        self._to_repeat = 0

    def first_entries(self) -> list[Entry]:
        """A market with three unlike instruments, and people who are rich or poor."""
        return [
            self._entry([
                OpenVenue(venue_id="random"),
                ListAsset(symbol="USD", name="Dollar", decimals=2),
                ListAsset(symbol="SOL", name="Solana", decimals=3),
                ListAsset(symbol="BTC", name="Bitcoin", decimals=9),
                self._listing("SOL_USD", base=2, quote=1, mark_decimals=0),
                self._listing(
                    "BTC_USD", base=3, quote=1, quantity_decimals=2, maker_fee_rate=333,
                    taker_fee_rate=70_777, price_band_rate=400_000, impact_rate=120_000,
                    mark_decimals=1,
                ),
                self._listing(
                    "BTC_SOL", base=3, quote=2, price_decimals=3, quantity_decimals=1, tick_size=5,
                    lot_size=2, maker_fee_rate=-40_111, taker_fee_rate=50_999, quantity_max=25,
                    mark_decimals=3,
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
        broken = packed[:place] + bytes([self.random.randrange(256)]) + packed[place + 1 :]
        try:
            commands = decode_commands(broken).commands
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return broken
        # One byte makes a contract of an instrument, and of those this traffic knows nothing.
        fine = all(of_the_exchange(type(each)) and not _stops(each) for each in commands)
        return broken if fine else packed[:place]

    def _command(self) -> Command:
        command = self._sound_command()
        if self.random.random() < 0.04:
            absurd = self._with_an_absurd_field(command)
            return command if _stops(absurd) else absurd
        return command

    def _with_an_absurd_field(self, command: Command) -> Command:
        fields = [
            name for name in command.__struct_fields__
            if type(getattr(command, name)) is int or name == "client_id"
        ]
        if not fields:
            return command
        changed: dict[str, Any] = {self.random.choice(fields): self.random.choice(ABSURD)}
        if isinstance(command, PlaceOrder) and command.conditions and self.random.random() < 0.5:
            conditions = self.with_an_absurd_part(command.conditions, self.random.choice(ABSURD))
            changed = {"conditions": conditions}
        return msgspec.structs.replace(command, **changed)

    def _sound_command(self) -> Command:
        random = self.random
        chance = random.random()
        account_id = 100 + random.randrange(self._accounts)
        if random.random() < 0.02:
            account_id = random.choice((0, 1, 2, 99))
        instrument_id = random.randint(1, self._instruments)
        if chance < 0.63:
            return self.order(account_id, instrument_id)
        if chance < 0.745:
            return self.cancel(account_id, instrument_id)
        if chance < 0.75:
            return CancelOrders(
                account_id=account_id, instrument_id=instrument_id,
                kind=random.randint(ALL_ORDERS, WAITING_ORDERS + 1),
            )
        if chance < 0.82:
            return self.replace(account_id, instrument_id)
        if chance < 0.88:
            return self._quote(instrument_id)
        if chance < 0.885:
            return self._quote_rules(instrument_id)
        if chance < 0.9:
            return self._change(instrument_id)
        if chance < 0.94:
            return Deposit(
                account_id=account_id, asset_id=random.randint(1, 3), key=self._key(),
                amount=random.choice((0, 1, 777, 10**6, 10**9, 10**9, 10**12, 10**12, 2**62 - 1)),
            )
        if chance < 0.955:
            return Withdraw(
                account_id=account_id, asset_id=random.randint(1, 3), key=self._key(),
                amount=random.choice((1, 500, 10**5, 10**9)),
            )
        return self._rare_command()

    def _rare_command(self) -> Command:
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
            return UseRules(version=random.choice((*RULES_KNOWN, 0, -1)))
        return Heartbeat()

    def _quote(self, instrument_id: int) -> SetQuote:
        """Around the prices of the book, in halves of its ticks; now and then nonsense."""
        random = self.random
        source_ms = self.now_ms
        if random.random() < 0.1:
            source_ms += random.choice((-1, -5_000, -5_001, 1, 5_001))
        tick = MARK_UNITS.get(instrument_id, 1)
        bid = self.price(random.choice((BUY, SELL))) * tick
        if random.random() < 0.05:
            bid = random.choice((-1, 0, 1))
        return SetQuote(
            instrument_id=instrument_id, bid=bid, source_ms=source_ms,
            ask=bid + random.choice((0, 0, tick, 1, -1 if random.random() < 0.1 else 2)),
        )

    def _quote_rules(self, instrument_id: int) -> SetQuoteRules:
        """Bounds inside which some of the quotes are, and no bounds again."""
        random = self.random
        return SetQuoteRules(
            instrument_id=instrument_id,
            band_rate=random.choice((None, 0, 100_000, 100_000, 250_000, 400_000)),
            spread_max_rate=random.choice((None, 0, 0, 50_000, 120_000, -1)),
        )

    def _change(self, instrument_id: int) -> ChangeInstrument:
        """A halt, an opening, other fees or bounds; sometimes contradictions."""
        random = self.random
        if self._to_mend and random.random() < 0.6:
            return self._to_mend.pop(random.randrange(len(self._to_mend)))
        kind = random.choice((0, 1, 2, 3, 4, 4, 4, 5))
        if kind < 2:
            self._to_mend.append(ChangeInstrument(instrument_id=instrument_id, state=OPEN))
            state = random.choice((POST_ONLY, LIMIT_ONLY, LIMIT_ONLY, CANCEL_ONLY, CLOSED, 6))
            return ChangeInstrument(instrument_id=instrument_id, state=state)
        if kind == 2:
            taker = random.choice((0, 777, 50_999, 333_333, 700_000))
            maker = random.choice((0, 200, -taker, -taker // 2, -taker - 1))
            return ChangeInstrument(
                instrument_id=instrument_id, maker_fee_rate=maker, taker_fee_rate=taker
            )
        if kind == 3:
            self._to_mend.append(
                ChangeInstrument(instrument_id=instrument_id, open_orders_max=1_000)
            )
            return ChangeInstrument(
                instrument_id=instrument_id,
                open_orders_max=random.choice((0, 3, 3, 9, 9, 20)),
                quantity_min=random.choice((1, 1, 1, 3)), quantity_max=random.choice((50, 50, 40)),
            )
        if kind == 4:
            self._to_mend.append(
                ChangeInstrument(instrument_id=instrument_id, price_min=5, price_max=30)
            )
            low, high = random.choice(((15, 30), (18, 30), (5, 17), (5, 19), (9, 8)))
            return ChangeInstrument(instrument_id=instrument_id, price_min=low, price_max=high)
        return ChangeInstrument(
            instrument_id=instrument_id, impact_rate=random.choice((0, 0, 120_000, 300_000)),
            price_band_rate=random.choice((None, 0, 0, 400_000, 200_000)),
        )

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


def _stops(command: Command) -> bool:
    """Whether it asks for rules the engine has not, before which that stops."""
    return isinstance(command, UseRules) and command.version > 0 and (
        command.version not in RULES_KNOWN
    )
