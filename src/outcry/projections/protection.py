"""The markets and contracts that trade without protection."""

from outcry.projections.venue import VenueView

BOOKS = "books"
QUOTES = "quotes"


def unprotected(venue: VenueView) -> dict[str, list[str]]:
    """Symbols: of `books` without a price band and an impact bound, and of unbounded `quotes`."""
    instruments = venue.listing.instruments.values()
    listed = [(each.instrument_id, each.symbol) for each in instruments]
    listed += [(each.instrument_id, each.symbol) for each in venue.cfd.contracts.values()]
    return {
        BOOKS: [
            each.symbol for each in instruments
            if each.price_band_rate == 0 and each.impact_rate == 0
        ],
        QUOTES: [
            symbol for instrument_id, symbol in listed
            if venue.gates.gate(instrument_id).is_unbounded
        ],
    }
