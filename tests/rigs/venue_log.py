"""A log made by the real engine from random commands, for those who read logs.

Seeded: the same seed gives the same log, byte for byte.
"""

import random
from collections.abc import Sequence

from outcry.engine.commands import (
    CancelOrder,
    CancelOrders,
    ChangeInstrument,
    Command,
    Conditions,
    CreateAccount,
    Deposit,
    Exit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    PlaceOrder,
    ReplaceOrder,
    SetQuote,
    Trigger,
    Withdraw,
)
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    FIRST_USER_ACCOUNT,
    FOK,
    GTC,
    IOC,
    LAST_PRICE,
    LIMIT,
    LIMIT_ONLY,
    MARK_PRICE,
    MARKET,
    OPEN,
    POST_ONLY,
    SELL,
    AccountId,
    AssetId,
    InstrumentId,
)
from outcry.wire.journal import EntryId, EventsEntry, JournalEntry, encode_commands
from rigs.scripted_log import SOL, SOL_USDC, USDC, ScriptedLog
from twin.cfd_traffic import CfdTraffic, contracts

BTC = AssetId(3)
BTC_USDC = InstrumentId(2)
MIDDLE = {SOL_USDC: 15_000, BTC_USDC: 600_000}  # Ticks,
TICK = {SOL_USDC: 10_000, BTC_USDC: 100_000}  # each so many millionths of a USDC.
SPREAD = 20  # Ticks from the middle to where the farthest orders are.
START_MS = 1_709_250_000_000  # The evening of 29 February 2024.
JUMPS_MS = (1_000, 60_000, 3_600_000, 86_400_000, 7 * 86_400_000, 40 * 86_400_000)
STATES = (OPEN, OPEN, POST_ONLY, LIMIT_ONLY, CANCEL_ONLY)

Entry = tuple[JournalEntry, EventsEntry]


class RandomCommands:
    """What a lively market could be asked next."""

    def __init__(
        self, chance: random.Random, log: ScriptedLog, accounts: int,
        instruments: Sequence[InstrumentId] = (SOL_USDC, BTC_USDC),
    ) -> None:
        self.random = chance
        self.log = log
        self.instruments = instruments
        self.accounts = [AccountId(FIRST_USER_ACCOUNT + place) for place in range(accounts)]
        self.keys = 0
        self.desk = CfdTraffic(chance, log)

    def genesis(self) -> list[list[Command]]:
        """List everything, open the accounts and give them money: an entry each."""
        return [
            [
                ListAsset(symbol="USDC", name="USD Coin", decimals=6),
                ListAsset(symbol="SOL", name="Solana", decimals=9),
                ListAsset(symbol="BTC", name="Bitcoin", decimals=8),
            ],
            [
                ListInstrument(
                    symbol="SOL_USDC", base_asset_id=SOL, quote_asset_id=USDC, price_decimals=2,
                    tick_size=1, quantity_decimals=2, lot_size=1, price_min=1, price_max=10**8,
                    quantity_min=1, quantity_max=10**8, maker_fee_rate=200, taker_fee_rate=500,
                ),
                ListInstrument(
                    symbol="BTC_USDC", base_asset_id=BTC, quote_asset_id=USDC, price_decimals=1,
                    tick_size=1, quantity_decimals=5, lot_size=1, price_min=1, price_max=10**8,
                    quantity_min=1, quantity_max=10**8, maker_fee_rate=-100, taker_fee_rate=700,
                ),
            ],
            contracts(),
            [CreateAccount(user_key=1000 + account) for account in self.accounts],
            *(
                [self.deposit(account, asset, 10**12) for asset in (USDC, SOL, BTC)]
                for account in self.accounts
            ),
        ]

    def deposit(self, account: AccountId, asset: AssetId, amount: int) -> Deposit:
        self.keys += 1
        return Deposit(account_id=account, asset_id=asset, amount=amount, key=self.keys)

    def command(self) -> Command:
        """One random command."""
        account = self.random.choice(self.accounts)
        instrument = self.random.choice(self.instruments)
        book = self.log.engine.state.books[instrument]
        if book.instrument.state != OPEN and self.random.random() < 0.2:
            return ChangeInstrument(instrument_id=instrument, state=OPEN)
        kind = self.random.random()
        if kind > 0.97 or kind < 0.1:
            return self.desk.command(account)
        if kind < 0.6:
            return self.order(account, instrument)
        if kind < 0.7:
            return self.waiting_order(account, instrument)
        if kind < 0.78:
            return self.replacement(account, instrument)
        if kind < 0.86:
            order_id = self.known(account, instrument)
            return CancelOrder(account_id=account, instrument_id=instrument, order_id=order_id)
        if kind < 0.91:
            return self.quote(instrument)
        return self.rare(account, instrument)

    def rare(self, account: AccountId, instrument: InstrumentId) -> Command:
        """What does not happen often."""
        kind = self.random.randrange(7)
        if kind == 0:
            return CancelOrders(
                account_id=account, instrument_id=instrument, kind=self.random.randrange(3)
            )
        if kind == 1:
            return self.deposit(account, self.random.choice((USDC, SOL, BTC)), 10**6)
        if kind == 2:
            self.keys += 1
            return Withdraw(
                account_id=account, asset_id=SOL, amount=self.random.choice((5, 10**15)),
                key=self.keys,
            )
        if kind == 3:
            return ChangeInstrument(
                instrument_id=instrument, state=self.random.choice(STATES),
                taker_fee_rate=self.random.choice((None, 500, 900)),
            )
        if kind == 4:
            return CreateAccount(user_key=1000 + account)
        return Heartbeat()

    def known(self, account: AccountId, instrument: InstrumentId) -> int:
        """The id of an open order of the account, or of any there ever was."""
        state = self.log.engine.state
        seat = state.accounts[account].seats.get(instrument)
        if seat is not None and seat.orders and self.random.random() < 0.7:
            return self.random.choice(list(seat.orders))
        return self.random.randint(1, max(1, state.last_order_id))

    def price(self, instrument: InstrumentId) -> int:
        return MIDDLE[instrument] + self.random.randint(-SPREAD, SPREAD)

    def quantity(self) -> int:
        """Mostly some lots; at times more than anybody can pay."""
        if self.random.random() < 0.02:
            return 10**8
        return self.random.randint(1, 500)

    def order(
        self, account: AccountId, instrument: InstrumentId, trigger: Trigger | None = None
    ) -> PlaceOrder:
        """A random order near the middle, which may have a trigger, and exits."""
        by_share = trigger is not None and trigger.share_rate != 0
        quantity = 0 if by_share else self.quantity()
        client_id = self.random.choice((None, self.random.getrandbits(32)))
        side = self.random.choice((BUY, SELL))
        conditions = self.conditions(instrument, side, trigger)
        if self.random.random() < 0.25:
            by_amount = not by_share and self.random.random() < 0.5
            return PlaceOrder(
                account_id=account, instrument_id=instrument, side=side, order_type=MARKET,
                quantity=0 if by_amount else quantity,
                quote_amount=self.random.randint(1, 10**9) if by_amount else 0,
                time_in_force=IOC, client_id=client_id, conditions=conditions,
            )
        post_only = self.random.random() < 0.1
        time_in_force = GTC if post_only else self.random.choice((GTC, GTC, GTC, IOC, FOK))
        return PlaceOrder(
            account_id=account, instrument_id=instrument, side=side, order_type=LIMIT,
            price=self.price(instrument), quantity=quantity, time_in_force=time_in_force,
            post_only=post_only, client_id=client_id, self_trade=self.random.choice((1, 2, 3)),
            conditions=conditions,
        )

    def conditions(
        self, instrument: InstrumentId, side: int, trigger: Trigger | None
    ) -> Conditions | None:
        """Every fifth order has one exit or both."""
        profit: Exit | None = None
        loss: Exit | None = None
        if self.random.random() < 0.2:
            kind = self.random.randrange(3)
            if kind != 0:
                profit = self.exit(instrument, side * self.random.randint(1, SPREAD))
            if kind != 1:
                loss = self.exit(instrument, -side * self.random.randint(1, SPREAD))
        if trigger is None and profit is None and loss is None:
            return None
        return Conditions(trigger=trigger, take_profit=profit, stop_loss=loss)

    def exit(self, instrument: InstrumentId, distance: int) -> Exit:
        return Exit(
            trigger_price=MIDDLE[instrument] + distance,
            follows=self.random.choice((LAST_PRICE, MARK_PRICE)),
            limit_price=self.random.choice((0, self.price(instrument))),
        )

    def waiting_order(self, account: AccountId, instrument: InstrumentId) -> PlaceOrder:
        """An order that waits for the last price or the mark."""
        return self.order(account, instrument, Trigger(
            price=self.price(instrument),
            follows=self.random.choice((LAST_PRICE, MARK_PRICE)),
            direction=self.random.choice((0, 0, 1, -1)),
            share_rate=self.random.choice((0, 0, 0, 1, 10_000, 1_000_000)),
        ))

    def replacement(self, account: AccountId, instrument: InstrumentId) -> ReplaceOrder:
        """Another price, another quantity, or both."""
        return ReplaceOrder(
            account_id=account, instrument_id=instrument, order_id=self.known(account, instrument),
            price=self.random.choice((0, self.price(instrument))),
            quantity=self.random.choice((0, self.random.randint(1, 600))),
        )

    def quote(self, instrument: InstrumentId) -> SetQuote:
        """An outside quote whose middle may be between two ticks."""
        bid = self.price(instrument) * TICK[instrument] + self.random.choice((0, 1, 5_000))
        ask = bid + self.random.choice((0, 1, TICK[instrument]))
        return SetQuote(
            instrument_id=instrument, bid=bid, ask=ask, source_ms=self.log.now_ms
        )


class VenueLog:
    """A venue that grows entry by entry. `entries` is its log so far."""

    def __init__(self, seed: int, *, accounts: int = 6, start_ms: int = START_MS) -> None:
        self.random = random.Random(seed)
        self.script = ScriptedLog(start_ms, self.random.getrandbits(63))
        self.entries: list[Entry] = []
        self.commands = RandomCommands(self.random, self.script, accounts)
        self.accounts = self.commands.accounts
        for commands in self.commands.genesis():
            self.append(*commands)

    @property
    def at(self) -> EntryId:
        """Id of the newest entry."""
        return self.script.top

    def deposit(self, account: AccountId, asset: AssetId, amount: int) -> Deposit:
        return self.commands.deposit(account, asset, amount)

    def append(self, *commands: Command, later_ms: int = 1) -> Entry:
        """Append an entry of these commands, some time after the last one."""
        self.script.write(*commands, after_ms=later_ms)
        return self._keep()

    def append_raw(self, commands: bytes, number: int, *, later_ms: int = 1) -> Entry:
        """Append an entry of any bytes under any number."""
        self.script.write_raw(commands, number, after_ms=later_ms)
        return self._keep()

    def trade(self, entries: int, *, commands_max: int = 8, jumps: bool = True) -> Sequence[Entry]:
        """Append random traffic; now and then an entry that is refused as a whole."""
        first = len(self.entries)
        for _ in range(entries):
            later_ms = self.random.choice((0, 1, 5, 40))
            if jumps and self.random.random() < 0.05:
                later_ms = self.random.choice(JUMPS_MS)
            chance = self.random.random()
            if chance < 0.02:
                number = self.script.number + 1
                self.append_raw(b"\xc1 nonsense", number, later_ms=later_ms)
            elif chance < 0.04:
                packed = encode_commands([self.commands.command()])
                self.append_raw(packed, self.script.number, later_ms=later_ms)
            else:
                count = self.random.randint(1, commands_max)
                commands = [self.commands.command() for _ in range(count)]
                self.append(*commands, later_ms=later_ms)
        return self.entries[first:]

    def _keep(self) -> Entry:
        entry = (self.script.journal[-1], self.script.entries[-1])
        self.entries.append(entry)
        return entry


def random_log(seed: int, entries: int) -> ScriptedLog:
    """The log of a lively market of two people."""
    log = VenueLog(seed, accounts=2)
    log.trade(entries, commands_max=4, jumps=False)
    return log.script
