"""A venue's log without servers: commands go through the real engine and come out as entries."""

from random import Random

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
from outcry.engine.events import Outcome
from outcry.engine.image import StateImage
from outcry.engine.snapshot import image_of
from outcry.engine.state import State
from outcry.engine.units import (
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    REJECT_BOTH,
    REJECT_MAKER,
    REJECT_TAKER,
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

    WRITER = 7

    def __init__(self, now_ms: int = START_MS) -> None:
        self.engine = Engine(State())
        self.now_ms = now_ms
        self.entries: list[EventsEntry] = []
        self.outcomes: list[Outcome] = []
        self.packed: list[bytes] = []  # The commands of each entry.

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
        self.now_ms += after_ms
        previous = self.top
        seq = previous.seq + 1 if previous.ms == self.now_ms else 0
        number = len(self.entries) + 1
        packed = encode_commands(list(commands))
        journal = JournalEntry(EntryId(self.now_ms, seq), self.WRITER, number, packed)
        outcome = self.engine.apply(
            entry_ms=self.now_ms, writer=self.WRITER, number=number, commands=packed,
            quarantined=[],
        )
        self.packed.append(packed)
        self.entries.append(EventsEntry(
            id=journal.id, writer=self.WRITER, number=number, outcome=outcome, previous=previous,
            digest=chain_digest(self.digest, journal, outcome),
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
) -> PlaceOrder:
    """A limit order on SOL_USDC."""
    return PlaceOrder(
        account_id=account_id, instrument_id=SOL_USDC, side=side, order_type=LIMIT, price=at,
        quantity=quantity, time_in_force=tif, client_id=client_id, post_only=post_only,
        self_trade=self_trade,
    )


def market(
    account_id: AccountId, side: int, quantity: int = 0, *, spend: int = 0,
    client_id: int | None = None,
) -> PlaceOrder:
    """A market order on SOL_USDC, by quantity or by quote amount."""
    return PlaceOrder(
        account_id=account_id, instrument_id=SOL_USDC, side=side, order_type=MARKET,
        quantity=quantity, quote_amount=spend, time_in_force=IOC, client_id=client_id,
    )


def cancel(account_id: AccountId, order_id: int) -> CancelOrder:
    """Cancel an order on SOL_USDC."""
    return CancelOrder(
        account_id=account_id, instrument_id=SOL_USDC, order_id=OrderId(order_id)
    )


def quote(bid: int, ask: int, source_ms: int) -> SetQuote:
    """An outside quote for SOL_USDC."""
    return SetQuote(instrument_id=SOL_USDC, bid=bid, ask=ask, source_ms=source_ms)


def random_log(seed: int, entries: int) -> ScriptedLog:
    """A log of a lively market; the same seed gives the same log."""
    chance = Random(seed)
    log = ScriptedLog()
    log.open_market()
    for _ in range(entries):
        commands = [random_command(chance, log) for _ in range(chance.choice((1, 1, 1, 2, 5)))]
        log.write(*commands, after_ms=chance.choice((0, 1, 40, 700, 20_000)))
    return log


def random_command(chance: Random, log: ScriptedLog) -> Command:
    """Something a lively market could be asked next."""
    account_id = chance.choice((ALICE, BOB))
    side = chance.choice((BUY, SELL))
    kind = chance.random()
    if kind < 0.55:
        return limit(
            account_id, side, chance.randint(1, 30), at=chance.randint(95, 105),
            tif=chance.choice((GTC, GTC, GTC, IOC, FOK)),
            client_id=chance.choice((None, chance.randint(1, 2**32 - 1))),
            self_trade=chance.choice((REJECT_TAKER, REJECT_MAKER, REJECT_BOTH)),
        )
    if kind < 0.65:
        return market(account_id, side, chance.randint(1, 60))
    if kind < 0.75:
        return market(account_id, side, spend=chance.randint(1, 500_000))
    if kind < 0.9:
        return cancel(account_id, chance.randint(1, max(1, log.engine.state.last_order_id)))
    if kind < 0.92:
        return CancelOrders(account_id=account_id, instrument_id=SOL_USDC)
    if kind < 0.94:
        return Withdraw(
            account_id=account_id, asset_id=USDC, amount=chance.randint(1, 1000),
            key=chance.randint(1000, 10**9),
        )
    if kind < 0.97:
        bid = chance.randint(900_000, 1_000_000)
        return quote(bid, bid + chance.randint(0, 10_000), log.now_ms)
    return Heartbeat()
