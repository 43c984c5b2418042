"""A log made by the real engine from random commands, for those who read logs.

Seeded: the same seed gives the same log, byte for byte.
"""

import random
from collections.abc import Sequence

from outcry.engine.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    ListInstrument,
    PlaceOrder,
    SetQuote,
    Withdraw,
)
from outcry.engine.engine import Engine
from outcry.engine.state import State
from outcry.engine.units import (
    BUY,
    FIRST_USER_ACCOUNT,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    SELL,
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
)
from outcry.protocol.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    encode_commands,
)

USDC, SOL, BTC = AssetId(1), AssetId(2), AssetId(3)
SOL_USDC, BTC_USDC = InstrumentId(1), InstrumentId(2)
MIDDLE = {SOL_USDC: 15_000, BTC_USDC: 600_000}
START_MS = 1_709_250_000_000  # The evening of 29 February 2024.
JUMPS_MS = (1_000, 60_000, 3_600_000, 86_400_000, 7 * 86_400_000, 40 * 86_400_000)

Entry = tuple[JournalEntry, EventsEntry]


class VenueLog:
    """A venue that grows entry by entry. `entries` is its log so far."""

    def __init__(self, seed: int, *, accounts: int = 6, start_ms: int = START_MS) -> None:
        self.random = random.Random(seed)
        self.engine = Engine(State())
        self.entries: list[Entry] = []
        self.at = EntryId(start_ms, 0)
        self.digest = FIRST_DIGEST
        self.number = 0
        self.keys = 0
        self.writer = self.random.getrandbits(63)
        self.accounts = [AccountId(FIRST_USER_ACCOUNT + place) for place in range(accounts)]
        self.genesis()

    def genesis(self) -> None:
        """List everything, open the accounts and give them money."""
        self.append(
            ListAsset(symbol="USDC", name="USD Coin", decimals=6),
            ListAsset(symbol="SOL", name="Solana", decimals=9),
            ListAsset(symbol="BTC", name="Bitcoin", decimals=8),
        )
        self.append(
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
        )
        self.append(*(CreateAccount(user_key=1000 + account) for account in self.accounts))
        for account in self.accounts:
            self.append(*(
                self.deposit(account, asset, 10**12) for asset in (USDC, SOL, BTC)
            ))

    def deposit(self, account: AccountId, asset: AssetId, amount: int) -> Deposit:
        self.keys += 1
        return Deposit(account_id=account, asset_id=asset, amount=amount, key=self.keys)

    def append(self, *commands: Command, later_ms: int = 1) -> Entry:
        """Append an entry of these commands, some time after the last one."""
        self.number += 1
        return self.append_raw(encode_commands(list(commands)), self.number, later_ms=later_ms)

    def append_raw(self, commands: bytes, number: int, *, later_ms: int = 1) -> Entry:
        """Append an entry of any bytes under any number."""
        ms, seq = self.at
        self.at = EntryId(ms + later_ms, 0) if later_ms else EntryId(ms, seq + 1)
        command = JournalEntry(self.at, self.writer, number, commands)
        outcome = self.engine.apply(
            entry_ms=self.at.ms, writer=self.writer, number=number, commands=commands,
            quarantined=[],
        )
        previous = self.entries[-1][0].id if self.entries else NOTHING_YET
        self.digest = chain_digest(self.digest, command, outcome)
        entry = EventsEntry(self.at, self.writer, number, outcome, previous, self.digest)
        self.entries.append((command, entry))
        return command, entry

    def trade(self, entries: int, *, commands_max: int = 8, jumps: bool = True) -> Sequence[Entry]:
        """Append random traffic; now and then an entry that is refused as a whole."""
        first = len(self.entries)
        for _ in range(entries):
            later_ms = self.random.choice((0, 1, 5, 40))
            if jumps and self.random.random() < 0.05:
                later_ms = self.random.choice(JUMPS_MS)
            chance = self.random.random()
            if chance < 0.02:
                self.append_raw(b"\xc1 nonsense", self.number + 1, later_ms=later_ms)
            elif chance < 0.04:
                self.append_raw(
                    encode_commands([self.command()]), self.number, later_ms=later_ms
                )
            else:
                count = self.random.randint(1, commands_max)
                self.append(*(self.command() for _ in range(count)), later_ms=later_ms)
        return self.entries[first:]

    def command(self) -> Command:
        """One random command."""
        choose = self.random.random
        account = self.random.choice(self.accounts)
        instrument = self.random.choice((SOL_USDC, BTC_USDC))
        if choose() < 0.7:
            return self.order(account, instrument)
        if choose() < 0.6:
            order_id = OrderId(self.random.randint(1, max(1, self.engine.state.last_order_id)))
            return CancelOrder(account_id=account, instrument_id=instrument, order_id=order_id)
        if choose() < 0.2:
            return CancelOrders(account_id=account, instrument_id=instrument)
        if choose() < 0.3:
            return self.deposit(account, self.random.choice((USDC, SOL, BTC)), 10**6)
        if choose() < 0.3:
            self.keys += 1
            return Withdraw(
                account_id=account, asset_id=SOL, amount=self.random.choice((5, 10**15)),
                key=self.keys,
            )
        if choose() < 0.3:
            return SetQuote(
                instrument_id=instrument, bid=150_000_000, ask=150_010_000, source_ms=self.at.ms
            )
        return Heartbeat() if choose() < 0.8 else CreateAccount(user_key=1000 + account)

    def order(self, account: AccountId, instrument: InstrumentId) -> PlaceOrder:
        """A random order, most of them near the middle."""
        side = self.random.choice((BUY, SELL))
        quantity = self.random.randint(1, 500)
        client_id = self.random.choice((None, self.random.getrandbits(32)))
        if self.random.random() < 0.2:
            by_amount = self.random.random() < 0.5
            return PlaceOrder(
                account_id=account, instrument_id=instrument, side=side, order_type=MARKET,
                quantity=0 if by_amount else quantity,
                quote_amount=self.random.randint(1, 10**9) if by_amount else 0,
                time_in_force=IOC, client_id=client_id,
            )
        middle = MIDDLE[instrument]
        return PlaceOrder(
            account_id=account, instrument_id=instrument, side=side, order_type=LIMIT,
            price=middle + self.random.randint(-20, 20), quantity=quantity,
            time_in_force=self.random.choice((GTC, GTC, GTC, IOC, FOK)), client_id=client_id,
            self_trade=self.random.choice((1, 2, 3)),
        )
