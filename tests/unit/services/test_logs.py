"""Log lines: one JSON object each, ours and the libraries', with the process's name."""

import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from outcry.services.logs import set_up_logs
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
