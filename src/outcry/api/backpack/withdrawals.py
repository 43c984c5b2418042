"""Requests to take money out."""

from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import read_amount, refuse_unknown
from outcry.api.backpack.rest import BLOCKCHAIN
from outcry.engine.events import AssetListed
from outcry.projections.listing import Listing

TEXT_MAX: Final = 256

# Nothing is lent here, and there is no second factor.
_FIELDS: Final = frozenset({
    "symbol", "quantity", "address", "blockchain", "clientId", "twoFactorToken", "autoBorrow",
    "autoLendRedeem",
})


class Withdrawal(NamedTuple):
    """What is asked for. The client's own id makes it happen at most once."""

    asset: AssetListed
    amount: int
    address: str
    client_id: str | None


def read_withdrawal(members: Members, listing: Listing) -> Withdrawal:
    """Read one; raises `ApiError` when it is not one the engine could carry out."""
    refuse_unknown(members, _FIELDS)
    asset = asset_named(listing, members.get("symbol"))
    address = _text(members, "address")
    if address is None:
        raise invalid("Missing `address`")
    if members.get("blockchain") != BLOCKCHAIN:
        raise invalid(f"Invalid blockchain: expected {BLOCKCHAIN}")
    if members.get("quantity") is None:
        raise invalid("Missing `quantity`")
    return Withdrawal(
        asset, read_amount(asset, members.get("quantity"), "quantity"), address,
        _text(members, "clientId"),
    )


def asset_named(listing: Listing, symbol: object) -> AssetListed:
    """The asset of a symbol; raises `ApiError` when there is none."""
    if not symbol:
        raise invalid("Missing `symbol`")
    asset = listing.asset(symbol) if isinstance(symbol, str) else None
    if asset is None:
        raise ApiError(400, Code.INVALID_ASSET, "Invalid asset symbol")
    return asset


def _text(members: Members, name: str) -> str | None:
    value = members.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX or not value.isprintable():
        raise invalid(f"Invalid {name}: expected 1 to {TEXT_MAX} characters")
    return value
