"""Unmodified ccxt as a client of ours: class `backpack`, told another address, and nothing else."""

from decimal import Decimal
from typing import Any

import ccxt

from rigs.venues import Venue

SOL = "SOL/USDC"
TAKER_FEE = Decimal("0.0005")
MAKER_FEE = Decimal("0.0002")


def options(venue: Venue, keys: dict[str, Any]) -> dict[str, Any]:
    """What a user of ccxt changes to trade here."""
    return {
        "apiKey": keys["api_key"], "secret": keys["api_secret"],
        "urls": {"api": {
            "public": venue.url, "private": venue.url,
            "ws": {"public": venue.stream_url, "private": venue.stream_url},
        }},
    }


class Client:
    """One account, and what it should have by the fills it was told of."""

    def __init__(self, venue: Venue, name: str) -> None:
        deposits = {"USDC": "100000", "SOL": "1000"}
        self.keys = venue.create_user(f"{name}@example.org", **deposits)
        self.ccxt: Any = ccxt.backpack(options(venue, self.keys))
        self.ccxt.load_markets()
        self.deposits = {asset: Decimal(amount) for asset, amount in deposits.items()}

    def balances(self) -> dict[str, Decimal]:
        """Available and locked together."""
        raw = self.ccxt.private_get_api_v1_capital()
        return {
            asset: Decimal(raw[asset]["available"]) + Decimal(raw[asset]["locked"])
            for asset in ("USDC", "SOL")
        }

    def expected_balances(self) -> dict[str, Decimal]:
        """Deposits, withdrawals and every fill, to the last unit."""
        expected = dict(self.deposits)
        for withdrawal in self.ccxt.fetch_withdrawals(limit=1000):
            expected[withdrawal["currency"]] -= Decimal(withdrawal["info"]["quantity"])
        for fill in self.ccxt.fetch_my_trades(SOL, limit=1000):
            raw = fill["info"]
            quantity, price = Decimal(raw["quantity"]), Decimal(raw["price"])
            sign = 1 if raw["side"] == "Bid" else -1
            expected["SOL"] += sign * quantity
            expected["USDC"] -= sign * quantity * price
            expected[raw["feeSymbol"]] -= Decimal(raw["fee"])
        return expected

    def history(self, order_id: str) -> Any:
        """An order as history has it, in the venue's own words."""
        return self.ccxt.fetch_order(order_id, SOL)["info"]

    def limit(self, side: str, amount: float, price: float, **params: Any) -> Any:
        return self.ccxt.create_order(SOL, "limit", side, amount, price, params)

    def market(self, side: str, amount: float | None, **params: Any) -> Any:
        return self.ccxt.create_order(SOL, "market", side, amount, None, params)
