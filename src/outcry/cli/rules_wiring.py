"""`outcry rules`: which version of the engine's rules is in force, and putting another in force."""

from collections.abc import Mapping
from typing import Any

from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap.running_venue import Rows, changed, seen
from outcry.cli.status import FRESH_MS
from outcry.engine.commands import UseRules
from outcry.engine.rules import RULES_KNOWN
from outcry.ports.log import LogUnavailable
from outcry.projections.venue import Venue
from outcry.runtime.clock import clock_ms
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError

Known = Mapping[str, list[int]]  # Who → the versions it has.


async def shown(settings: Settings) -> Rows:
    """The version in force, and those everybody has; raises `OperatorError`."""
    known = await _known(settings)
    return await seen(settings, lambda venue: _row(venue, known))


async def use(settings: Settings, version: int) -> Rows:
    """Have the engines behave by a version that all of them have; what then holds.

    Raises `OperatorError`, which says in one line why not. A version that an engine has not
    would stop it.
    """
    known = await _known(settings)
    for who, versions in known.items():
        if version not in versions:
            raise OperatorError(
                f"{who} has not version {version} of the rules, but {_text(versions)}:"
                " start the build that has it everywhere first"
            )
    return await changed(
        settings, lambda _: UseRules(version=version), lambda venue: _row(venue, known),
        look_at="outcry rules",
    )


async def _known(settings: Settings) -> Known:
    """What this build has, and the engines that run say they have."""
    assert settings.redis_url is not None
    log = RedisLog(settings.redis_url)
    try:
        board: Mapping[str, Any] = await log.read()
    except LogUnavailable as error:
        raise OperatorError(f"the venue is out of reach: {error}") from error
    finally:
        await log.close()
    fresh_ms = clock_ms() - FRESH_MS
    engines = {
        f"the {name}": board[name].get("rules", []) for name in ("engine", "standby")
        if name in board and board[name]["said_ms"] > fresh_ms
    }
    return {"this build": list(RULES_KNOWN), **engines}


def _row(venue: Venue, known: Known) -> Rows:
    return [{
        "in force": str(venue.rules),
        **{f"{who} has": _text(versions) for who, versions in known.items()},
    }]


def _text(versions: list[int]) -> str:
    return ", ".join(map(str, versions)) or "none"
