"""New contracts as an operator writes them, and the commands that list them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from outcry.engine.commands import Command, ListContract, SetCalendar, SetQuoteRules, SetSession
from outcry.engine.events import AssetListed
from outcry.engine.units import DECIMALS_MAX, LEVERAGE_DECIMALS, LEVERAGE_ONE, InstrumentId
from outcry.operations.genesis import (
    EXPOSURE_MAX,
    HOUSE_EXPOSURE_MAX,
    QUOTE_BAND_RATE,
    QUOTE_SPREAD_MAX_RATE,
)
from outcry.operations.profiles import PROFILES, Profile
from outcry.operations.rules import Number, Numbers, Rules, RulesRefused, counted, fraction
from outcry.projections.venue import VenueView
from outcry.runtime.catalogue import CatalogueContract, catalogue
from outcry.runtime.market_calendar import BadCalendar, parse_calendar

ASSET: Final = "USDC"
_DEFAULTS: Final = {"price_max": "1000000", "leverage_max": "100", "margin_min": "0.01"}
_WORDS: Final = ("asset", "symbol", "decimals", "calendar")  # Rules that are no amounts.


class NewContract(NamedTuple):
    """A contract that is not listed yet, with what follows its listing."""

    listing: ListContract
    band_rate: int
    spread_max_rate: int
    calendar: str
    profile: Profile | None  # The one that all other contracts have.
    asset_decimals: int

    def following(self, instrument_id: InstrumentId, now_ms: int) -> list[Command]:
        """The commands after its listing: bounds of its quotes, calendar, session, and terms."""
        commands: list[Command] = [SetQuoteRules(
            instrument_id=instrument_id, band_rate=self.band_rate,
            spread_max_rate=self.spread_max_rate,
        )]
        calendar = parse_calendar(self.calendar)
        if calendar is not None:
            commands.append(SetCalendar(instrument_id=instrument_id, calendar=self.calendar))
            if not calendar.is_open(now_ms):
                commands.append(SetSession(instrument_id=instrument_id, is_open=False))
        if self.profile is not None:
            commands.append(self.profile.terms(instrument_id, self.asset_decimals))
        return commands


CommandsFor = Callable[[VenueView], Sequence[Command]]


def steps_to_add(name: str, given: Rules, now_ms: int) -> list[CommandsFor]:
    """The two entries that list a contract: only its listing gives it the id that the rest needs.

    They raise `RulesRefused`.
    """
    listed: list[NewContract] = []

    def listing(venue: VenueView) -> Sequence[Command]:
        listed.append(contract_to_add(venue, name, given, catalogue()))
        return [listed[0].listing]

    def following(venue: VenueView) -> Sequence[Command]:
        contract = venue.cfd.contract(name)
        assert contract is not None
        return listed[0].following(contract.instrument_id, now_ms)

    return [listing, following]


def steps_to_add_all(now_ms: int) -> list[CommandsFor]:
    """The entries that list the contracts of the catalogue, without those that are listed."""
    def unless_listed(name: str) -> list[CommandsFor]:
        listing, following = steps_to_add(name, {}, now_ms)
        was_listed: list[bool] = []

        def first(venue: VenueView) -> Sequence[Command]:
            was_listed.append(venue.cfd.contract(name) is not None)
            return [] if was_listed[0] else listing(venue)

        return [first, lambda venue: [] if was_listed[0] else following(venue)]

    return [step for name in catalogue() for step in unless_listed(name)]


def contract_to_add(
    venue: VenueView, name: str, given: Rules, known: Mapping[str, CatalogueContract]
) -> NewContract:
    """A contract on a market; rules that are not given come from the catalogue, or are the usual.

    Without a rule of its own it is as strict as the profile that all other contracts have. Raises
    `RulesRefused`.
    """
    if venue.cfd.contract(name) is not None:
        raise RulesRefused(f"there is a contract on {name} already")
    stated = {rule: text for rule, text in given.items() if text is not None}
    entry = known.get(name)
    if entry is not None:
        stated = {**entry.rules, "calendar": entry.calendar, **stated}
    if "decimals" not in stated:
        raise RulesRefused(
            f"{name} is not in the catalogue ({', '.join(known)}): give at least --decimals"
        )
    asset = venue.listing.asset(stated.get("asset", ASSET))
    if asset is None:
        assets = ", ".join(each.symbol for each in venue.listing.assets.values())
        raise RulesRefused(f"there is no asset {stated.get('asset', ASSET)!r}; there are {assets}")
    decimals = _decimals(stated["decimals"])
    amounts = {rule: text for rule, text in stated.items() if rule not in _WORDS}
    fields = counted({**_DEFAULTS, **amounts}, {}, _numbers(asset, decimals))
    profile = _profile_of_all(venue)
    if profile is not None:
        _make_as_strict(fields, profile, {rule for rule, text in given.items() if text})
    bounds = {
        "band_rate": fields.pop("band_rate", QUOTE_BAND_RATE),
        "spread_max_rate": fields.pop("spread_max_rate", QUOTE_SPREAD_MAX_RATE),
    }
    fields.setdefault("exposure_max", EXPOSURE_MAX)
    fields.setdefault("house_exposure_max", HOUSE_EXPOSURE_MAX)
    return NewContract(
        ListContract(
            symbol=stated.get("symbol", f"{name}_CFD"), underlying=name, asset_id=asset.asset_id,
            price_decimals=decimals, **fields,
        ),
        calendar=checked_calendar(stated.get("calendar", "")), **bounds,
        profile=profile, asset_decimals=asset.decimals,
    )


def _profile_of_all(venue: VenueView) -> Profile | None:
    names = {venue.terms.of(instrument_id).profile for instrument_id in venue.cfd.contracts}
    return PROFILES.get(names.pop()) if len(names) == 1 else None


def _make_as_strict(fields: dict[str, int], profile: Profile, given: Collection[str]) -> None:
    if "leverage_max" not in given:
        fields["leverage_max"] = min(fields["leverage_max"], profile.leverage_max * LEVERAGE_ONE)
    for rule, field, least in (
        ("spread", "spread_rate", profile.spread_rate),
        ("maintenance", "maintenance_rate", profile.maintenance_rate),
    ):
        if rule not in given:
            fields[field] = max(fields.get(field, 0), least)


def calendar_to_set(venue: VenueView, name: str, calendar: str) -> SetCalendar:
    """Another calendar for a contract; raises `RulesRefused`."""
    contract = venue.cfd.contract(name)
    if contract is None:
        known = ", ".join(each.underlying for each in venue.cfd.contracts.values())
        raise RulesRefused(f"there is no contract {name!r}; there are {known or 'none'}")
    return SetCalendar(
        instrument_id=contract.instrument_id, calendar=checked_calendar(calendar)
    )


def checked_calendar(text: str) -> str:
    """A calendar that can be read; raises `RulesRefused`."""
    try:
        parse_calendar(text)
    except BadCalendar as error:
        raise RulesRefused(f"--calendar: {error}") from None
    return text.strip()


def _decimals(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > DECIMALS_MAX:
        raise RulesRefused(f"--decimals must be a number from 0 to {DECIMALS_MAX}, was {text!r}")
    return int(text)


def _numbers(asset: AssetListed, decimals: int) -> Numbers:
    return {
        "price_max": Number("price_max", decimals),
        "leverage_max": Number("leverage_max", LEVERAGE_DECIMALS),
        "margin_min": Number("margin_min", asset.decimals),
        "maintenance": fraction("maintenance_rate"),
        "spread": fraction("spread_rate"),
        "exposure_max": Number("exposure_max", asset.decimals),
        "house_exposure_max": Number("house_exposure_max", asset.decimals),
        "positions_max": Number("positions_max"),
        "quote_age_max_ms": Number("quote_age_max_ms"),
        "band": fraction("band_rate"),
        "spread_max": fraction("spread_max_rate"),
    }
