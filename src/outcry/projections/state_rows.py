"""The rows that a state alone leads to, for a database that lacks the entries before it."""

from typing import NamedTuple

from outcry.engine.events import AssetListed, BalanceAfter, ContractListed, InstrumentListed
from outcry.engine.image import StateImage
from outcry.projections.cfd import PositionRow
from outcry.projections.history import AccountRow, OrderRow
from outcry.projections.venue import VenueView
from outcry.wire.journal import EntryId


class StateRows(NamedTuple):
    """The present of a venue as rows. Its past (trades, transfers, ended orders) is not in a state.
    """

    assets: list[AssetListed]
    instruments: list[InstrumentListed]
    contracts: list[ContractListed]
    accounts: list[AccountRow]
    balances: list[BalanceAfter]
    orders: list[OrderRow]  # Open and waiting ones.
    positions: list[PositionRow]  # Open ones.

    @property
    def user_key_max(self) -> int:
        """The highest key of a user who has an account."""
        return max((account.user_key for account in self.accounts), default=0)


def state_rows(image: StateImage, entry_id: EntryId) -> StateRows:
    """The rows of a state at an entry."""
    venue = VenueView.from_image(image, entry_id)
    return StateRows(
        assets=image.assets, instruments=image.instruments,
        contracts=[contract.listed for contract in image.contracts],
        accounts=[
            AccountRow(account_id=each.account_id, user_key=each.user_key, created_ms=entry_id.ms)
            for each in image.accounts if each.user_key
        ],
        balances=[
            BalanceAfter(
                account_id=each.account_id, asset_id=held.asset_id, free=held.free,
                locked=held.locked,
            )
            for each in image.accounts for held in each.balances
        ],
        orders=[
            order for each in image.accounts for order in venue.orders.open_of(each.account_id)
        ],
        positions=[
            position for each in image.accounts
            for position in venue.cfd.open_of(each.account_id)
        ],
    )
