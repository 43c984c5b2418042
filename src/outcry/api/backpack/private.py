"""Backpack's private REST answers: orders, fills, balances and the account."""

import msgspec
from msgspec import UNSET, UnsetType


class OrderBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The members that limit and market orders have in common."""

    id: str
    client_id: int | None
    symbol: str
    side: str
    order_type: str
    status: str
    time_in_force: str
    self_trade_prevention: str
    # Milliseconds while the order is live, a naive time in history.
    created_at: int | str
    executed_quantity: str
    executed_quote_quantity: str
    quantity: str | None  # None until its trigger fires: see `trigger_quantity`.
    reduce_only: bool | None = None
    trigger_by: str | None = None
    trigger_price: str | None = None
    trigger_quantity: str | None = None
    triggered_at: int | None = None  # Milliseconds, in history too.
    related_order_id: str | None = None
    strategy_id: None = None
    take_profit_trigger_price: str | None = None
    take_profit_limit_price: str | None = None
    take_profit_trigger_by: str | None = None
    stop_loss_trigger_price: str | None = None
    stop_loss_limit_price: str | None = None
    stop_loss_trigger_by: str | None = None
    system_order_type: None = None
    # Of the exits that were placed in the same answer; absent when there are none.
    exit_quantity: str | UnsetType = UNSET


class LimitOrderBody(OrderBody, frozen=True, kw_only=True, rename="camel"):
    """A live limit order."""

    price: str
    post_only: bool


class MarketOrderBody(OrderBody, frozen=True, kw_only=True, rename="camel"):
    """A live market order: it waits for its trigger, or has ended by the time anybody sees it."""

    quote_quantity: str | None
    slippage_tolerance: None = None
    slippage_tolerance_type: None = None


class PastOrderBody(OrderBody, frozen=True, kw_only=True, rename="camel"):
    """An order in history, of either kind, open ones included."""

    expiry_reason: str | None
    price: str | None
    post_only: bool | None
    quote_quantity: str | None
    slippage_tolerance: None = None
    slippage_tolerance_type: None = None


class PlacedLimitOrder(LimitOrderBody, frozen=True, kw_only=True, rename="camel"):
    """A limit order that one element of a batch placed."""

    operation: str = "Ok"


class PlacedMarketOrder(MarketOrderBody, frozen=True, kw_only=True, rename="camel"):
    """A market order that one element of a batch placed."""

    operation: str = "Ok"


class NotPlaced(msgspec.Struct, frozen=True):
    """An element of a batch that placed nothing."""

    code: str
    message: str
    retryable: bool
    operation: str = "Err"


class FillBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One order's part of a trade."""

    trade_id: int
    order_id: str
    client_id: str | None
    symbol: str
    side: str
    price: str
    quantity: str
    fee: str
    fee_symbol: str
    is_maker: bool
    timestamp: str
    system_order_type: None = None


class BalanceBody(msgspec.Struct, frozen=True):
    """The balance of an account in one asset."""

    available: str
    locked: str
    staked: str = "0"


class AccountBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An account's fees, in hundredths of a percent, and its limits."""

    spot_maker_fee: str
    spot_taker_fee: str
    futures_maker_fee: str
    futures_taker_fee: str
    limit_orders: int
    trigger_orders: int
    auto_borrow_settlements: bool = False
    auto_lend: bool = False
    auto_realize_pnl: bool = False
    auto_repay_borrows: bool = False
    liquidating: bool = False
    borrow_limit: str = "0"
    leverage_limit: str = "1"
    position_limit: str = "0"


class MaxOrderBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The largest order of an account in a market."""

    symbol: str
    side: str
    price: str | None
    max_order_quantity: str
    reduce_only: bool | None = None
    auto_borrow: bool | None = None
    auto_borrow_repay: bool | None = None
    auto_lend_redeem: bool | None = None


class MaxWithdrawalBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The largest withdrawal of an account in an asset."""

    symbol: str
    max_withdrawal_quantity: str
    auto_borrow: bool | None = None
    auto_lend_redeem: bool | None = None


class MaxBorrowBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The largest loan to an account, which is zero: there is no lending."""

    symbol: str
    max_borrow_quantity: str = "0"


class CollateralItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The balance of an account in one asset, and its value."""

    symbol: str
    asset_mark_price: str
    total_quantity: str
    balance_notional: str
    collateral_value: str
    open_order_quantity: str
    available_quantity: str
    collateral_weight: str = "1"
    lend_quantity: str = "0"


class CollateralBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The value of an account. There are no loans, so nothing serves as security."""

    assets_value: str
    net_equity: str
    net_equity_available: str
    net_equity_locked: str
    collateral: list[CollateralItem]
    borrow_liability: str = "0"
    liabilities_value: str = "0"
    net_exposure_futures: str = "0"
    unsettled_equity: str = "0"
    pnl_unrealized: str = "0"
    imf: str = "0"
    mmf: str = "0"
    margin_fraction: None = None


class DepositBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A deposit."""

    id: int
    symbol: str
    quantity: str
    created_at: str
    status: str = "confirmed"
    source: str = "administrator"
    from_address: None = None
    to_address: None = None
    transaction_hash: None = None
    platform_memo: None = None
    fiat_amount: None = None
    fiat_currency: None = None
    institution_bic: None = None


class WithdrawalBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A withdrawal."""

    id: int
    symbol: str
    quantity: str
    created_at: str
    fee: str = "0"
    status: str = "confirmed"
    blockchain: str = "Internal"
    client_id: str | None = None
    identifier: None = None
    subaccount_id: None = None
    to_address: str = ""
    transaction_hash: None = None
    is_internal: bool = True
    fiat_fee: None = None
    fiat_state: None = None
    fiat_symbol: None = None
    provider_id: None = None
    account_identifier: None = None
    bank_identifier: None = None
    bank_name: None = None
    trigger_at: None = None


class DepositAddress(msgspec.Struct, frozen=True):
    """The address for deposits."""

    address: str
