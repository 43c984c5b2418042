"""The terminal's pages, and pages of other origins."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rigs.gateway_venue import MemoryVenue, open_venue


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built terminal, beside a file that is nobody's business."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<p>terminal</p>")
    (folder / "assets" / "main-1a2b.js").write_text("let x = 1")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
async def venue(built: Path) -> AsyncIterator[MemoryVenue]:
    async with open_venue(built) as venue:
        yield venue


async def test_files_and_pages(venue: MemoryVenue) -> None:
    """A file is itself; each path of the terminal is the page, which finds its way by itself."""
    for path in ("/", "/markets", "/spot/SOL_USDC", "/sign-in"):
        page = await venue.http.get(path)
        assert (200, "<p>terminal</p>", "no-cache") == (
            page.status_code, page.text, page.headers["cache-control"]
        )
        assert page.headers["content-type"].startswith("text/html")
    script = await venue.http.get("/assets/main-1a2b.js")
    assert "let x = 1" == script.text
    assert "javascript" in script.headers["content-type"]
    assert "immutable" in script.headers["cache-control"]
    missing = await venue.http.get("/assets/gone-3c4d.js")
    assert 404 == missing.status_code


async def test_a_new_build_is_seen(venue: MemoryVenue, built: Path) -> None:
    await venue.http.get("/")
    (built / "index.html").write_text("<p>new terminal</p>")
    assert "<p>new terminal</p>" == (await venue.http.get("/")).text


@pytest.mark.parametrize("path", [
    "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00", "//etc/passwd",
    "/..%2f..%2f..%2f..%2fetc%2fpasswd",
])
async def test_nothing_outside_is_served(venue: MemoryVenue, path: str) -> None:
    response = await venue.http.get(path)
    assert "secret" not in response.text
    assert "root:" not in response.text
    assert response.status_code in (200, 404)


async def test_a_terminal_that_was_not_built(tmp_path: Path) -> None:
    """The page says what to do about it."""
    async with open_venue(tmp_path / 'nothing') as venue:
        page = await venue.http.get("/")
        assert 200 == page.status_code
        assert "make up" in page.text


async def test_pages_of_other_origins_may_call(venue: MemoryVenue) -> None:
    """Preflights are answered for every route, and answers and errors alike are marked."""
    origin = {"Origin": "https://bots.example"}
    preflight = await venue.http.options("/api/v1/order", headers={
        **origin, "Access-Control-Request-Method": "DELETE",
    })
    assert 204 == preflight.status_code
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert "X-Signature" in preflight.headers["access-control-allow-headers"]
    for path in ("/api/v1/depth?symbol=SOL_USDC", "/api/v1/orders", "/api/v1/nothing"):
        answer = await venue.http.get(path, headers=origin)
        assert "*" == answer.headers["access-control-allow-origin"]
    assert "access-control-allow-origin" not in (await venue.http.get("/api/v1/ping")).headers
