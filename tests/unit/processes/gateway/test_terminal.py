"""The terminal's pages, and pages of other origins."""

import asyncio
from collections.abc import Awaitable, Callable
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


def at_a_venue(terminal: Path, scenario: Callable[[MemoryVenue], Awaitable[None]]) -> None:
    async def start() -> None:
        async with open_venue(terminal) as venue:
            await scenario(venue)

    asyncio.run(start())


def test_files_and_pages(built: Path) -> None:
    """A file is itself; any other path is the page, which finds its way by itself."""
    async def scenario(venue: MemoryVenue) -> None:
        for path in ("/", "/markets", "/trade/SOL_USDC"):
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

    at_a_venue(built, scenario)


def test_a_new_build_is_seen(built: Path) -> None:
    async def scenario(venue: MemoryVenue) -> None:
        await venue.http.get("/")
        (built / "index.html").write_text("<p>new terminal</p>")
        assert "<p>new terminal</p>" == (await venue.http.get("/")).text

    at_a_venue(built, scenario)


@pytest.mark.parametrize("path", [
    "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00", "//etc/passwd",
    "/..%2f..%2f..%2f..%2fetc%2fpasswd",
])
def test_nothing_outside_is_served(built: Path, path: str) -> None:
    async def scenario(venue: MemoryVenue) -> None:
        response = await venue.http.get(path)
        assert "secret" not in response.text
        assert "root:" not in response.text
        assert response.status_code in (200, 404)

    at_a_venue(built, scenario)


def test_a_terminal_that_was_not_built(tmp_path: Path) -> None:
    """The page says what to do about it."""
    async def scenario(venue: MemoryVenue) -> None:
        page = await venue.http.get("/")
        assert 200 == page.status_code
        assert "make up" in page.text

    at_a_venue(tmp_path / "nothing", scenario)


def test_pages_of_other_origins_may_call(built: Path) -> None:
    """Preflights are answered for every route, and answers and errors alike are marked."""
    async def scenario(venue: MemoryVenue) -> None:
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

    at_a_venue(built, scenario)
