"""Spot instruments, their rules, and the units of their ticks and lots."""

from outcry.engine.balances import Balance
from outcry.engine.commands import ListInstrument
from outcry.engine.events import InstrumentListed
from outcry.engine.units import AMOUNT_MAX, DECIMALS_MAX, RATE_ONE, AssetId, InstrumentId, is_symbol


class Instrument:
    """A spot instrument. `lot_units` and `tick_lot_units` turn lots and ticks into money."""

    def __init__(
        self, listed: InstrumentListed, *, lot_units: int, tick_lot_units: int,
        base_fees: Balance, quote_fees: Balance,
    ) -> None:
        self.instrument_id: InstrumentId = listed.instrument_id
        self.base_asset_id: AssetId = listed.base_asset_id
        self.quote_asset_id: AssetId = listed.quote_asset_id
        self.lot_units = lot_units  # Base units in one lot.
        self.tick_lot_units = tick_lot_units  # Quote units of one lot at a price of one tick.
        self.base_fees = base_fees
        self.quote_fees = quote_fees
        # A price of an outside quote times numerator / denominator is that price in ticks.
        self.mark_numerator: int = 10**listed.price_decimals
        self.mark_denominator: int = listed.tick_size * 10**listed.mark_decimals
        self.set_rules(listed)

    def set_rules(self, listed: InstrumentListed) -> None:
        """Follow these rules from now on; tick and lot are the same as ever."""
        self.listed = listed
        self.price_min = listed.price_min
        self.price_max = listed.price_max
        self.quantity_min = listed.quantity_min
        self.quantity_max = listed.quantity_max
        self.maker_fee_rate = listed.maker_fee_rate
        self.taker_fee_rate = listed.taker_fee_rate
        self.price_band_rate = listed.price_band_rate
        self.impact_rate = listed.impact_rate
        self.open_orders_max = listed.open_orders_max
        self.state = listed.state


def lot_units_of(base_decimals: int, quantity_decimals: int, lot_size: int) -> int:
    """Base units in one lot; 0 when that is not a whole number."""
    return _scaled(lot_size, quantity_decimals - base_decimals)


def tick_lot_units_of(
    quote_decimals: int, price_decimals: int, tick_size: int, quantity_decimals: int, lot_size: int
) -> int:
    """Quote units of one lot at a price of one tick; 0 when that is not a whole number."""
    return _scaled(tick_size * lot_size, price_decimals + quantity_decimals - quote_decimals)


def _scaled(number: int, excess_decimals: int) -> int:
    """The number without these decimals; 0 when the result is not whole."""
    if excess_decimals <= 0:
        units: int = number * 10 ** (-excess_decimals)
        return units
    divisor: int = 10**excess_decimals
    return number // divisor if number % divisor == 0 else 0


def instrument_is_sound(
    command: ListInstrument | InstrumentListed, *, base_decimals: int, quote_decimals: int
) -> bool:
    """Whether the rules fit each other, no trade would round, and everything fits 64 bits."""
    if not is_symbol(command.symbol) or command.base_asset_id == command.quote_asset_id:
        return False
    for decimals in (command.price_decimals, command.quantity_decimals):
        if not 0 <= decimals <= DECIMALS_MAX:
            return False
    if not 0 <= command.mark_decimals <= DECIMALS_MAX:
        return False
    if not 0 < command.tick_size < AMOUNT_MAX or not 0 < command.lot_size < AMOUNT_MAX:
        return False
    if not 0 < command.price_min <= command.price_max < AMOUNT_MAX:
        return False
    if not 0 < command.quantity_min <= command.quantity_max < AMOUNT_MAX:
        return False
    for rate in (command.maker_fee_rate, command.taker_fee_rate):
        if not -RATE_ONE < rate < RATE_ONE:
            return False
    # The taker pays for the maker's rebate, not the venue.
    if command.maker_fee_rate + command.taker_fee_rate < 0:
        return False
    if not 0 <= command.price_band_rate < AMOUNT_MAX or not 0 <= command.impact_rate < AMOUNT_MAX:
        return False
    if not 0 <= command.open_orders_max < AMOUNT_MAX:
        return False
    lot_units = lot_units_of(base_decimals, command.quantity_decimals, command.lot_size)
    tick_lot_units = tick_lot_units_of(
        quote_decimals, command.price_decimals, command.tick_size,
        command.quantity_decimals, command.lot_size,
    )
    if lot_units == 0 or tick_lot_units == 0:
        return False
    return (
        command.quantity_max * lot_units < AMOUNT_MAX
        and command.price_max * command.quantity_max * tick_lot_units < AMOUNT_MAX
    )
