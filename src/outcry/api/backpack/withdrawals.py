"""Requests to take money out."""

from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members
from outcry.api.backpack.errors import invalid
from outcry.api.backpack.fields import FLAG, TEXT, Amount, AssetSymbol, Field, Fields, Line
from outcry.api.backpack.rest import BLOCKCHAIN
from outcry.engine.events import AssetListed
from outcry.projections.listing import Listing

TEXT_MAX: Final = 256

SYMBOL: Final = AssetSymbol("symbol")
QUANTITY: Final = Amount("quantity")
ADDRESS: Final = Line("address", longest=TEXT_MAX)
CHAIN: Final = Field("blockchain", {"enum": [BLOCKCHAIN]})
CLIENT_ID: Final = Line("clientId", longest=TEXT_MAX)

WITHDRAWAL: Final = Fields(
    SYMBOL, QUANTITY, ADDRESS, CHAIN,
    optional=(
        CLIENT_ID,
        # Nothing is lent here, and there is no second factor.
        Field("twoFactorToken", TEXT), Field("autoBorrow", FLAG), Field("autoLendRedeem", FLAG),
    ),
    name="WithdrawalRequest",
    says="Money to take out. With a client id it happens once, however often it is sent.",
)


class WithdrawalTerms(NamedTuple):
    """A withdrawal as requested. With an id of the client it happens at most once."""

    asset: AssetListed
    amount: int
    address: str
    client_id: str | None


def read_withdrawal(members: Members, listing: Listing) -> WithdrawalTerms:
    """Read a withdrawal; raises `ApiError` if the engine could not carry it out."""
    asset = SYMBOL.of(members, listing)
    address = ADDRESS.of(members)
    if address is None:
        raise invalid("Missing `address`")
    if CHAIN.sent(members) != BLOCKCHAIN:
        raise invalid(f"Invalid blockchain: expected {BLOCKCHAIN}")
    if QUANTITY.sent(members) is None:
        raise invalid("Missing `quantity`")
    return WithdrawalTerms(asset, QUANTITY.of(members, asset), address, CLIENT_ID.of(members))
