"""The streams of CFDs: a contract's prices for anybody, a position for its owner."""

from typing import Final

from outcry.api.broker.commands import TradableContract
from outcry.api.cfd.price_states import price_state
from outcry.api.cfd.stream_frames import cfd_quote, position_update
from outcry.engine.events import PositionClosed
from outcry.engine.units import InstrumentId
from outcry.processes.stream.hub import Hub
from outcry.projections.cfd import OPEN, PositionUpdate
from outcry.projections.venue import VenueView

QUOTE: Final = "cfdQuote"
POSITION_UPDATE: Final = "account.cfdPositionUpdate"


class CfdFeed:
    """Publishes quotes and positions. Nothing is built that nobody listens to."""

    def __init__(self, venue: VenueView, hub: Hub) -> None:
        self._venue = venue
        self._hub = hub

    def on_price(self, instrument_id: InstrumentId, now_us: int) -> None:
        """The outside price of a contract was set, or clients can no longer deal at it."""
        contract = self._venue.cfd.contracts[instrument_id]
        channel = self._hub.channel(f"{QUOTE}.{contract.underlying}")
        prices = self._venue.cfd.prices(instrument_id)
        if channel is not None and prices is not None:
            state = price_state(self._venue.gates.gate(instrument_id))
            self._hub.publish(channel, cfd_quote(contract, prices, state, now_us=now_us))

    def on_position(self, update: PositionUpdate, now_us: int) -> None:
        """A position was opened, changed or closed."""
        position = update.position
        channels = self._hub.account_channels(position.account_id)
        if channels is None:
            return
        if isinstance(update.event, PositionClosed) and position.status == OPEN:
            return  # A part was closed; the next event states the rest.
        cfd = self._venue.cfd
        contract = cfd.contracts[position.instrument_id]
        names = (POSITION_UPDATE, f"{POSITION_UPDATE}.{contract.underlying}")
        heard = [channels[name] for name in names if name in channels]
        if heard:
            message = position_update(
                update, TradableContract(contract, self._venue.listing.assets[contract.asset_id]),
                close_price=cfd.close_price(position), unrealized=cfd.unrealized(position),
                now_us=now_us,
            )
            for channel in heard:
                self._hub.publish(channel, message)
