"""Versions of the rules with real processes: what an operator sees, and what stops an engine."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from outcry.adapters.valkey.streams import RedisLog
from outcry.engine.commands import UseRules
from outcry.engine.rules import RULES_KNOWN
from outcry.launcher.servers.logfile import last_line
from outcry.operations.genesis import first_commands
from outcry.runtime.exit_status import STOP_FOR_A_PERSON
from outcry.wire.journal import EntryId, encode_commands
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, outcry

NEWEST = RULES_KNOWN[-1]


def test_an_operator_sees_the_versions_and_uses_one(venue: Venue) -> None:
    """The engines, gateway, stream and recorder all read the event, and go on."""
    until(lambda: venue.status()["engines"]["standby"], "the standby to say how it is")
    before = outcry("rules", data_dir=venue.data_dir)
    assert f"in force         {NEWEST}\n" in before.stdout, before.stderr
    for who in ("this build", "the engine", "the standby"):
        assert f"{who + ' has':<16} {', '.join(map(str, RULES_KNOWN))}\n" in before.stdout

    for version in (RULES_KNOWN[0], NEWEST):
        used = outcry("rules", "use", str(version), data_dir=venue.data_dir)
        assert f"in force         {version}\n" in used.stdout, used.stderr
        assert used.stdout == outcry("rules", data_dir=venue.data_dir).stdout
    venue.create_user("after-the-rules@example.org", USDC="5")


def test_a_version_nobody_has_never_reaches_the_engine(venue: Venue) -> None:
    refused = outcry("rules", "use", str(NEWEST + 1), data_dir=venue.data_dir)
    assert 1 == refused.returncode
    assert (
        f"outcry: this build lacks version {NEWEST + 1} of the rules and has"
        f" {', '.join(map(str, RULES_KNOWN))}: first start a build that has it everywhere"
    ) == refused.stderr.splitlines()[-1]
    assert 0 == outcry("rules", data_dir=venue.data_dir).returncode


@pytest.mark.parametrize("version", ["0", "-1", "two", "1.5"])
def test_what_is_no_version_is_refused_by_the_tool(version: str) -> None:
    assert 2 == outcry("rules", "use", "--", version).returncode


def test_an_engine_that_has_it_not_ends_for_a_person_and_says_what_to_do(
    fresh_valkey: str, tmp_path: Path
) -> None:
    """As one does that was not started again before the command was given."""
    asking = asyncio.run(write_journal(fresh_valkey, NEWEST + 1))
    ended = subprocess.run(
        [sys.executable, "-m", "outcry", "run", "engine"], cwd=tmp_path, timeout=PATIENCE_S,
        env=os.environ | {"OUTCRY_REDIS_URL": fresh_valkey, "OUTCRY_DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )
    assert STOP_FOR_A_PERSON == ended.returncode, ended.stderr
    known = ", ".join(map(str, RULES_KNOWN))
    (tmp_path / "engine.log").write_text(ended.stdout + ended.stderr)
    assert last_line(tmp_path / "engine.log").startswith(
        f"the venue stops for a person: entry {asking}: version {NEWEST + 1} of the rules is"
        f" needed, and this build has {known}: start a build that has it"
    ), "what `outcry up` tells of an engine that ended"
    assert asyncio.run(events_top(fresh_valkey)) < asking


async def write_journal(url: str, version: int) -> EntryId:
    """A venue that is opened, and then asked to use this version."""
    log = RedisLog(url)
    await log.create(writer=1, number=1, commands=encode_commands(first_commands("rules")))
    await log.append(
        writer=1, number=2, commands=encode_commands([UseRules(version=version)])
    )
    asking = await log.journal_top()
    await log.close()
    return asking


async def events_top(url: str) -> EntryId:
    log = RedisLog(url)
    top = await log.top()
    await log.close()
    return top
