"""The contracts and positions that a request is about, as a view of the venue has them."""

from outcry.api.broker.commands import PositionNamed, TradableContract, trade_not_found
from outcry.engine.commands import OpenPosition
from outcry.engine.units import AccountId, InstrumentId, PositionId
from outcry.projections.venue import VenueView


def traded_by_underlying(venue: VenueView) -> dict[str, TradableContract]:
    """Every contract, by the name that the broker's clients use for it."""
    return {
        contract.underlying: traded_of(venue, instrument_id)
        for instrument_id, contract in venue.cfd.contracts.items()
    }


def traded_of(venue: VenueView, instrument_id: InstrumentId) -> TradableContract:
    """A contract by its id."""
    contract = venue.cfd.contracts[instrument_id]
    return TradableContract(contract, venue.listing.assets[contract.asset_id])


def leverage_allowed(venue: VenueView, command: OpenPosition) -> int:
    """The highest leverage, in tenths, that the account may have with this position."""
    contract = venue.cfd.contracts[command.instrument_id]
    exposure = sum(
        position.notional for position in venue.cfd.open_of(command.account_id)
        if position.instrument_id == command.instrument_id
    )
    return venue.terms.leverage_max(contract, exposure + command.margin * command.leverage)


def own_position(
    venue: VenueView, account_id: AccountId, position_id: PositionId
) -> PositionNamed:
    """An open position of this account; raises `ApiError`, as for one that does not exist."""
    row = venue.cfd.position(account_id, position_id)
    if row is None:
        raise trade_not_found()
    return PositionNamed(account_id, row.position_id, traded_of(venue, row.instrument_id))
