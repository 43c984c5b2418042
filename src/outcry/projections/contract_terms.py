"""The terms of contracts beside their rules: the profile, tiers of leverage, room for gains."""

from typing import Self

from outcry.engine.cfd.terms import leverage_max_of, no_terms
from outcry.engine.events import ContractListed, ContractTermsSet
from outcry.engine.image import StateImage
from outcry.engine.units import InstrumentId


class ContractTerms:
    """The terms of each contract, by its id."""

    def __init__(self) -> None:
        self._terms: dict[InstrumentId, ContractTermsSet] = {}

    @classmethod
    def from_image(cls, image: StateImage) -> Self:
        """The terms of a snapshot."""
        terms = cls()
        for contract in image.contracts:
            if contract.terms is not None:
                terms.fold(contract.terms)
        return terms

    def fold(self, event: ContractTermsSet) -> None:
        """Take in a contract's terms as they now are."""
        self._terms[event.instrument_id] = event

    def of(self, instrument_id: InstrumentId) -> ContractTermsSet:
        """A contract's terms."""
        return self._terms.get(instrument_id) or no_terms(instrument_id)

    def leverage_max(self, contract: ContractListed, exposure: int) -> int:
        """The highest leverage, in tenths, of an account with this notional, in tenths."""
        terms = self.of(contract.instrument_id)
        return leverage_max_of(terms, contract.leverage_max, exposure)
