"""The version of the rules in force, which decides the outcome of a command.

A change of the outcome of commands that are in journals already is a new version. Until the journal
says `UseRules`, the engine behaves as it did when those commands were answered, so a replay gives
the same events despite later corrections. A handler that behaves in two ways asks `state.rules`
which of the two is in force.
"""

from collections.abc import Collection
from typing import Final

from outcry.engine.commands import UseRules
from outcry.engine.events import Event, RulesUsed
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.state import State

RULES_KNOWN: Final = (1, 2)  # The versions this build can behave by, oldest first.


class VersionUnknown(Exception):
    """The journal or a snapshot needs a version, of rules or schema, that this build lacks.

    The process stops before the entry. A build that has the version can then apply it.
    """


def require_rules(known: Collection[int], version: int) -> None:
    """Raise `VersionUnknown` when the known versions lack this one."""
    if version not in known:
        raise VersionUnknown(
            f"version {version} of the rules is needed, and this build has"
            f" {', '.join(str(each) for each in known)}: start a build that has it"
        )


def use_rules(known: Collection[int], state: State, command: UseRules) -> list[Event]:
    """Behave by another version from the next command on; an older one is as good as a newer."""
    if command.version <= 0:
        return refused(RejectReason.RULES_INVALID)
    require_rules(known, command.version)
    state.rules = command.version
    return [RulesUsed(version=command.version)]
