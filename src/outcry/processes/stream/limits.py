"""How much one client may ask for, and how far behind it may fall."""

from typing import NamedTuple


class Limits(NamedTuple):
    """Limits of one stream process. What is over one is refused or ends the connection."""

    connections_per_address: int = 1_000
    streams_per_connection: int = 1_000
    requests_per_second: int = 50  # Of one connection.
    requests_waiting: int = 16  # While the first of them waits for its API key to be found.
    frame_bytes: int = 64 * 1024  # Of what a client sends.
    # What a slow reader leaves unread: up to the first it is written on, up to the second frames
    # that may not be left out are kept, and then it is disconnected.
    unread_bytes: int = 256 * 1024
    waiting_bytes: int = 1024 * 1024
    waiting_levels: int = 20_000  # Of depth that is merged for it meanwhile.
    ping_s: float = 60.0
    pong_s: float = 120.0
    goodbye_s: float = 2.0  # How long clients have to answer the closing of the process.
