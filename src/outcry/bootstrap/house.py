"""`outcry house results`: what the house of a running venue has won and lost."""

from outcry.adapters.postgres.house import house_results
from outcry.adapters.postgres.pool import Database
from outcry.bootstrap.running_venue import Rows, query
from outcry.projections.venue import VenueView
from outcry.runtime.config import VenueSettings
from outcry.wire.decimals import amount_text


async def results(settings: VenueSettings, by: str, count: int) -> Rows:
    """Rows by day, contract or account; raises `DatabaseUnavailable` and `LogUnavailable`."""
    async with Database(
        settings.database_url, application="house", connections_max=1
    ) as database:
        found = await house_results(database, by, count)

    def rows_of(venue: VenueView) -> Rows:
        assets = venue.listing.assets
        return [
            {
                "of": each.of, "closes": str(each.closes),
                "house_result": amount_text(assets[each.asset_id], each.result),
                "shortfall": amount_text(assets[each.asset_id], each.shortfall),
                "wallet": assets[each.asset_id].symbol,
            }
            for each in found
        ]

    return await query(settings, rows_of)
