"""What is said of contracts and positions."""

from typing import Any

from outcry.api.backpack.stream import PRIVATE, parse_stream
from outcry.engine.commands import (
    AddMargin,
    ClosePosition,
    Command,
    ListContract,
    OpenPosition,
    SetQuote,
    SetQuoteRules,
    SetSession,
)
from outcry.engine.units import LONG, InstrumentId, PositionId
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.publisher import Publisher
from outcry.projections.venue import VenueView
from outcry.wire.journal import decode_outcome
from rigs.fake_socket import Listener
from rigs.scripted_log import ALICE, BOB, USDC, ScriptedLog

SOL_CFD = InstrumentId(2)
ONE = 1_000_000


class CfdStream:
    """A contract, and somebody who listens in Alice's name."""

    def __init__(self, *streams: str) -> None:
        self.log = ScriptedLog()
        self.hub = Hub()
        self.publisher = Publisher(VenueView(), self.hub, now_us=lambda: 7)
        self.log.open_market()
        self.log.write(ListContract(
            symbol="SOL_USDC_CFD", underlying="SOL_USDC", asset_id=USDC, price_decimals=6,
            price_max=10**12, leverage_max=1_000, margin_min=1, spread_rate=1_000,
        ))
        self.told = 0
        self.tell()
        self.listener = Listener()
        for text in streams:
            stream = parse_stream(text)
            private = stream.kind in PRIVATE
            self.hub.subscribe(self.listener.connection, stream, ALICE if private else None)

    def write(self, *commands: Command) -> list[dict[str, Any]]:
        """What is told of an entry, by stream."""
        self.log.write(*commands, after_ms=1)
        self.tell()
        return list(self.listener.frames())

    def tell(self) -> None:
        entries = self.log.entries[self.told :]
        self.publisher.on_entries([(entry, decode_outcome(entry.outcome)) for entry in entries])
        self.told = len(self.log.entries)

    def price(self, price: int) -> SetQuote:
        return SetQuote(
            instrument_id=SOL_CFD, bid=price * ONE, ask=price * ONE, source_ms=self.log.now_ms
        )


def long(account_id: int = ALICE, *, stop_loss: int = 0) -> OpenPosition:
    """100 USDC at 10x."""
    return OpenPosition(
        account_id=account_id, instrument_id=SOL_CFD, direction=LONG, margin=100 * ONE,
        leverage=100, stop_loss=stop_loss * ONE,
    )


def test_prices_are_said_with_the_spread_in_them() -> None:
    cfds = CfdStream("cfdQuote.SOL_USDC")
    source_ms = cfds.log.now_ms
    assert [{"stream": "cfdQuote.SOL_USDC", "data": {
        "e": "cfdQuote", "E": 7, "s": "SOL_USDC", "b": "199.8", "a": "200.2",
        "T": source_ms * 1000, "X": "certain",
    }}] == cfds.write(cfds.price(200))


def test_the_beginning_and_the_end_of_a_doubt_are_said_with_the_last_certain_price() -> None:
    cfds = CfdStream("cfdQuote.SOL_USDC")

    def said(*commands: Command) -> list[tuple[str, str]]:
        return [(frame["data"]["b"], frame["data"]["X"]) for frame in cfds.write(*commands)]

    assert [] == said(SetQuoteRules(instrument_id=SOL_CFD, band_rate=100_000))
    assert [("199.8", "certain")] == said(cfds.price(200))
    assert [("199.8", "doubted")] == said(cfds.price(300))
    assert [] == said(cfds.price(300)), "nothing new"
    assert [("299.7", "certain")] == said(cfds.price(300))
    assert [("299.7", "closed")] == said(SetSession(instrument_id=SOL_CFD, is_open=False))
    assert [("299.7", "doubted")] == said(SetSession(instrument_id=SOL_CFD, is_open=True))
    assert [("299.7", "certain")] == said(cfds.price(300))


def test_a_position_from_its_opening_to_its_end() -> None:
    """Each change is said once, with all of the position after it; another's not at all."""
    cfds = CfdStream("account.cfdPositionUpdate", "account.cfdPositionUpdate.ETH_USDC")
    cfds.write(cfds.price(200))
    assert [] == cfds.write(long(BOB))
    [opened] = cfds.write(long(stop_loss=190))
    assert "account.cfdPositionUpdate" == opened["stream"]
    assert {
        "e": "positionOpened", "E": 7, "T": cfds.log.now_ms * 1000, "tradeId": "2",
        "asset": "SOL_USDC", "direction": "LONG", "margin": "100", "remainingMargin": "100",
        "leverage": "10", "notional": "1000", "entryPrice": "200.2",
        "liquidationPrice": "180.18", "stopLossPrice": "190", "takeProfitPrice": None,
        "closePrice": "199.8", "unrealizedPnl": "-1.998002", "realizedPnl": "0", "owed": "0",
        "status": "OPEN", "openedAt": cfds.log.now_ms, "updatedAt": cfds.log.now_ms,
    } == opened["data"]
    [more] = cfds.write(
        AddMargin(account_id=ALICE, position_id=PositionId(2), amount=100 * ONE)
    )
    assert ("positionChanged", "200") == (more["data"]["e"], more["data"]["margin"])
    [part] = cfds.write(ClosePosition(
        account_id=ALICE, position_id=PositionId(2), margin=50 * ONE
    ))
    assert ("positionChanged", "150", "750", "-0.499501", "OPEN") == tuple(
        part["data"][name]
        for name in ("e", "remainingMargin", "notional", "realizedPnl", "status")
    )
    [ended] = cfds.write(cfds.price(190))
    assert ("positionClosed", "STOP_LOSS", "189.81", None) == tuple(
        ended["data"][name] for name in ("e", "status", "closePrice", "unrealizedPnl")
    )


def test_positions_of_one_asset() -> None:
    cfds = CfdStream("account.cfdPositionUpdate.SOL_USDC")
    cfds.write(cfds.price(200))
    [opened] = cfds.write(long())
    assert "positionOpened" == opened["data"]["e"]
