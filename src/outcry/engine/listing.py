"""Making assets, instruments and contracts known, and changing their rules."""

from typing import Final

from msgspec.structs import asdict, replace

from outcry.engine.cfd.closing import quote_contract
from outcry.engine.cfd.contracts import Contract, contract_is_sound
from outcry.engine.cfd.sums import recount_gains_max
from outcry.engine.cfd.terms import terms_are_sound
from outcry.engine.commands import (
    ChangeContract,
    ChangeInstrument,
    ListAsset,
    ListContract,
    ListInstrument,
    OpenVenue,
    SetContractTerms,
)
from outcry.engine.events import (
    AssetListed,
    ContractChanged,
    ContractListed,
    ContractTermsSet,
    Event,
    InstrumentChanged,
    InstrumentListed,
    VenueOpened,
)
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.spot.book import Book
from outcry.engine.spot.conditional import settle_standing
from outcry.engine.spot.instruments import (
    Instrument,
    instrument_is_sound,
    lot_units_of,
    tick_lot_units_of,
)
from outcry.engine.state import State
from outcry.engine.units import CLOSED, DECIMALS_MAX, FEES, OPEN, AssetId, is_symbol

NAME_MAX: Final = 64



def open_venue(state: State, command: OpenVenue) -> list[Event]:
    """Give the venue its id, once."""
    if state.venue_id or not is_symbol(command.venue_id.replace("-", "_")):
        return refused(RejectReason.VENUE_OPEN)
    state.venue_id = command.venue_id
    return [VenueOpened(venue_id=command.venue_id)]


def list_asset(state: State, command: ListAsset) -> list[Event]:
    """Make an asset known under the next free id."""
    if any(asset.symbol == command.symbol for asset in state.assets.values()):
        return refused(RejectReason.ASSET_EXISTS)
    if not is_symbol(command.symbol) or not 0 <= command.decimals <= DECIMALS_MAX:
        return refused(RejectReason.ASSET_INVALID)
    if not 0 < len(command.name) <= NAME_MAX or not command.name.isprintable():
        return refused(RejectReason.ASSET_INVALID)
    listed = AssetListed(asset_id=AssetId(len(state.assets) + 1), **asdict(command))
    state.assets[listed.asset_id] = listed
    return [listed]


def list_instrument(state: State, command: ListInstrument) -> list[Event]:
    """Make an instrument tradable under the next free id."""
    base = state.assets.get(command.base_asset_id)
    quote = state.assets.get(command.quote_asset_id)
    if base is None or quote is None:
        return refused(RejectReason.ASSET_NOT_FOUND)
    if _is_listed(state, command.symbol):
        return refused(RejectReason.INSTRUMENT_EXISTS)
    if not instrument_is_sound(
        command, base_decimals=base.decimals, quote_decimals=quote.decimals
    ):
        return refused(RejectReason.INSTRUMENT_INVALID)
    listed = InstrumentListed(
        instrument_id=state.next_instrument_id(), state=OPEN, listed_ms=state.now_ms,
        **asdict(command),
    )
    open_book(state, listed)
    return [listed]


def list_contract(state: State, command: ListContract) -> list[Event]:
    """Make a contract tradable under the next free id."""
    if command.asset_id not in state.assets:
        return refused(RejectReason.ASSET_NOT_FOUND)
    if _is_listed(state, command.symbol):
        return refused(RejectReason.INSTRUMENT_EXISTS)
    listed = ContractListed(
        instrument_id=state.next_instrument_id(), state=OPEN, listed_ms=state.now_ms,
        **asdict(command),
    )
    if not contract_is_sound(listed):
        return refused(RejectReason.INSTRUMENT_INVALID)
    state.contracts[listed.instrument_id] = Contract(listed)
    return [listed]


def change_contract(state: State, command: ChangeContract) -> list[Event]:
    """Change a contract's rules or state."""
    contract = state.contracts.get(command.instrument_id)
    if contract is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND)
    after = replace(contract.listed, **_changes_of(command))
    if not contract_is_sound(after):
        return refused(RejectReason.INSTRUMENT_INVALID)
    price_max_before = contract.listed.price_max
    contract.listed = after
    if after.price_max != price_max_before:
        recount_gains_max(state, contract)
    events: list[Event] = [ContractChanged(contract=after)]
    if contract.quote is not None:
        events += quote_contract(state, contract, contract.quote)
    return events


def set_contract_terms(state: State, command: SetContractTerms) -> list[Event]:
    """Set a contract's terms; one that is not stated stays. Open positions stay as they are."""
    contract = state.contracts.get(command.instrument_id)
    if contract is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND)
    terms = contract.terms
    profile: str = terms.profile if command.profile is None else command.profile
    room: int = (
        terms.payout_room_rate if command.payout_room_rate is None else command.payout_room_rate
    )
    after = ContractTermsSet(
        instrument_id=contract.instrument_id, profile=profile,
        tiers=terms.tiers if command.tiers is None else command.tiers, payout_room_rate=room,
    )
    if not terms_are_sound(after):
        return refused(RejectReason.INSTRUMENT_INVALID)
    contract.terms = after
    return [after]


def _changes_of(command: ChangeInstrument | ChangeContract) -> dict[str, int]:
    """The rules a command states."""
    stated = asdict(command)
    del stated["instrument_id"]
    return {rule: value for rule, value in stated.items() if value is not None}


def _is_listed(state: State, symbol: str) -> bool:
    return any(book.instrument.listed.symbol == symbol for book in state.books.values()) or any(
        contract.listed.symbol == symbol for contract in state.contracts.values()
    )


def open_book(state: State, listed: InstrumentListed) -> Book:
    """Give an instrument its empty book."""
    fees = state.accounts[FEES]
    instrument = Instrument(
        listed,
        lot_units=lot_units_of(
            state.assets[listed.base_asset_id].decimals, listed.quantity_decimals, listed.lot_size
        ),
        tick_lot_units=tick_lot_units_of(
            state.assets[listed.quote_asset_id].decimals,
            listed.price_decimals,
            listed.tick_size,
            listed.quantity_decimals,
            listed.lot_size,
        ),
        base_fees=fees.balance(listed.base_asset_id),
        quote_fees=fees.balance(listed.quote_asset_id),
    )
    book = Book(instrument)
    state.books[instrument.instrument_id] = book
    return book


def change_instrument(state: State, command: ChangeInstrument) -> list[Event]:
    """Change an instrument's rules or state. Orders that rest stay, whatever the new rules say."""
    book = state.books.get(command.instrument_id)
    if book is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND)
    before = book.instrument.listed
    after = replace(before, **_changes_of(command))
    if not OPEN <= after.state <= CLOSED or not instrument_is_sound(
        after,
        base_decimals=state.assets[after.base_asset_id].decimals,
        quote_decimals=state.assets[after.quote_asset_id].decimals,
    ):
        return refused(RejectReason.INSTRUMENT_INVALID)
    book.instrument.set_rules(after)
    events: list[Event] = [InstrumentChanged(instrument=after)]
    if before.state != OPEN and after.state == OPEN:
        settle_standing(state, book, events)
    return events
