"""The CFD desk for terminals and bots: typed, by cookie or by API key, decimals as strings."""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, Parameter

from outcry.api.backpack.bodies import Members, NumberLiteral, parse_members
from outcry.api.backpack.errors import not_found, rejection
from outcry.api.backpack.fields import refuse_unknown
from outcry.api.broker.answers import WALLET
from outcry.api.broker.commands import (
    read_change,
    read_close,
    read_more_margin,
    read_open,
    read_trade_id,
    traded_named,
)
from outcry.api.cfd.positions import PositionBody, position_body
from outcry.engine.commands import Command
from outcry.engine.events import PositionOpened
from outcry.engine.rejects import RejectReason
from outcry.engine.units import (
    CANCEL_ONLY,
    LEVERAGE_DECIMALS,
    OPEN,
    RATE_DECIMALS,
    AccountId,
    InstrumentId,
    PositionId,
)
from outcry.processes.gateway.broker import own_position, traded_by_underlying, traded_of
from outcry.processes.gateway.parts import TheClock, TheHistory, TheSignIn, TheViews
from outcry.processes.gateway.queries import AnyRequest, ask, page_of
from outcry.processes.gateway.sign_in import SignIn, caller_of
from outcry.processes.gateway.submission import raise_if_rejected, submit
from outcry.processes.gateway.views import Views
from outcry.projections.cfd import PositionRow
from outcry.wire.decimals import amount_text, format_decimal

NOBODYS_REQUEST = b""
OPENING = frozenset(
    {"asset", "direction", "margin", "leverage", "stopLossPrice", "takeProfitPrice"}
)
TRIGGERS = frozenset({"stopLossPrice", "takeProfitPrice"})
MARGIN = frozenset({"margin"})
NUMBERS = TRIGGERS | MARGIN


class ContractBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A contract: its rules, and where its positions open and close now."""

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


class EquityBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an account is worth in the desk's wallet."""

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


class BrokerPublicRoutes(Controller):
    """What the broker tells anybody."""

    path = "/api/v1"
    tags = ("Broker",)

    @get("/supportedAssets")
    async def supported_assets(self, views: TheViews) -> list[str]:
        """What can be traded on margin."""
        return list(traded_by_underlying(views))

    @get("/price")
    async def price(
        self, views: TheViews, clock_ms: TheClock, asset: Annotated[str, Parameter()]
    ) -> PriceBody:
        """Halfway between where longs and shorts close."""
        return price_of(views, asset, clock_ms())

    @get("/cfd/contracts")
    async def contracts(self, views: TheViews, clock_ms: TheClock) -> list[ContractBody]:
        """Every contract with its price."""
        now_ms = clock_ms()
        return [_contract_body(views, each, now_ms) for each in views.venue.cfd.contracts]


class DeskRoutes(Controller):
    """Positions of one account."""

    path = "/api/v1/cfd"
    tags = ("Broker",)

    @get("/positions")
    async def positions(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> list[PositionBody]:
        """Open positions, oldest first."""
        asked = await ask(request, sign_in, "cfdPositionQuery")
        open_ones = views.venue.cfd.open_of(asked.account_id)
        return [_position_body(views, position) for position in open_ones]

    @get("/positions/closed")
    async def closed(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> list[PositionBody]:
        """Positions that have ended, newest end first."""
        asked = await ask(request, sign_in, "cfdPositionQuery")
        limit, offset = page_of(asked.query)
        rows = await complete.ended_positions(asked.account_id, limit=limit, offset=offset)
        return [_position_body(views, position) for position in rows]

    @get("/equity")
    async def equity(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> EquityBody:
        """Balance, margin and what closing everything now would bring."""
        asked = await ask(request, sign_in, "cfdPositionQuery")
        wallet = views.venue.listing.asset(WALLET)
        if wallet is None:
            raise not_found()
        cfd = views.venue.cfd
        holding = views.venue.accounts.balance(asked.account_id, wallet.asset_id)
        total = holding.free + holding.locked
        equity = cfd.equity(asked.account_id, wallet.asset_id, total)
        margin = sum(
            position.remaining_margin for position in cfd.open_of(asked.account_id)
            if cfd.contracts[position.instrument_id].asset_id == wallet.asset_id
        )
        return EquityBody(
            wallet=WALLET, free=amount_text(wallet, holding.free),
            margin=amount_text(wallet, margin),
            unrealized_pnl=amount_text(wallet, equity - total),
            equity=amount_text(wallet, equity),
        )

    @post("/positions", status_code=200)
    async def open(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> PositionBody:
        """Open a position."""
        members, account_id = await _told(request, sign_in, "cfdPositionOpen")
        refuse_unknown(members, OPENING)
        command = read_open(
            members, account_id=account_id, contracts=traded_by_underlying(views),
            request_id=NOBODYS_REQUEST,
        )
        [[event, *_]] = await submit(views, command)
        raise_if_rejected(event)
        assert isinstance(event, PositionOpened)
        return _position_after(views, account_id, event.position_id)

    @patch("/positions/{trade_id:str}")
    async def change(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn, trade_id: FromPath[str]
    ) -> PositionBody:
        """Give a position other triggers, or with `margin` more margin."""
        members, account_id = await _told(request, sign_in, "cfdPositionChange")
        position = own_position(views, account_id, read_trade_id(trade_id))
        traded = traded_of(views, position.instrument_id)
        adds = "margin" in members
        refuse_unknown(members, MARGIN if adds else TRIGGERS)
        read = read_more_margin if adds else read_change
        command: Command = read(
            members, account_id=account_id, position_id=position.position_id, traded=traded,
            request_id=NOBODYS_REQUEST,
        )
        return await _carried_out(views, command, account_id, position.position_id)

    @delete("/positions/{trade_id:str}", status_code=200)
    async def close(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn, trade_id: FromPath[str]
    ) -> PositionBody:
        """Close a position, or with `margin` the part that stands on so much."""
        members, account_id = await _told(request, sign_in, "cfdPositionClose")
        refuse_unknown(members, MARGIN)
        position = own_position(views, account_id, read_trade_id(trade_id))
        command = read_close(
            members, account_id=account_id, position_id=position.position_id,
            traded=traded_of(views, position.instrument_id), request_id=NOBODYS_REQUEST,
        )
        return await _carried_out(views, command, account_id, position.position_id)


async def _told(
    request: AnyRequest, sign_in: SignIn, instruction: str
) -> tuple[Members, AccountId]:
    """A signed change: what it says, and whose it is. Numbers may come as strings."""
    members = parse_members(await request.body())
    key = await sign_in.check(caller_of(request.scope), instruction, (members,), trades=True)
    read = {
        name: NumberLiteral(value) if name in NUMBERS and isinstance(value, str) else value
        for name, value in members.items()
    }
    return read, key.account_id


async def _carried_out(
    views: Views, command: Command, account_id: AccountId, position_id: PositionId
) -> PositionBody:
    [[event, *_]] = await submit(views, command)
    raise_if_rejected(event)
    return _position_after(views, account_id, position_id)


def _position_after(
    views: Views, account_id: AccountId, position_id: PositionId
) -> PositionBody:
    """A position as it is now: its entry was folded before its answer was handed out."""
    cfd = views.venue.cfd
    position = cfd.position(account_id, position_id) or cfd.ended(account_id, position_id)
    assert position is not None
    return _position_body(views, position)


def _position_body(views: Views, position: PositionRow) -> PositionBody:
    cfd = views.venue.cfd
    return position_body(
        position, traded_of(views, position.instrument_id),
        close_price=cfd.close_price(position), unrealized=cfd.unrealized(position),
    )


def _contract_body(views: Views, instrument_id: InstrumentId, now_ms: int) -> ContractBody:
    contract, asset = traded_of(views, instrument_id)
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
        stale=prices is None or now_ms - prices.source_ms > contract.quote_age_max_ms,
    )


def state_word(state: int) -> str:
    """A contract's state on the wire."""
    return "Open" if state == OPEN else "CloseOnly" if state == CANCEL_ONLY else "Closed"


def price_of(views: Views, asset: str, now_ms: int) -> PriceBody:
    """The public price of what a contract follows; raises `ApiError`."""
    contract, _ = traded_named(asset, traded_by_underlying(views))
    prices = views.venue.cfd.prices(contract.instrument_id)
    if prices is None or now_ms - prices.source_ms > contract.quote_age_max_ms:
        raise rejection(RejectReason.QUOTE_STALE)
    return PriceBody(
        asset=asset, price=str((prices.bid + prices.ask) // 2), decimal=contract.price_decimals
    )
