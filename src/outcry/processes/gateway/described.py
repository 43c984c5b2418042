"""What the types of a route's function do not say: who may call it, and what it reads by hand.

One row for each such route. The order routes, which no framework knows, have an answer in it too.
"""

from collections.abc import Mapping
from types import NoneType
from typing import Final, NamedTuple

from outcry.api.backpack import requests as sent
from outcry.api.backpack.errors import ErrorBody
from outcry.api.backpack.private import (
    LimitOrderBody,
    MarketOrderBody,
    NotPlaced,
    PlacedLimitOrder,
    PlacedMarketOrder,
)
from outcry.api.broker import requests as told
from outcry.processes.gateway.routes.empty import PRIVATE as EMPTY


class Listed(NamedTuple):
    """A list in which each element is one of these."""

    each: tuple[type, ...]


class Row(NamedTuple):
    """A route. A key must sign it for an instruction, or else only a cookie opens it, or nothing.

    `errors` are those that follow from none of these, and none but the limit or a mistake of ours.
    """

    instruction: str | None = None
    by_cookie: bool = False
    query: type = NoneType
    body: type = NoneType
    batch: bool = False
    answer: tuple[type, ...] | Listed = ()
    errors: tuple[int, ...] = ()
    error: type = ErrorBody


ORDER: Final = "/api/v1/order"
ORDERS: Final = "/api/v1/orders"
LIVE: Final = (LimitOrderBody, MarketOrderBody)

ORDER_ROWS: Final[Mapping[tuple[str, str], tuple[str, Row]]] = {
    (ORDER, "POST"): ("Place an order.", Row(
        "orderExecute", body=sent.OrderRequest, answer=LIVE, errors=(404,),
    )),
    (ORDER, "GET"): ("Find an open order.", Row(
        "orderQuery", query=sent.OrderQuery, answer=LIVE, errors=(404,),
    )),
    (ORDER, "PATCH"): ("Replace the price or quantity of an order that rests.", Row(
        "orderReplace", body=sent.OrderReplaceRequest, answer=LIVE, errors=(404,),
    )),
    (ORDER, "DELETE"): ("Cancel an order.", Row(
        "orderCancel", body=sent.OrderCancelRequest, answer=LIVE, errors=(404,),
    )),
    (ORDERS, "POST"): ("Place up to 20 orders, each taken or refused by itself.", Row(
        "orderExecute", body=sent.OrderRequest, batch=True,
        answer=Listed((PlacedLimitOrder, PlacedMarketOrder, NotPlaced)),
    )),
    (ORDERS, "GET"): ("All open orders, oldest first.", Row(
        "orderQueryAll", query=sent.OrdersQuery, answer=Listed(LIVE),
    )),
    (ORDERS, "DELETE"): ("Cancel all orders of a market.", Row(
        "orderCancelAll", body=sent.OrdersCancelRequest, answer=Listed(LIVE),
    )),
}

# In front of the framework too, with a form of its own for errors.
BROKER_ROWS: Final[Mapping[tuple[str, str], tuple[str, Row]]] = {
    ("/api/v1/engine", "POST"): ("Carry out a command of the broker's.", Row(
        by_cookie=True, body=told.BrokerRequest, answer=(told.BrokerAnswer,), errors=(404, 409),
        error=told.BrokerAnswer,
    )),
}

ROWS: Final[Mapping[tuple[str, str], Row]] = {
    ("/api/v1/account", "GET"): Row("accountQuery"),
    ("/api/v1/account", "PATCH"): Row("accountUpdate", body=sent.SettingsRequest),
    ("/api/v1/capital", "GET"): Row("balanceQuery"),
    ("/api/v1/capital/collateral", "GET"): Row("collateralQuery"),
    ("/wapi/v1/history/orders", "GET"): Row(
        "orderHistoryQueryAll", query=sent.OrderHistoryQuery
    ),
    ("/wapi/v1/history/fills", "GET"): Row("fillHistoryQueryAll", query=sent.FillHistoryQuery),
    ("/wapi/v1/capital/deposits", "GET"): Row("depositQueryAll", query=sent.TransfersQuery),
    ("/wapi/v1/capital/withdrawals", "GET"): Row("withdrawalQueryAll", query=sent.TransfersQuery),
    ("/wapi/v1/capital/withdrawals", "POST"): Row(
        "withdraw", body=sent.WithdrawalRequest, errors=(409,)
    ),
    ("/wapi/v1/capital/deposit/address", "GET"): Row(
        "depositAddressQuery", query=sent.DepositAddressQuery
    ),
    ("/api/v1/account/limits/order", "GET"): Row("maxOrderQuantity", query=sent.MaxOrderQuery),
    ("/api/v1/account/limits/withdrawal", "GET"): Row(
        "maxWithdrawalQuantity", query=sent.AssetQuery
    ),
    ("/api/v1/account/limits/borrow", "GET"): Row("maxBorrowQuantity", query=sent.AssetQuery),
    **{(path, "GET"): Row(instruction) for path, instruction in EMPTY.items()},
    ("/api/v1/cfd/positions", "GET"): Row("cfdPositionQuery"),
    ("/api/v1/cfd/positions/closed", "GET"): Row(
        "cfdPositionQuery", query=told.EndedPositionsQuery
    ),
    ("/api/v1/cfd/equity", "GET"): Row("cfdPositionQuery", errors=(404,)),
    ("/api/v1/cfd/positions", "POST"): Row("cfdPositionOpen", body=told.PositionOpenRequest),
    ("/api/v1/cfd/positions/{trade_id}", "PATCH"): Row(
        "cfdPositionChange", body=told.PositionChangeRequest, errors=(404,)
    ),
    ("/api/v1/cfd/positions/{trade_id}", "DELETE"): Row(
        "cfdPositionClose", body=told.PositionCloseRequest, errors=(404,)
    ),
    ("/api/v1/user/signup", "POST"): Row(body=sent.SignUpRequest),
    ("/api/v1/user/signin/post", "GET"): Row(query=sent.TokenQuery, errors=(401,)),
    ("/api/v1/user/signin/post", "POST"): Row(body=sent.TokenRequest, errors=(401, 403)),
    ("/api/v1/user/signout", "POST"): Row(by_cookie=True),
    ("/api/v1/user/me", "GET"): Row(by_cookie=True),
    ("/api/v1/user/demo", "POST"): Row(errors=(403,)),
    ("/api/v1/user/demo-deposit", "POST"): Row(by_cookie=True),
    ("/api/v1/user/api-keys", "GET"): Row(by_cookie=True),
    ("/api/v1/user/api-keys", "POST"): Row(by_cookie=True, body=sent.NewKeyRequest),
    ("/api/v1/user/api-keys", "DELETE"): Row(
        by_cookie=True, body=sent.KeyRevokeRequest, errors=(404,)
    ),
}
