"""Random traffic of CFDs, for logs of a whole venue."""

import random

from outcry.engine.commands import (
    AddMargin,
    ChangeContract,
    ChangePosition,
    ClosePosition,
    Command,
    ListContract,
    OpenPosition,
    SetQuote,
)
from outcry.engine.units import (
    CANCEL_ONLY,
    CLOSED,
    LONG,
    OPEN,
    SHORT,
    AccountId,
    InstrumentId,
    PositionId,
)
from rigs.scripted_log import USDC, ScriptedLog

SOL_CFD, BTC_CFD = InstrumentId(3), InstrumentId(4)  # Listed after two instruments.
MIDDLE = {SOL_CFD: 150_000_000, BTC_CFD: 600_000_000}


def contracts() -> list[Command]:
    """Two contracts, one of them with a spread and maintenance margin."""
    return [
        ListContract(
            symbol="SOL_USDC_CFD", underlying="SOL_USDC", asset_id=USDC, price_decimals=6,
            price_max=10**13, leverage_max=1_000, margin_min=10_000,
        ),
        ListContract(
            symbol="BTC_USDC_CFD", underlying="BTC_USDC", asset_id=USDC, price_decimals=4,
            price_max=10**11, leverage_max=500, margin_min=1_000_000, maintenance_rate=5_000,
            spread_rate=100, exposure_max=10**13, house_exposure_max=3 * 10**13,
        ),
    ]


class CfdTraffic:
    """What people could ask for next, and what its feed could say."""

    def __init__(self, chance: random.Random, log: ScriptedLog) -> None:
        self.random = chance
        self.log = log

    def command(self, account_id: AccountId) -> Command:
        """One random command."""
        contract = self.random.choice((SOL_CFD, BTC_CFD))
        kind = self.random.random()
        if kind < 0.35:
            return self.quote(contract)
        if kind < 0.65:
            return self.opening(account_id, contract)
        if kind < 0.98:
            return self.on_position(account_id, kind)
        return ChangeContract(
            instrument_id=contract, state=self.random.choice((OPEN, OPEN, CANCEL_ONLY, CLOSED)),
            spread_rate=self.random.choice((None, 0, 500)),
        )

    def price(self, contract: InstrumentId) -> int:
        """Mostly near the middle, at times far away."""
        share = self.random.choice((1, 1, 1, 10)) * self.random.uniform(-0.01, 0.01)
        return int(MIDDLE[contract] * (1 + share))

    def quote(self, contract: InstrumentId) -> SetQuote:
        bid = self.price(contract)
        return SetQuote(
            instrument_id=contract, bid=bid, ask=bid + self.random.randrange(1_000),
            source_ms=self.log.now_ms,
        )

    def opening(self, account_id: AccountId, contract: InstrumentId) -> OpenPosition:
        direction = self.random.choice((LONG, SHORT))
        here = MIDDLE[contract]
        return OpenPosition(
            account_id=account_id, instrument_id=contract, direction=direction,
            margin=self.random.choice((1, 10**7, 10**8, 10**9, 10**15)),
            leverage=self.random.choice((10, 55, 100, 500, 1_000)),
            stop_loss=self.random.choice((0, 0, here - direction * here // 50)),
            take_profit=self.random.choice((0, 0, here + direction * here // 50)),
            request_id=self.request_id(),
        )

    def on_position(self, account_id: AccountId, kind: float) -> Command:
        """Something with a position: of the account's own mostly, or of anybody's or nobody's."""
        state = self.log.engine.state
        own = list(state.accounts[account_id].positions)
        position_id = PositionId(self.random.randint(1, state.last_position_id + 1))
        if own and self.random.random() < 0.9:
            position_id = PositionId(self.random.choice(own))
        if kind < 0.82:
            return ClosePosition(
                account_id=account_id, position_id=position_id,
                margin=self.random.choice((0, 0, 3 * 10**6, 5 * 10**7)),
                request_id=self.request_id(),
            )
        if kind < 0.92:
            return ChangePosition(
                account_id=account_id, position_id=position_id,
                stop_loss=self.random.choice((None, 0, self.price(SOL_CFD))),
                take_profit=self.random.choice((None, 0, self.price(SOL_CFD))),
                request_id=self.request_id(),
            )
        return AddMargin(
            account_id=account_id, position_id=position_id,
            amount=self.random.choice((1, 10**6, 10**15)), request_id=self.request_id(),
        )

    def request_id(self) -> bytes:
        """One in three commands comes from typed routes, which give none."""
        return self.random.choice((b"", self.random.randbytes(16), self.random.randbytes(16)))
