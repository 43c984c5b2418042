"""The typed routes of CFDs for terminals and bots, by cookie or by API key."""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, Parameter

from outcry.api.backpack.bodies import Members, NumberLiteral
from outcry.api.backpack.errors import not_found, rejection
from outcry.api.backpack.fields import Fields
from outcry.api.backpack.queries import PAGE, page_of
from outcry.api.broker.answers import WALLET
from outcry.api.broker.commands import (
    ASSET,
    CHANGE_POSITION,
    CLOSE_POSITION,
    MARGIN,
    OPEN_POSITION,
    STOP_LOSS,
    TAKE_PROFIT,
    TRADE_ID,
    read_change,
    read_close,
    read_more_margin,
    read_open,
    read_trade_id,
)
from outcry.api.broker.positions import (
    leverage_allowed,
    own_position,
    traded_by_underlying,
    traded_of,
)
from outcry.api.broker.refusals import refused_open
from outcry.api.cfd.positions import PositionBody, position_body
from outcry.api.cfd.price_states import PriceState, price_state
from outcry.engine.commands import Command, OpenPosition
from outcry.engine.events import (
    CommandRejected,
    PositionChanged,
    PositionClosed,
    PositionOpened,
)
from outcry.engine.rejects import RejectReason
from outcry.engine.units import (
    CANCEL_ONLY,
    LEVERAGE_DECIMALS,
    OPEN,
    RATE_DECIMALS,
    InstrumentId,
)
from outcry.ports.people import TRADE
from outcry.processes.gateway.declaration import signed
from outcry.processes.gateway.parts import (
    TheCall,
    TheClock,
    TheFirstOutcomes,
    TheHistory,
    TheViews,
)
from outcry.processes.gateway.submission import raise_if_rejected, submit
from outcry.processes.gateway.views import Views
from outcry.projections.cfd import PositionRow
from outcry.wire.decimals import amount_text, format_decimal

# With the id of the path: a signature of version 1 covers the body only.
CHANGE = Fields(
    optional=(*CHANGE_POSITION.optional, TRADE_ID), name=CHANGE_POSITION.name,
    says="Other triggers, of which null takes one away; or more margin.",
)
CLOSE = Fields(
    optional=(*CLOSE_POSITION.optional, TRADE_ID), name=CLOSE_POSITION.name,
    says="A position to close, or with a margin the part that stands on so much.",
)
TRIGGERS = Fields(optional=(STOP_LOSS, TAKE_PROFIT))
MORE_MARGIN = Fields(MARGIN)
NUMBERS = TRIGGERS.names | MORE_MARGIN.names


class TierBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The highest leverage up to a notional of the account in the contract; null is no bound."""

    notional_max: str | None
    leverage_max: str


class ContractBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A contract: its rules, and the prices at which positions open and close now."""

    asset: str
    symbol: str
    wallet: str
    price_decimals: int
    leverage_max: str
    margin_min: str
    maintenance_rate: str
    spread_rate: str
    state: str
    bid: str | None
    ask: str | None
    source_ms: int | None
    stale: bool
    price_state: PriceState
    profile: str | None
    tiers: list[TierBody]


class EquityBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The value of an account in the wallet of CFDs."""

    wallet: str
    free: str
    margin: str
    unrealized_pnl: str
    equity: str


class PriceBody(msgspec.Struct, frozen=True):
    """A price as a scaled integer: the price times 10^`decimal`."""

    asset: str
    price: str
    decimal: int


class ContractRoutes(Controller):
    """The public routes of CFDs."""

    path = "/api/v1"
    tags = ("Broker",)

    @get("/supportedAssets")
    async def supported_assets(self, views: TheViews) -> list[str]:
        """The underlyings that can be traded on margin."""
        return list(traded_by_underlying(views.venue))

    @get("/price")
    async def price(
        self, views: TheViews, clock_ms: TheClock, asset: Annotated[str, Parameter()]
    ) -> PriceBody:
        """The price halfway between the closing prices of longs and shorts."""
        return price_of(views, asset, clock_ms())

    @get("/cfd/contracts")
    async def contracts(self, views: TheViews, clock_ms: TheClock) -> list[ContractBody]:
        """Every contract with its price."""
        now_ms = clock_ms()
        return [_contract_body(views, each, now_ms) for each in views.venue.cfd.contracts]


class PositionRoutes(Controller):
    """Positions of one account."""

    path = "/api/v1/cfd"
    tags = ("Broker",)

    @get("/positions")
    @signed("cfdPositionQuery")
    async def positions(self, call: TheCall, views: TheViews) -> list[PositionBody]:
        """Open positions, oldest first."""
        open_ones = views.venue.cfd.open_of(call.account_id)
        return [_position_body(views, position) for position in open_ones]

    @get("/positions/closed")
    @signed("cfdPositionQuery", query=PAGE)
    async def closed(
        self, call: TheCall, views: TheViews, complete: TheHistory
    ) -> list[PositionBody]:
        """Closes of positions and of parts of them, newest first; a row is of the closed part."""
        limit, offset = page_of(call.members)
        rows = await complete.closes(call.account_id, limit=limit, offset=offset)
        return [_position_body(views, position) for position in rows]

    @get("/equity")
    @signed("cfdPositionQuery", errors=(404,))
    async def equity(self, call: TheCall, views: TheViews) -> EquityBody:
        """Balance, margin, and the result of closing all positions now."""
        wallet = views.venue.listing.asset(WALLET)
        if wallet is None:
            raise not_found()
        cfd = views.venue.cfd
        holding = views.venue.accounts.balance(call.account_id, wallet.asset_id)
        total = holding.free + holding.locked
        equity = cfd.equity(call.account_id, wallet.asset_id, total)
        margin = sum(
            position.remaining_margin for position in cfd.open_of(call.account_id)
            if cfd.contracts[position.instrument_id].asset_id == wallet.asset_id
        )
        return EquityBody(
            wallet=WALLET, free=amount_text(wallet, holding.free),
            margin=amount_text(wallet, margin),
            unrealized_pnl=amount_text(wallet, equity - total),
            equity=amount_text(wallet, equity),
        )

    @post("/positions", status_code=200)
    @signed("cfdPositionOpen", scope=TRADE, body=OPEN_POSITION)
    async def open(
        self, call: TheCall, views: TheViews, first_outcomes: TheFirstOutcomes
    ) -> PositionBody:
        """Open a position. The same signed request, sent again, gets the first answer."""
        command = read_open(
            _with_numbers(call.members), account_id=call.account_id,
            contracts=traded_by_underlying(views.venue),
        )
        return await first_outcomes.of(call.signature, lambda: _position_after(views, command))

    @patch("/positions/{trade_id:str}")
    @signed("cfdPositionChange", scope=TRADE, body=CHANGE, errors=(404,))
    async def change(
        self, call: TheCall, views: TheViews, first_outcomes: TheFirstOutcomes,
        trade_id: FromPath[str],
    ) -> PositionBody:
        """Change the stop loss or take profit of a position, or add `margin`.

        The same signed request, sent again, gets the first answer.
        """
        async def change() -> PositionBody:
            position = own_position(views.venue, call.account_id, read_trade_id(trade_id))
            adds = MARGIN.name in call.members
            (MORE_MARGIN if adds else TRIGGERS).refuse_unknown(call.members)
            read = read_more_margin if adds else read_change
            return await _position_after(views, read(_with_numbers(call.members), position))

        return await first_outcomes.of(call.signature, change)

    @delete("/positions/{trade_id:str}", status_code=200)
    @signed("cfdPositionClose", scope=TRADE, body=CLOSE, errors=(404,))
    async def close(
        self, call: TheCall, views: TheViews, first_outcomes: TheFirstOutcomes,
        trade_id: FromPath[str],
    ) -> PositionBody:
        """Close a position, or with `margin` the part with this margin.

        The same signed request, sent again, gets the first answer.
        """
        async def close() -> PositionBody:
            position = own_position(views.venue, call.account_id, read_trade_id(trade_id))
            return await _position_after(views, read_close(_with_numbers(call.members), position))

        return await first_outcomes.of(call.signature, close)


def _with_numbers(members: Members) -> Members:
    """Members with numbers that may be strings on these routes."""
    return {
        name: NumberLiteral(value) if name in NUMBERS and isinstance(value, str) else value
        for name, value in members.items()
    }


async def _position_after(views: Views, command: Command) -> PositionBody:
    """The position of a command: its entry is folded before its answer is handed out."""
    [[event, *_]] = await submit(views, command)
    if isinstance(event, CommandRejected) and isinstance(command, OpenPosition):
        raise refused_open(
            event.reason, command, traded_of(views.venue, command.instrument_id),
            leverage_allowed(views.venue, command),
        )
    raise_if_rejected(event)
    assert isinstance(event, PositionOpened | PositionChanged | PositionClosed)
    of_position = event.account_id, event.position_id
    cfd = views.venue.cfd
    position = cfd.position(*of_position) or cfd.ended(*of_position)
    assert position is not None
    return _position_body(views, position)


def _position_body(views: Views, position: PositionRow) -> PositionBody:
    cfd = views.venue.cfd
    return position_body(
        position, traded_of(views.venue, position.instrument_id),
        close_price=cfd.close_price(position), unrealized=cfd.unrealized(position),
    )


def _contract_body(views: Views, instrument_id: InstrumentId, now_ms: int) -> ContractBody:
    contract, asset = traded_of(views.venue, instrument_id)
    prices = views.venue.cfd.prices(instrument_id)
    decimals = contract.price_decimals
    return ContractBody(
        asset=contract.underlying, symbol=contract.symbol, wallet=asset.symbol,
        price_decimals=decimals,
        leverage_max=format_decimal(contract.leverage_max, LEVERAGE_DECIMALS),
        margin_min=amount_text(asset, contract.margin_min),
        maintenance_rate=format_decimal(contract.maintenance_rate, RATE_DECIMALS),
        spread_rate=format_decimal(contract.spread_rate, RATE_DECIMALS),
        state=state_word(contract.state),
        bid=None if prices is None else format_decimal(prices.bid, decimals),
        ask=None if prices is None else format_decimal(prices.ask, decimals),
        source_ms=None if prices is None else prices.source_ms,
        stale=(
            prices is None or views.desk_trouble() is not None
            or now_ms - prices.source_ms > contract.quote_age_max_ms
        ),
        price_state=price_state(views.venue.gates.gate(instrument_id)),
        profile=views.venue.terms.of(instrument_id).profile or None,
        tiers=[
            TierBody(
                notional_max=amount_text(asset, tier.notional_max) if tier.notional_max else None,
                leverage_max=format_decimal(tier.leverage_max, LEVERAGE_DECIMALS),
            )
            for tier in views.venue.terms.of(instrument_id).tiers
        ],
    )


def state_word(state: int) -> str:
    """A contract's state on the wire."""
    return "Open" if state == OPEN else "CloseOnly" if state == CANCEL_ONLY else "Closed"


def price_of(views: Views, asset: str, now_ms: int) -> PriceBody:
    """The public price of an underlying; raises `ApiError`."""
    contract, _ = ASSET.of({ASSET.name: asset}, traded_by_underlying(views.venue))
    fault = views.venue.gates.gate(contract.instrument_id).fault
    if fault != 0:
        raise rejection(fault)
    prices = views.venue.cfd.prices(contract.instrument_id)
    if (
        prices is None or views.desk_trouble() is not None
        or now_ms - prices.source_ms > contract.quote_age_max_ms
    ):
        raise rejection(RejectReason.QUOTE_STALE)
    return PriceBody(
        asset=asset, price=str((prices.bid + prices.ask) // 2), decimal=contract.price_decimals
    )
