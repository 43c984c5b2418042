"""The client behind proxies: nobody can claim another address but through a trusted one."""

import pytest

from outcry.runtime.addresses import TrustedProxies, address_group, networks_of

PROXIES = TrustedProxies(networks_of("10.0.0.0/8, 127.0.0.1, fd00::/8"))


@pytest.mark.parametrize(("peer", "header", "client"), [
    ("203.0.113.9", None, "203.0.113.9"),
    ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # It is no proxy of ours.
    ("10.0.0.1", None, "10.0.0.1"),
    ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # The client wrote the first one.
    ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
    ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
    ("10.0.0.1", "nonsense", "10.0.0.1"),
    ("10.0.0.1", "nonsense, 198.51.100.1", "198.51.100.1"),
    ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("fd00::1", "[2001:db8::1]", "2001:db8::1"),
    ("127.0.0.1", ",".join(["1.1.1.1"] * 1_000), "1.1.1.1"),
])
def test_the_client_of_a_request(peer: str, header: str | None, client: str) -> None:
    assert client == PROXIES.client(peer, header)


@pytest.mark.parametrize(("peer", "header", "secure"), [
    ("10.0.0.1", "https", True), ("10.0.0.1", "http", False), ("10.0.0.1", None, False),
    ("203.0.113.9", "https", False), ("10.0.0.1", "http, HTTPS", True),
])
def test_tls_in_front(peer: str, header: str | None, secure: bool) -> None:
    assert secure == PROXIES.is_https(peer, header)


def test_without_proxies_no_header_counts() -> None:
    assert "127.0.0.1" == TrustedProxies().client("127.0.0.1", "198.51.100.1")


@pytest.mark.parametrize("text", ["nonsense", "10.0.0.0/33", "10.0.0.1/8"])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition("/")[0]):
        networks_of(text)


def test_groups() -> None:
    assert address_group("2001:db8::1") == address_group("2001:db8::2")
    assert "192.0.2.1" == address_group("192.0.2.1")
    assert "" == address_group("")
