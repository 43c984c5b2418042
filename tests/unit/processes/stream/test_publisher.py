"""What is said of each event, and by the clock."""

from itertools import pairwise
from typing import Any

import msgspec
from msgspec import structs

from outcry.api.backpack.stream import PRIVATE, parse_stream
from outcry.engine.commands import (
    Command,
    Conditions,
    Exit,
    ListContract,
    ListInstrument,
    ReplaceOrder,
    SetQuote,
    Trigger,
    Withdraw,
)
from outcry.engine.events import QuoteSet
from outcry.engine.units import BUY, IOC, REJECT_MAKER, SELL, AccountId, InstrumentId, OrderId
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.publisher import Publisher
from outcry.projections.venue import VenueView
from outcry.wire.journal import decode_outcome
from rigs.fake_socket import Listener
from rigs.scripted_log import (
    ALICE,
    BOB,
    RICH,
    SOL,
    SOL_USDC,
    USDC,
    ScriptedLog,
    cancel,
    limit,
    market,
    quote,
)

SYMBOL = "SOL_USDC"


class Show:
    """A market, its publisher, and one listener."""

    def __init__(self, *streams: str, account_id: AccountId | None = None) -> None:
        self.log = ScriptedLog()
        self.hub = Hub()
        self.venue = VenueView()
        self.publisher = Publisher(self.venue, self.hub, now_us=lambda: 7)
        self.log.open_market()
        self.told = 0
        self.tell()
        self.listener = Listener()
        for text in streams:
            stream = parse_stream(text)
            self.hub.subscribe(
                self.listener.connection, stream, account_id if stream.kind in PRIVATE else None
            )

    def write(self, *commands: Command, after_ms: int = 1) -> None:
        """One entry, told as a run of its own."""
        self.log.write(*commands, after_ms=after_ms)
        self.tell()

    def tell(self) -> None:
        """Tell all entries written since, as one run."""
        entries = self.log.entries[self.told :]
        self.publisher.on_entries([(entry, decode_outcome(entry.outcome)) for entry in entries])
        self.told = len(self.log.entries)

    def beats(self, count: int) -> None:
        for _ in range(count):
            self.publisher.beat()

    def data(self) -> list[dict[str, Any]]:
        return [frame["data"] for frame in self.listener.frames()]


def test_every_change_of_the_book_is_one_depth_frame() -> None:
    """The heartbeat's empty change of a quiet book as well: else a quiet stream is silent."""
    show = Show(f"depth.{SYMBOL}")
    show.write(limit(ALICE, BUY, 5, at=99))
    show.write(limit(ALICE, BUY, 5, at=99), limit(BOB, SELL, 2, at=99))
    show.log.beat(600)
    show.tell()

    frames = show.data()
    first = frames[0]["U"]
    assert [(first, first), (first + 1, first + 1), (first + 2, first + 2)] == [
        (frame["U"], frame["u"]) for frame in frames
    ]
    assert [[["0.99", "0.05"]], [["0.99", "0.08"]], []] == [frame["b"] for frame in frames]
    assert show.log.now_ms * 1000 == frames[2]["T"]


def test_the_top_of_the_book_is_told_when_it_changed_and_once_a_run() -> None:
    show = Show(f"bookTicker.{SYMBOL}")
    show.log.write(limit(ALICE, BUY, 5, at=99))
    show.log.write(limit(ALICE, BUY, 5, at=98))
    show.log.write(limit(ALICE, SELL, 5, at=103))
    show.tell()
    show.write(limit(ALICE, BUY, 5, at=97))  # Deeper in the book.
    show.write(cancel(ALICE, 3))

    frames = show.data()
    assert [("0.99", "1.03"), ("0.99", None)] == [(frame["b"], frame["a"]) for frame in frames]
    assert show.venue.depth[SOL_USDC].seq == frames[1]["u"]


def test_trades_name_both_orders() -> None:
    show = Show(f"trade.{SYMBOL}")
    show.write(limit(ALICE, SELL, 2, at=100), limit(ALICE, SELL, 2, at=101))
    show.write(market(BOB, BUY, 3))

    assert [(1, "1.00", "0.02", "3", "1", False), (2, "1.01", "0.01", "3", "2", False)] == [
        tuple(frame[name] for name in "tpqbam") for frame in show.data()
    ]


def test_depth_that_is_put_together_comes_at_its_beats() -> None:
    names = [f"depth.{window}.{SYMBOL}" for window in ("200ms", "600ms", "1000ms")]
    show = Show(*names)
    first = show.venue.depth[SOL_USDC].seq + 1
    seen: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    for beat in range(1, 16):
        show.write(limit(ALICE, BUY, 1, at=beat))
        show.write(limit(ALICE, BUY, 1, at=beat))
        show.publisher.beat()
        for frame in show.listener.frames():
            seen[frame["stream"]].append((frame["data"]["U"], frame["data"]["u"]))

    for name, each in zip(names, (2, 6, 10), strict=True):
        spans = seen[name]
        assert first == spans[0][0]
        assert [each] * (30 // each) == [last - begin + 1 for begin, last in spans]
        assert all(one[1] + 1 == two[0] for one, two in pairwise(spans))


def test_a_beat_without_a_change_says_nothing_of_depth() -> None:
    show = Show(f"depth.200ms.{SYMBOL}")
    show.beats(10)
    assert [] == show.data()


def test_what_was_put_together_for_those_who_left_is_forgotten() -> None:
    """Whoever comes later begins at their own first change."""
    show = Show(f"depth.1000ms.{SYMBOL}")
    show.write(limit(ALICE, BUY, 1, at=50))
    show.hub.drop(show.listener.connection)
    show.write(limit(ALICE, BUY, 1, at=51))
    show.hub.subscribe(show.listener.connection, parse_stream(f"depth.1000ms.{SYMBOL}"))
    show.write(limit(ALICE, BUY, 1, at=52))
    show.beats(5)

    (frame,) = show.data()
    assert [["0.52", "0.01"]] == frame["b"]
    assert frame["U"] == frame["u"]


def test_the_ticker_comes_each_second() -> None:
    show = Show(f"ticker.{SYMBOL}")
    show.beats(10)
    assert [] == show.data()  # Nothing was ever traded.

    show.write(limit(ALICE, SELL, 2, at=100), market(BOB, BUY, 2))
    show.beats(10)
    assert [("1.00", "0.02", 1)] * 2 == [
        (frame["c"], frame["v"], frame["n"]) for frame in show.data()
    ]


def test_the_mark_comes_each_second_and_five_times_when_it_changes() -> None:
    show = Show(f"markPrice.{SYMBOL}")
    show.beats(5)
    assert [] == show.data()

    show.write(quote(1_000_000, 1_000_100, show.log.now_ms))
    show.beats(10)
    assert ["1.00005"] * 3 == [frame["p"] for frame in show.data()]
    for price in range(1, 11):
        show.write(quote(price, price, show.log.now_ms))
        show.write(quote(price + 1, price + 1, show.log.now_ms))
        show.publisher.beat()
    assert 10 == len(show.data())


def test_a_candle_is_told_after_fills_and_when_it_closes() -> None:
    show = Show(f"kline.1m.{SYMBOL}")
    show.log.now_ms -= show.log.now_ms % 60_000 - 60_000
    show.beats(5)
    show.write(limit(ALICE, SELL, 9, at=100), market(BOB, BUY, 2))
    show.write(market(BOB, BUY, 1), after_ms=500)
    show.beats(10)
    assert [("1.00", "0.03", 2, False)] == [
        (frame["c"], frame["v"], frame["n"], frame["X"]) for frame in show.data()
    ]

    show.log.beat(59_499)
    show.tell()
    show.log.beat(60_000)
    show.tell()
    assert [("1.00", "0.03", 2, True), ("1.00", "0.00", 0, True)] == [
        (frame["c"], frame["v"], frame["n"], frame["X"]) for frame in show.data()
    ]


def test_who_comes_to_a_quiet_market_is_shown_its_candle_once() -> None:
    show = Show(f"kline.1h.{SYMBOL}")
    show.beats(5)
    assert [] == show.data()  # Nothing was ever traded.
    show.write(limit(ALICE, SELL, 9, at=100), market(BOB, BUY, 2))
    show.beats(5)
    assert 1 == len(show.data())

    late = Listener()
    show.log.beat(3_600_000)
    show.tell()
    assert [True] == [frame["X"] for frame in show.data()]
    show.hub.subscribe(late.connection, parse_stream(f"kline.1h.{SYMBOL}"))
    show.beats(10)
    (frame,) = late.data(f"kline.1h.{SYMBOL}")
    assert ("1.00", "1.00", "0.00", False) == (frame["o"], frame["c"], frame["v"], frame["X"])
    assert [] == show.data()


def test_a_candle_is_shown_once_to_who_comes_in_the_beat_that_tells_it_to_all() -> None:
    show = Show(f"kline.1h.{SYMBOL}")
    show.beats(4)
    show.write(limit(ALICE, SELL, 9, at=100), market(BOB, BUY, 2))
    show.beats(1)
    assert ["0.02"] == [frame["v"] for frame in show.data()]


def test_an_order_is_told_step_by_step_to_its_owner() -> None:
    show = Show("account.orderUpdate", f"account.orderUpdate.{SYMBOL}", account_id=BOB)
    show.write(limit(ALICE, SELL, 2, at=100), limit(ALICE, SELL, 2, at=101))
    assert [] == show.data()

    show.write(limit(BOB, BUY, 5, at=101, tif=IOC, client_id=8))
    frames = show.listener.frames()
    wide = [frame["data"] for frame in frames if frame["stream"] == "account.orderUpdate"]
    narrow = [frame["data"] for frame in frames if frame["stream"] != "account.orderUpdate"]
    assert wide == narrow
    assert [
        ("orderAccepted", "New", "0", None), ("orderFill", "PartiallyFilled", "0.02", 1),
        ("orderFill", "PartiallyFilled", "0.04", 2), ("orderExpired", "Expired", "0.04", None),
    ] == [(frame["e"], frame["X"], frame["z"], frame["t"]) for frame in wide]
    assert "ImmediateOrCancel" == wide[3]["R"]
    assert {8} == {frame["c"] for frame in wide}


def told(show: Show) -> list[tuple[str, str, str]]:
    """Of each order update the order, what happened, and how it stands."""
    return [(frame["i"], frame["e"], frame["X"]) for frame in show.data()]


def test_an_order_that_is_replaced_and_trades_by_it() -> None:
    show = Show(f"account.orderUpdate.{SYMBOL}", account_id=BOB)
    show.write(limit(ALICE, SELL, 2, at=100))
    show.write(limit(BOB, BUY, 5, at=90))
    show.write(ReplaceOrder(
        account_id=BOB, instrument_id=SOL_USDC, order_id=OrderId(2), price=100
    ))
    assert [
        ("2", "orderAccepted", "New"), ("2", "orderModified", "New"),
        ("2", "orderFill", "PartiallyFilled"),
    ] == told(show)


def test_a_trigger_is_told_when_it_is_placed_and_when_it_fires() -> None:
    show = Show("account.orderUpdate", account_id=BOB)
    show.write(limit(ALICE, SELL, 9, at=100))
    show.write(limit(BOB, BUY, 1, at=100), limit(BOB, BUY, 1, at=90))
    show.data()
    buy_higher = structs.replace(
        market(BOB, BUY, 2), conditions=Conditions(trigger=Trigger(price=110))
    )
    show.write(buy_higher)
    show.write(limit(ALICE, SELL, 9, at=110))
    show.write(limit(BOB, BUY, 9, at=110))
    assert [
        ("4", "triggerPlaced", "TriggerPending"), ("4", "orderAccepted", "New"),
        ("4", "orderFill", "Filled"),
    ] == [update for update in told(show) if update[0] == "4"]


def test_exits_follow_the_order_they_belong_to_and_the_one_that_fires_ends_the_other() -> None:
    show = Show("account.orderUpdate", account_id=BOB)
    show.write(limit(ALICE, SELL, 9, at=100, self_trade=REJECT_MAKER))
    show.write(structs.replace(
        limit(BOB, BUY, 4, at=100), conditions=Conditions(
            take_profit=Exit(trigger_price=120), stop_loss=Exit(trigger_price=80),
        ),
    ))
    assert [
        ("2", "orderAccepted", "New"), ("2", "orderFill", "Filled"),
        ("3", "triggerPlaced", "TriggerPending"), ("4", "triggerPlaced", "TriggerPending"),
    ] == told(show)

    show.write(limit(ALICE, BUY, 9, at=119, self_trade=REJECT_MAKER))
    show.write(limit(ALICE, BUY, 9, at=120), limit(BOB, SELL, 1, at=120))
    updates = told(show)
    fired = updates.index(("3", "orderAccepted", "New"))
    assert ("4", "orderCancelled", "Cancelled") in updates[:fired]
    assert ("3", "orderFill", "Filled") in updates[fired:]


def test_a_trigger_that_cannot_be_paid_for_when_it_fires_has_failed() -> None:
    show = Show("account.orderUpdate", account_id=BOB)
    show.write(limit(ALICE, SELL, 1, at=100), market(BOB, BUY, 1))
    show.write(structs.replace(
        limit(BOB, BUY, 900_000, at=1_000_000), conditions=Conditions(trigger=Trigger(price=110)),
    ))
    show.write(Withdraw(account_id=BOB, asset_id=USDC, amount=RICH - 10**6, key=77))
    show.data()
    show.write(limit(BOB, SELL, 1, at=110), market(ALICE, BUY, 1))
    assert ("3", "triggerFailed", "TriggerFailed") == told(show)[-1]


def test_balances_that_were_touched_are_told_to_their_owner() -> None:
    show = Show("account.balanceUpdate", account_id=BOB)
    show.write(limit(ALICE, BUY, 1, at=50))
    show.write(limit(BOB, BUY, 5, at=100))

    assert [{"e": "balanceUpdate", "E": 7, "T": show.log.now_ms * 1000, "a": "USDC",
             "A": "999999999.95", "L": "0.05", "S": "0"}] == show.data()


def test_an_instrument_listed_later_is_told_of_too() -> None:
    """Whoever asked for it before it was there gets it."""
    show = Show("depth.SOL_PERP")
    show.write(ListInstrument(
        symbol="SOL_PERP", base_asset_id=SOL, quote_asset_id=USDC, price_decimals=2, tick_size=1,
        quantity_decimals=2, lot_size=1, price_min=1, price_max=1_000_000, quantity_min=1,
        quantity_max=1_000_000, maker_fee_rate=0, taker_fee_rate=0,
    ))
    show.log.beat(1_000)
    show.tell()
    assert [1] == [frame["u"] for frame in show.data()][:1]


def test_quotes_of_contracts_are_passed_over() -> None:
    show = Show(f"markPrice.{SYMBOL}")
    show.write(ListContract(
        symbol="SOL_USDC_CFD", underlying="SOL_USDC", asset_id=USDC, price_decimals=6,
        price_max=10**12, leverage_max=1000, margin_min=10**6,
    ))
    show.write(SetQuote(
        instrument_id=InstrumentId(2), bid=1_000, ask=1_001, source_ms=show.log.now_ms
    ))
    assert any(isinstance(event, QuoteSet) for event in show.log.outcomes[-1].answers[0])
    show.beats(5)
    assert [] == show.data()


def test_nothing_is_kept_of_what_history_will_have() -> None:
    """The stream tells and forgets: ended orders and fills do not pile up."""
    show = Show()
    for _ in range(50):
        show.write(limit(ALICE, SELL, 1, at=100), market(BOB, BUY, 1))
    assert 0 == len(show.venue.orders._orders)
    assert 0 == len(show.venue.orders._fills)
    assert msgspec.json.decode(b"[]") == show.listener.frames()
