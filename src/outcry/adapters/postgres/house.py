"""What the house has won and lost, from the recorder's tables."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.units import AssetId

_SQL: Final = load_queries("house")


class HouseResult(NamedTuple):
    """The result of a day, a contract or an account. Money is in the asset's smallest unit."""

    of: str
    asset_id: AssetId
    closes: int
    result: int  # The house's; below zero it is a loss.
    shortfall: int  # Losses of traders that the house bore.


async def house_results(database: Database, by: str, count: int) -> Sequence[HouseResult]:
    """Results by `day`, `contract` or `account`; raises `DatabaseUnavailable`."""
    rows = await database.fetch(_SQL[f"by_{by}"], count)
    return [
        HouseResult(
            row["of"], row["asset_id"], row["closes"], int(row["result"]), int(row["shortfall"])
        )
        for row in rows
    ]
