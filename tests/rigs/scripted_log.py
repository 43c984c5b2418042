"""A venue's log without servers: commands go through the real engine and come out as entries."""

import msgspec

from outcry.engine.commands import (
    CancelOrder,
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
)
from outcry.engine.engine import Engine
from outcry.engine.events import Outcome
from outcry.engine.image import StateImage
from outcry.engine.snapshot import image_of
from outcry.engine.state import State
from outcry.engine.units import (
    GTC,
    IOC,
    LAST_PRICE,
    LIMIT,
    MARKET,
    REJECT_TAKER,
    AccountId,
    AssetId,
    InstrumentId,
    OrderId,
)
from outcry.projections.history import OrderRow
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    decode_outcome,
    encode_commands,
)

START_MS = 1_790_000_000_000
USDC = AssetId(1)
SOL = AssetId(2)
SOL_USDC = InstrumentId(1)
ALICE = AccountId(100)
BOB = AccountId(101)
RICH = 10**15


class ScriptedLog:
    """One writer and one engine. Time passes only when it is told to."""

    def __init__(self, now_ms: int = START_MS, writer: int = 7) -> None:
        self.engine = Engine(State())
        self.now_ms = now_ms
        self.writer = writer
        self.number = 0
        self.journal: list[JournalEntry] = []
        self.entries: list[EventsEntry] = []
        self.outcomes: list[Outcome] = []

    @property
    def packed(self) -> list[bytes]:
        """The commands of each entry."""
        return [entry.commands for entry in self.journal]

    @property
    def top(self) -> EntryId:
        """Id of the newest entry."""
        return self.entries[-1].id if self.entries else NOTHING_YET

    @property
    def digest(self) -> bytes:
        """The chain's digest there."""
        return self.entries[-1].digest if self.entries else FIRST_DIGEST

    def image(self) -> StateImage:
        """The engine's state as a snapshot would hold it."""
        return image_of(self.engine.state)

    def write(self, *commands: Command, after_ms: int = 0) -> Outcome:
        """Append one entry, `after_ms` later than the one before."""
        self.number += 1
        return self.write_raw(encode_commands(list(commands)), self.number, after_ms=after_ms)

    def write_raw(self, packed: bytes, number: int, *, after_ms: int = 0) -> Outcome:
        """Append an entry of any bytes under any number."""
        self.now_ms += after_ms
        previous = self.top
        seq = previous.seq + 1 if previous.ms == self.now_ms else 0
        journal = JournalEntry(EntryId(self.now_ms, seq), self.writer, number, packed)
        outcome = self.engine.apply(
            entry_ms=self.now_ms, writer=self.writer, number=number, commands=packed,
            quarantined=[],
        )
        digest = chain_digest(self.digest, journal, outcome)
        self.journal.append(journal)
        self.entries.append(EventsEntry(
            id=journal.id, writer=self.writer, number=number, outcome=outcome, previous=previous,
            digest=digest,
        ))
        self.outcomes.append(decode_outcome(outcome))
        return self.outcomes[-1]

    def open_market(self) -> None:
        """List SOL_USDC, tick and lot 0.01, and make Alice and Bob rich."""
        self.write(
            ListAsset(symbol="USDC", name="USD Coin", decimals=6),
            ListAsset(symbol="SOL", name="Solana", decimals=9),
            ListInstrument(
                symbol="SOL_USDC", base_asset_id=SOL, quote_asset_id=USDC,
                price_decimals=2, tick_size=1, quantity_decimals=2, lot_size=1,
                price_min=1, price_max=1_000_000, quantity_min=1, quantity_max=1_000_000,
                maker_fee_rate=200, taker_fee_rate=500,
            ),
        )
        for key, account_id in enumerate((ALICE, BOB), start=1):
            self.write(
                CreateAccount(user_key=key),
                Deposit(account_id=account_id, asset_id=USDC, amount=RICH, key=10 * key),
                Deposit(account_id=account_id, asset_id=SOL, amount=RICH, key=10 * key + 1),
            )

    def beat(self, after_ms: int = 250) -> Outcome:
        """A heartbeat."""
        return self.write(Heartbeat(), after_ms=after_ms)


def limit(
    account_id: AccountId, side: int, quantity: int, *, at: int, tif: int = GTC,
    client_id: int | None = None, post_only: bool = False, self_trade: int = REJECT_TAKER,
    conditions: Conditions | None = None,
) -> PlaceOrder:
    """A limit order on SOL_USDC."""
    return PlaceOrder(
        account_id=account_id, instrument_id=SOL_USDC, side=side, order_type=LIMIT, price=at,
        quantity=quantity, time_in_force=tif, client_id=client_id, post_only=post_only,
        self_trade=self_trade, conditions=conditions,
    )


def market(
    account_id: AccountId, side: int, quantity: int = 0, *, spend: int = 0,
    client_id: int | None = None, conditions: Conditions | None = None,
) -> PlaceOrder:
    """A market order on SOL_USDC, by quantity or by quote amount."""
    return PlaceOrder(
        account_id=account_id, instrument_id=SOL_USDC, side=side, order_type=MARKET,
        quantity=quantity, quote_amount=spend, time_in_force=IOC, client_id=client_id,
        conditions=conditions,
    )


def waits_for(price: int, *, follows: int = LAST_PRICE, direction: int = 0) -> Conditions:
    """A trigger at a price in ticks."""
    return Conditions(trigger=Trigger(price=price, follows=follows, direction=direction))


def exits(take_profit: int = 0, stop_loss: int = 0) -> Conditions:
    """Exits at market once the last trade was at these prices in ticks; 0 is none."""
    return Conditions(
        take_profit=Exit(trigger_price=take_profit) if take_profit else None,
        stop_loss=Exit(trigger_price=stop_loss) if stop_loss else None,
    )


def replacement(
    account_id: AccountId, order_id: int, *, price: int = 0, quantity: int = 0
) -> ReplaceOrder:
    """Another price or quantity for an order on SOL_USDC; 0 leaves it."""
    return ReplaceOrder(
        account_id=account_id, instrument_id=SOL_USDC, order_id=OrderId(order_id), price=price,
        quantity=quantity,
    )


def cancel(account_id: AccountId, order_id: int) -> CancelOrder:
    """Cancel an order on SOL_USDC."""
    return CancelOrder(
        account_id=account_id, instrument_id=SOL_USDC, order_id=OrderId(order_id)
    )


def quote(bid: int, ask: int, source_ms: int) -> SetQuote:
    """An outside quote for SOL_USDC."""
    return SetQuote(instrument_id=SOL_USDC, bid=bid, ask=ask, source_ms=source_ms)


def shown(order: OrderRow) -> OrderRow:
    """An order without the time that a snapshot does not say."""
    return msgspec.structs.replace(order, updated_ms=0)
