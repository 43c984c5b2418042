"""Addresses of clients: the group that shares limits, and the client behind a trusted proxy."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

IPV6_PREFIX: Final = 64  # One client has at least so many addresses.
HOPS_MAX: Final = 16  # Of a chain of proxies.


def address_of_text(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with IPv4 in IPv6 as plain IPv4; None if the text is no address."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=65_536)
def address_group(text: str) -> str:
    """The addresses that share limits: one of IPv4, a /64 of IPv6."""
    address = address_of_text(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_PREFIX), strict=False))
    return text if address is None else str(address)


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks from a list with commas; raises `ValueError`."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks."""
    found = address_of_text(address)
    return found is not None and any(found in network for network in networks)


class TrustedProxies:
    """The proxies whose forwarding headers are believed. Nobody else's are."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        return bool(self._networks) and is_in(address, self._networks)

    def client(self, peer: str, forwarded_for: str | None) -> str:
        """The client of a request: the last hop that is no trusted proxy.

        A client can write anything to the left of the address that the proxy adds.
        """
        if peer not in self or not forwarded_for:
            return peer
        client = peer
        for hop in reversed(forwarded_for.split(",")[-HOPS_MAX:]):
            address = address_of_text(hop)
            if address is None:
                return client
            client = str(address)
            if client not in self:
                return client
        return client

    def is_https(self, peer: str, forwarded_proto: str | None) -> bool:
        """Whether the client reached the proxy over TLS."""
        return peer in self and (forwarded_proto or "").split(",")[-1].strip().lower() == "https"
