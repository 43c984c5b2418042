"""The profile that the contracts of a new venue get."""

from typing import Final

from outcry.operations.profiles import PROFILES, REFERENCE, Profile
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError

CONFIRMATION: Final = "the house bears every gap"


def profile_of(settings: Settings) -> Profile:
    """The profile of a new venue's contracts; raises `OperatorError` when none may be chosen."""
    name = settings.cfd_profile
    if settings.mode == "demo":
        return PROFILES[name or REFERENCE.name]
    if name is None:
        raise OperatorError(
            f"set OUTCRY_CFD_PROFILE to {' or '.join(each for each in PROFILES)}: in production"
            " the rules of CFDs have to be chosen"
        )
    if name == REFERENCE.name and settings.cfd_profile_confirmation != CONFIRMATION:
        raise OperatorError(
            "OUTCRY_CFD_PROFILE=reference has no mark-up, no maintenance margin and no tiers, so"
            " clients trade at the cost of the house: choose another profile, or set"
            f" OUTCRY_CFD_PROFILE_CONFIRMATION to {CONFIRMATION!r}"
        )
    return PROFILES[name]
