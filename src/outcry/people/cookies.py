"""The session cookie, and whether a page may use it.

A browser sends a cookie with every request to the venue's host, from any page. So a request that
changes something is refused with a cookie when a foreign page made it.
"""

from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import urlsplit

COOKIE: Final = "authToken"

_OWN_FETCHES: Final = ("same-origin", "none")  # None: the person did it, not a page.
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class _Origin(NamedTuple):
    """Where a page is from; None is the port of its scheme."""

    host: str
    port: int | None


def cookie_of(header: str | None) -> str | None:
    """Our cookie in a `Cookie` header; of several the first."""
    for pair in (header or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE and value:
            return value
    return None


def cookie_header(
    token: str, *, host: str | None, life_s: int, is_https: bool = False
) -> str:
    """The `Set-Cookie` header for a request to this `Host`; a life of 0 takes the cookie away.

    Only on this machine, and not through a proxy with TLS, does it go without encryption.
    """
    site = _site(f"//{host}") if host else None
    plain = site is not None and site.host in _LOOPBACK and not is_https
    secure = "" if plain else "; Secure"
    return f"{COOKIE}={token}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}"


def is_foreign_page(
    *, origin: str | None, referer: str | None, fetch_site: str | None, host: str | None,
    listed: Collection[str],
) -> bool:
    """Whether a page made this request to `host` that is neither from there nor listed.

    Every browser sends `Origin` with a request that changes something, and `Sec-Fetch-Site` with
    all. A request with neither comes from a program, which has its own cookies only.
    """
    source = referer if origin is None else origin
    if source is None:
        return fetch_site not in (None, *_OWN_FETCHES)
    return not _is_listed(source, listed) and not (host and _same(source, host))


class PageOrigins(NamedTuple):
    """The pages that may open streams with the cookie: the venue's own, and listed ones."""

    port: int | None  # Of the venue's pages, which the stream has another than.
    listed: Collection[str]

    def may_use_cookie(self, *, origin: str | None, host: str | None) -> bool:
        """Whether a page is of the host that it connects to, at the port of the venue's pages.

        Something else may serve pages at another port of the host. Behind a proxy, pages and
        stream may share a port, or the proxy's address is listed.
        """
        if not origin:
            return False
        if _is_listed(origin, self.listed):
            return True
        page, server = _site(origin), _site(f"//{host}") if host else None
        if page is None or server is None or page.host != server.host:
            return False
        return page.port == self.port or _same(origin, host or "")


def listed_origins(text: str) -> frozenset[str]:
    """Origins from a list with commas, as `Origin` headers write them."""
    return frozenset(part.strip().rstrip("/").lower() for part in text.split(",") if part.strip())


def _is_listed(source: str, listed: Collection[str]) -> bool:
    scheme, separator, rest = source.lower().partition("://")
    return f"{scheme}{separator}{rest.partition('/')[0]}" in listed


def _same(source: str, host: str) -> bool:
    # Behind a proxy we do not know the scheme we are reached by, but the page knows its own.
    scheme = source.partition("://")[0].lower()
    page, server = _site(source), _site(f"{scheme}://{host}")
    return scheme in _DEFAULT_PORTS and page is not None and page == server


def _site(url: str) -> _Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return _Origin(parts.hostname, None if port == _DEFAULT_PORTS.get(parts.scheme) else port)
