"""The listed assets and instruments, by id and by symbol, and the amounts of trades in them."""

from typing import Self

from outcry.engine.events import AssetListed, InstrumentChanged, InstrumentListed
from outcry.engine.image import StateImage
from outcry.engine.spot.instruments import lot_units_of, tick_lot_units_of
from outcry.engine.units import AssetId, InstrumentId


class Listing:
    """Assets and instruments in the order they were listed. None is ever removed."""

    def __init__(self) -> None:
        self.assets: dict[AssetId, AssetListed] = {}
        self.instruments: dict[InstrumentId, InstrumentListed] = {}
        self._assets_by_symbol: dict[str, AssetListed] = {}
        self._instruments_by_symbol: dict[str, InstrumentListed] = {}
        self._lot_units: dict[InstrumentId, int] = {}
        self._tick_lot_units: dict[InstrumentId, int] = {}

    @classmethod
    def from_image(cls, image: StateImage) -> Self:
        """The listing of a snapshot."""
        listing = cls()
        for asset in image.assets:
            listing.fold(asset)
        for instrument in image.instruments:
            listing.fold(instrument)
        return listing

    def fold(self, event: AssetListed | InstrumentListed | InstrumentChanged) -> None:
        """Take in a new asset or instrument, or an instrument's rules as they are now."""
        if isinstance(event, AssetListed):
            self.assets[event.asset_id] = event
            self._assets_by_symbol[event.symbol] = event
            return
        if isinstance(event, InstrumentChanged):
            event = event.instrument
        self.instruments[event.instrument_id] = event
        self._instruments_by_symbol[event.symbol] = event
        base = self.assets[event.base_asset_id]
        quote = self.assets[event.quote_asset_id]
        lot_units = lot_units_of(base.decimals, event.quantity_decimals, event.lot_size)
        tick_lot_units = tick_lot_units_of(
            quote.decimals, event.price_decimals, event.tick_size,
            event.quantity_decimals, event.lot_size,
        )
        assert lot_units > 0
        assert tick_lot_units > 0
        self._lot_units[event.instrument_id] = lot_units
        self._tick_lot_units[event.instrument_id] = tick_lot_units

    def asset(self, symbol: str) -> AssetListed | None:
        """The asset of a symbol."""
        return self._assets_by_symbol.get(symbol)

    def instrument(self, symbol: str) -> InstrumentListed | None:
        """The instrument of a symbol."""
        return self._instruments_by_symbol.get(symbol)

    def base_amount(self, instrument_id: InstrumentId, quantity: int) -> int:
        """The base amount of a quantity in lots, in the base asset's smallest unit."""
        return quantity * self._lot_units[instrument_id]

    def quote_amount(self, instrument_id: InstrumentId, *, price: int, quantity: int) -> int:
        """The quote amount of a quantity in lots at a price in ticks, in the smallest unit."""
        return price * quantity * self._tick_lot_units[instrument_id]
