"""The form of everything that is packed: a frozen array of fields, in the order of its class."""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True)  # Tells mypy that classes below are frozen like this one.
class Message(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message that may have more fields than its reader knows."""


class StrictMessage(Message, forbid_unknown_fields=True):
    """A message with a field that its reader does not know is malformed."""
