"""Log lines: one JSON object each, ours and the libraries', with the process's name."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import logging, structlog
from outcry.runtime.logs import set_up_logs
set_up_logs("engine", "info")
log = structlog.get_logger()
log.debug("too fine")
log.info("restored", replayed=3)
logging.getLogger("library").warning("slow %s", "disk", extra={"ms": 5})
try:
    1 // 0
except ZeroDivisionError:
    log.exception("failed")
"""


def test_every_line_is_an_object() -> None:
    """With the level, the time and the process; a traceback is inside its line."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert "" == ended.stdout
    restored, slow, failed = [json.loads(line) for line in ended.stderr.splitlines()]
    assert {"engine"} == {line["process"] for line in (restored, slow, failed)}
    assert ("restored", "info", 3) == (restored["event"], restored["level"], restored["replayed"])
    assert ("slow disk", "warning", 5) == (slow["event"], slow["level"], slow["ms"])
    assert ("failed", "error") == (failed["event"], failed["level"])
    assert "ZeroDivisionError" in failed["exception"]
    assert restored["timestamp"].endswith("Z")


UNHEEDED = """
import os, sys
from outcry.runtime.logs import BestEffortStream
said = BestEffortStream(sys.stdout)
for _ in range(2):
    print("nobody hears this", file=said, flush=True)
sys.stderr.write("to its end")
"""


def test_a_full_disk_ends_nobody() -> None:
    """Nor is the end an error because the last line could not be written either."""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", UNHEEDED], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )
    assert ended.stderr.startswith("to its end")


def test_a_reader_that_has_gone_ends_nobody() -> None:
    """As with a terminal that was closed: the work goes on, and ends well."""
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [sys.executable, "-c", UNHEEDED], stdout=write, stderr=subprocess.PIPE, text=True,
        check=False,
    )
    os.close(write)
    assert (0, "to its end") == (ended.returncode, ended.stderr)
