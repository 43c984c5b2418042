"""Environment variables of other designs, taken where they mean the same as a setting.

They count for less than the venue's own variables and `.env`. Names that many programs share, such
as `DATABASE_URL`, are left alone: what they are set to is seldom meant for this venue.
"""

import os
from collections.abc import Callable
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from outcry.runtime.errors import OperatorError

MS_PER_SECOND: Final = 1_000


def _seconds(name: str, text: str) -> str:
    """Milliseconds as the whole seconds in which they end."""
    if not text.isascii() or not text.isdigit() or int(text) < MS_PER_SECOND:
        raise OperatorError(f"{name} counts milliseconds, at least 1000: it is {text!r}")
    return str(-(-int(text) // MS_PER_SECOND))


def _same(_: str, text: str) -> str:
    return text


# The name, the setting, and how its value is read.
REFERENCE_NAMES: Final[dict[str, tuple[str, Callable[[str, str], str]]]] = {
    "POLLER_ASSETS": ("assets", _same),
    "POLLER_UPDATE_INTERVAL": ("price_interval", _same),
    "ENGINE_SNAPSHOT_INTERVAL": ("snapshot_interval_s", _seconds),
}


class ReferenceNames(PydanticBaseSettingsSource):
    """The settings that such variables state."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of one setting; None if no variable states it."""
        for name, (setting, read) in REFERENCE_NAMES.items():
            text = os.environ.get(name, "")
            if setting == field_name and text:
                return read(name, text), field_name, False
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every stated setting."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}
