"""Which profile a venue opens with, and what production asks for."""

import pytest

from outcry.bootstrap.cfd_profile import CONFIRMATION, profile_of
from outcry.operations.profiles import PROFILES, REFERENCE
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError


def settings(**stated: str) -> Settings:
    return Settings.model_validate(stated)


def test_demo_mode_opens_with_reference_unless_told_otherwise() -> None:
    assert REFERENCE == profile_of(settings())
    for name, profile in PROFILES.items():
        assert profile == profile_of(settings(cfd_profile=name))


def test_production_has_to_name_one() -> None:
    with pytest.raises(OperatorError, match="set OUTCRY_CFD_PROFILE to reference or retail or cry"):
        profile_of(settings(mode="production"))
    for name in set(PROFILES) - {"reference"}:
        assert PROFILES[name] == profile_of(settings(mode="production", cfd_profile=name))


@pytest.mark.parametrize("words", ["", "yes", CONFIRMATION.upper()])
def test_reference_in_production_takes_the_words(words: str) -> None:
    stated = {"mode": "production", "cfd_profile": "reference"}
    with pytest.raises(OperatorError, match=f"CONFIRMATION to '{CONFIRMATION}'"):
        profile_of(settings(**stated, cfd_profile_confirmation=words))
    assert REFERENCE == profile_of(settings(**stated, cfd_profile_confirmation=CONFIRMATION))
