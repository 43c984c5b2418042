"""The cookie: how it is written and found, and which pages may use it."""

import pytest

from outcry.people.cookies import (
    PageOrigins,
    cookie_header,
    cookie_of,
    is_foreign_page,
    listed_origins,
)

LISTED = listed_origins("https://listed.example, http://127.0.0.1:5173/")


@pytest.mark.parametrize(("host", "secure"), [
    ("venue.example", True), ("venue.example:3005", True), ("192.168.1.5:3005", True),
    ("localhost.evil.example", True), (None, True), ("[", True),
    ("localhost", False), ("localhost:3005", False), ("127.0.0.1:3005", False),
    ("LOCALHOST", False), ("[::1]:3005", False),
])
def test_flags(host: str | None, secure: bool) -> None:
    """Only on this machine does it go without encryption."""
    parts = cookie_header("t.o.k", host=host, life_s=604_800).split("; ")
    assert "authToken=t.o.k" == parts[0]
    assert {"Path=/", "Max-Age=604800", "HttpOnly", "SameSite=Lax"} <= set(parts)
    assert secure == ("Secure" in parts)


@pytest.mark.parametrize(("header", "found"), [
    (None, None), ("", None), ("authToken=", None), ("a=b", None), ("authToken=x", "x"),
    ("a=b; authToken=x.y-z; c=d", "x.y-z"), ("authToken=x;authToken=y", "x"),
    ("AuthToken=x", None), ("xauthToken=x", None), ("authToken=a=b", "a=b"),
])
def test_finding_it(header: str | None, found: str | None) -> None:
    assert found == cookie_of(header)


@pytest.mark.parametrize(("origin", "referer", "host", "own"), [
    ("http://127.0.0.1:3005", None, "127.0.0.1:3005", True),
    (None, "http://127.0.0.1:3005/trade", "127.0.0.1:3005", True),
    ("https://venue.example", None, "venue.example", True),
    ("https://venue.example", None, "venue.example:443", True),
    ("http://venue.example:80", None, "venue.example", True),
    ("https://Venue.Example", None, "venue.example", True),
    ("https://listed.example", None, "venue.example", True),
    (None, "https://listed.example/page?x", "venue.example", True),
    ("http://127.0.0.1:5173", None, "127.0.0.1:3005", True),
    (None, None, "127.0.0.1:3005", True),
    (None, None, None, True),
    ("", None, "127.0.0.1:3005", False),
    ("null", None, "127.0.0.1:3005", False),
    ("null", "http://127.0.0.1:3005/", "127.0.0.1:3005", False),
    ("http://127.0.0.1:9999", None, "127.0.0.1:3005", False),
    ("http://127.0.0.1", None, "127.0.0.1:3005", False),
    ("http://localhost:3005", None, "127.0.0.1:3005", False),
    ("https://venue.example.evil.example", None, "venue.example", False),
    ("https://evil.example", "https://venue.example/", "venue.example", False),
    ("https://evil.example/https://venue.example", None, "venue.example", False),
    ("https://listed.example.evil.example", None, "venue.example", False),
    ("https://evil.example@venue.example:1", None, "venue.example", False),
    ("http://listed.example", None, "venue.example", False),
    ("https://venue.example:x", None, "venue.example", False),
    ("https://venue.example", None, None, False),
    ("//venue.example", None, "venue.example", False),
])
def test_whose_page(origin: str | None, referer: str | None, host: str | None, own: bool) -> None:
    for fetch_site in (None, "same-origin"):
        assert own != is_foreign_page(
            origin=origin, referer=referer, fetch_site=fetch_site, host=host, listed=LISTED
        )


@pytest.mark.parametrize(("fetch_site", "strangers"), [
    ("same-origin", False), ("none", False), ("same-site", True), ("cross-site", True),
    ("", True),
])
def test_a_browser_that_names_no_origin_says_whose_page_it_is(
    fetch_site: str, strangers: bool
) -> None:
    """As behind something that takes `Origin` and `Referer` away."""
    assert strangers == is_foreign_page(
        origin=None, referer=None, fetch_site=fetch_site, host="venue.example", listed=LISTED
    )


@pytest.mark.parametrize(("origin", "host", "may"), [
    ("http://127.0.0.1:3005", "127.0.0.1:8080", True),
    ("https://venue.example", "venue.example:8080", False),
    ("https://venue.example", "venue.example", True),
    ("http://127.0.0.1:9999", "127.0.0.1:8080", False),
    ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
    ("https://listed.example", "venue.example:8080", True),
    ("http://[::1]:3005", "[::1]:8080", True),
    ("http://localhost:3005", "127.0.0.1:8080", False),
    ("https://evil.example", "venue.example:8080", False),
    (None, "venue.example:8080", False), ("null", "venue.example:8080", False),
    ("https://venue.example", None, False),
])
def test_whose_socket(origin: str | None, host: str | None, may: bool) -> None:
    """The stream has a port of its own, and so have other things on a host."""
    assert may == PageOrigins(3005, LISTED).may_use_cookie(origin=origin, host=host)


def test_a_list_of_origins() -> None:
    assert frozenset({"https://listed.example", "http://127.0.0.1:5173"}) == LISTED
    assert frozenset() == listed_origins("")
