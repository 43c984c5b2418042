"""The balances of an account, as the broker's clients see them: the wallet is in `USD`."""

from outcry.api.broker.answers import WALLET, WALLET_SHOWN, BalanceData, UsdBalanceData
from outcry.api.broker.numbers import money_number
from outcry.engine.events import AssetListed
from outcry.engine.units import AccountId
from outcry.projections.venue import VenueView


def wallet_of(venue: VenueView) -> AssetListed:
    """The asset of the wallet, which every venue has from its first entry on."""
    wallet = venue.listing.asset(WALLET)
    assert wallet is not None
    return wallet


def usd_balance_data(venue: VenueView, account_id: AccountId, email: str) -> UsdBalanceData:
    """The free balance of the wallet."""
    wallet = wallet_of(venue)
    holding = venue.accounts.balance(account_id, wallet.asset_id)
    return UsdBalanceData(email=email, usd_balance=money_number(holding.free, wallet.decimals))


def balance_data(venue: VenueView, account_id: AccountId, email: str) -> BalanceData:
    """The free balances by asset: the wallet, and those of which the account has something."""
    assets = venue.listing.assets
    balances = {
        WALLET_SHOWN if assets[asset_id].symbol == WALLET else assets[asset_id].symbol:
        money_number(holding.free, assets[asset_id].decimals)
        for asset_id, holding in venue.accounts.balances(account_id).items()
        if assets[asset_id].symbol == WALLET or holding.free
    }
    balances.setdefault(WALLET_SHOWN, money_number(0, 0))
    return BalanceData(email=email, balances=balances)
