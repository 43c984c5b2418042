"""How fast the recorder brings a log into PostgreSQL: entries, commands and rows a second.

A random log is made by the real engine and put on a Valkey of our own; then a recorder catches up
with it into an empty PostgreSQL of our own. Run it with `python benchmarks/recorder.py [entries]
[commands an entry]`; it prints the conditions with the figures.
"""

import asyncio
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from outcry.engine import BUILD
from outcry.launcher.servers import EmbeddedPostgres, EmbeddedValkey, running
from outcry.projections.rows import RowsFold
from outcry.runtime.secrets import SecretsFile
from outcry.wire.journal import decode_outcome
from rigs.recorder_bench import Bench, reached, until
from rigs.venue_log import VenueLog
from twin.tables import naive_tables


def made_log(entries: int, commands: int) -> VenueLog:
    """Traffic of many accounts: about half of it trades."""
    log = VenueLog(1, accounts=200)
    for _ in range(entries):
        log.append(*(log.command() for _ in range(commands)), later_ms=2)
    return log


def main() -> None:
    """Make the log, record it, and print what it took."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    commands = int(sys.argv[2]) if len(sys.argv) > 2 else 32
    log = made_log(entries, commands)
    started = time.perf_counter()
    fold = RowsFold()
    for command, entry in log.entries:
        fold.fold(command.id.ms, decode_outcome(entry.outcome))
    fold.take()
    folded_s = time.perf_counter() - started
    with tempfile.TemporaryDirectory(prefix="outcry-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        valkey = EmbeddedValkey(directory / "valkey", maxmemory="4gb")
        postgres = EmbeddedPostgres(
            directory / "postgres", SecretsFile(directory / "secrets.json")
        )
        with running(valkey), running(postgres):
            bench = Bench(valkey.url, postgres.url)
            for first in range(0, len(log.entries), 500):
                bench.publish(log.entries[first : first + 500])
            seconds = asyncio.run(caught_up(bench, log))
            tables = asyncio.run(bench.tables())
    assert naive_tables(log.entries) == tables, "what was recorded is not what happened"
    rows = sum(len(table) for table in tables.values())
    commands_total = entries * commands
    print(f"machine      {os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}),"
          f" {platform.machine()}, Python {platform.python_version()}, engine {BUILD}")
    print(f"log          {len(log.entries)} entries of {commands} commands")
    print(f"rows left    {rows} ({len(tables['spot_trades'])} trades,"
          f" {len(tables['spot_orders'])} orders)")
    print(f"derivation   {commands_total / folded_s:,.0f} commands/s (no database)")
    print(f"recorded in  {seconds:.2f} s, all of it compared with rows derived naively")
    print(f"rate         {len(log.entries) / seconds:,.0f} entries/s,"
          f" {commands_total / seconds:,.0f} commands/s, {rows / seconds:,.0f} rows/s")


async def caught_up(bench: Bench, log: VenueLog) -> float:
    """Seconds from the start of a recorder until it has recorded all of the log."""
    async with bench.database() as database:
        started = time.perf_counter()
        async with bench.recorder(database) as (recording, records):
            await until(lambda: reached(records, log.at), recording)
            return time.perf_counter() - started


if __name__ == "__main__":
    main()
