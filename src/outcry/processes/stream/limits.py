"""Limits on the requests of one client, and on the frames that wait for it."""

from typing import NamedTuple


class Limits(NamedTuple):
    """Limits of one stream process. Exceeding one is refused or ends the connection."""

    connections_per_address: int = 1_000
    streams_per_connection: int = 1_000
    requests_per_second: int = 50  # Of one connection.
    frames_per_second: int = 200  # Of every kind: parts of messages, pings and pongs too.
    bytes_per_second: int = 512 * 1024  # Of their payloads.
    requests_waiting: int = 16  # While the first of them waits for its API key to be found.
    frame_bytes: int = 64 * 1024  # Of a client's frame.
    # Of a client that does not read: above the first limit its frames wait, and above the second,
    # which counts frames that may not be dropped, it is disconnected.
    unread_bytes: int = 256 * 1024
    waiting_bytes: int = 1024 * 1024
    waiting_levels: int = 20_000  # Of depth that is merged while it is slow.
    ping_s: float = 60.0
    pong_s: float = 120.0
    goodbye_s: float = 2.0  # The time for clients to answer the close frame.
