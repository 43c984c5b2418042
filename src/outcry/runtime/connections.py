"""The number of connections that a server accepts: in all, and of one address.

A connection is a file of the process. Without a bound below the file limit, idle connections of one
client would keep all other clients out.
"""

import resource
from collections import Counter
from typing import Final

import structlog

from outcry.runtime.addresses import TrustedProxies, address_group

FILES_WANTED: Final = 65_536
FILES_RESERVED: Final = 256  # For the log, the database, logs, and the terminal's files.
FILES_ENOUGH: Final = 4_096

log = structlog.get_logger()


def connections_possible() -> int:
    """Raise the file limit as far as the system allows; returns the connections that fit in it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    if possible < FILES_ENOUGH:
        log.warning(
            f"only {possible} files may be open: raise the hard limit (ulimit -Hn) to "
            f"{FILES_ENOUGH} or more, or few clients can connect", limit=possible,
        )
    return max(possible - FILES_RESERVED, possible // 2)


class ConnectionGate:
    """Counts open connections. No address may have more than half of all; 0 is no other limit.

    The connections of a trusted proxy are those of many clients, so only their total counts.
    """

    def __init__(
        self, most: int, *, per_address: int = 0, proxies: TrustedProxies | None = None
    ) -> None:
        assert most > 1
        self.refused = 0
        self._most = most
        self._per_address = min(per_address or most, max(1, most // 2))
        self._proxies = proxies or TrustedProxies()
        self.open = 0
        self._of: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count a connection, unless it is one too many."""
        group = address_group(address)
        if self.open >= self._most or (
            self._of[group] >= self._per_address and address not in self._proxies
        ):
            self.refused += 1
            return False
        self.open += 1
        self._of[group] += 1
        return True

    def leave(self, address: str) -> None:
        """A counted connection has ended."""
        group = address_group(address)
        self.open -= 1
        self._of[group] -= 1
        if not self._of[group]:
            del self._of[group]
