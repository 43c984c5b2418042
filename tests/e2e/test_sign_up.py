"""People sign up at a whole venue: from the mail to an order, a private stream, and out again."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Iterator
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import aiohttp
import psutil
import pytest

from rigs.browsers import SIGN_IN, Browser, browsing
from rigs.mail_servers import SmtpServer, resend_server, smtp_server
from rigs.memory_users import link_in, token_in
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, running_venue

NO_FEED = "stream:ws://127.0.0.1:1/"  # Production makes no price up.
ORDER = {
    "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "50", "quantity": "1",
}


@pytest.fixture(scope="module")
def mail_server() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture(scope="module")
def smtp_venue(mail_server: SmtpServer) -> Iterator[Venue]:
    """A venue that sends its mail through a server."""
    with tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory, running_venue(
        Path(directory) / "data", "--no-maker", "--prices", "sim", mail="smtp",
        mail_sender="Outcry <outcry@example.org>", mail_smtp_host="127.0.0.1",
        mail_smtp_port=str(mail_server.port), mail_smtp_security="none",
        public_url="https://venue.example/", mails_per_ip_per_hour="0",
    ) as venue:
        yield venue


async def test_through_an_smtp_server(smtp_venue: Venue, mail_server: SmtpServer) -> None:
    """The whole way of somebody who trades in a browser."""
    async with browsing(smtp_venue) as browser:
        answer = await browser.change("/api/v1/user/signup", {"email": "Ann@example.org"})
        assert (200, {"message": "successfully sent email"}) == answer
        mail = mail_server.mails[-1]
        assert "ann@example.org" == mail["To"]
        link = link_in(mail.get_content())
        assert link.startswith("https://venue.example/sign-in?token=")
        page = link.replace("https://venue.example", browser.venue.url)
        async with browser.session.get(page) as answer_page:
            assert (200, "text/html") == (answer_page.status, answer_page.content_type)
        assert 401 == (await browser.get("/api/v1/user/me"))[0], "opening the page does nothing"

        await browser.sign_in(token_in(mail.get_content()))
        status, me = await browser.get("/api/v1/user/me")
        assert (200, "ann@example.org", "demo") == (status, me["email"], me["mode"])
        assert "5000" == (await browser.get("/api/v1/capital"))[1]["USDC"]["available"]
        await trade(browser)
        assert (401, "UNAUTHORIZED") == await code(browser.change(
            SIGN_IN, {"token": token_in(mail.get_content())}
        ))


async def trade(browser: Browser) -> None:
    """An order is placed, heard of on the private stream, and canceled; then they sign out."""
    async with browser.session.ws_connect(
        browser.venue.stream_url, origin=browser.venue.url
    ) as socket:
        await socket.send_json({"method": "SUBSCRIBE", "params": ["account.orderUpdate"]})
        await socket.send_json({"method": "MARK", "params": []})
        # It was subscribed before that.
        assert "error" in await socket.receive_json(timeout=PATIENCE_S)
        status, placed = await browser.change("/api/v1/order", ORDER)
        assert (200, "New") == (status, placed["status"])
        frame = await socket.receive_json(timeout=PATIENCE_S)
        assert ("account.orderUpdate", placed["id"]) == (frame["stream"], frame["data"]["i"])
        named = {"symbol": "SOL_USDC", "orderId": placed["id"]}
        assert (403, "FORBIDDEN") == await code(browser.change(
            "/api/v1/order", named, method="DELETE", origin="https://evil.example"
        ))
        assert 200 == (await browser.change("/api/v1/order", named, method="DELETE"))[0]
        _, history = await browser.get("/wapi/v1/history/orders")
        assert [(placed["id"], "Cancelled")] == [(row["id"], row["status"]) for row in history]
        assert 200 == (await browser.change("/api/v1/user/signout"))[0]
        async with asyncio.timeout(PATIENCE_S):
            while not socket.closed:
                await socket.receive()
        assert 1008 == socket.close_code
    assert (401, "UNAUTHORIZED") == await code(browser.get("/api/v1/capital"))


async def code(answering: Awaitable[tuple[int, Any]]) -> tuple[int, str]:
    status, body = await answering
    return status, body["code"]


async def test_a_mail_server_that_refuses(smtp_venue: Venue, mail_server: SmtpServer) -> None:
    """Whoever asked is told, and the venue goes on."""
    async with browsing(smtp_venue) as browser:
        mail_server.refusal = "451 Come back later"
        try:
            assert (503, "MAINTENANCE") == await code(
                browser.change("/api/v1/user/signup", {"email": "bob@example.org"})
            )
        finally:
            mail_server.refusal = None
        assert 200 == (await browser.get("/api/v1/markets"))[0]
        assert 200 == (await browser.change(
            "/api/v1/user/signup", {"email": "bob@example.org"}
        ))[0]
        await browser.sign_in(token_in(mail_server.mails[-1].get_content()))


async def test_a_session_outlives_the_gateway(smtp_venue: Venue, mail_server: SmtpServer) -> None:
    """It is in the database, and the secret is in the data directory."""
    async with browsing(smtp_venue) as browser:
        await browser.change("/api/v1/user/signup", {"email": "eve@example.org"})
        await browser.sign_in(token_in(mail_server.mails[-1].get_content()))
        await asyncio.to_thread(smtp_venue.kill, "gateway")
        async with asyncio.timeout(PATIENCE_S):
            while not await answers(browser):  # noqa: ASYNC110 - it is another process.
                await asyncio.sleep(0.05)
        status, me = await browser.get("/api/v1/user/me")
        assert (200, "eve@example.org") == (status, me["email"])


async def answers(browser: Browser) -> bool:
    try:
        return bool((await browser.get("/api/v1/status"))[1]["status"] == "Ok")
    except aiohttp.ClientError:
        return False


async def test_the_outbox_of_a_demo(venue: Venue) -> None:
    """The link is printed by `outcry up`, and the GET that programs use works too."""
    async with browsing(venue) as browser:
        await browser.change("/api/v1/user/signup", {"email": "zoe@example.org"})
        await asyncio.to_thread(
            until, lambda: "mail for zoe@example.org: " in venue.output, "the link to be printed"
        )
        [line] = [each for each in venue.lines if each.startswith("mail for zoe@example.org")]
        assert link_in(line).startswith(f"{venue.url}/sign-in?token=")
        [path] = (venue.data_dir / "outbox").glob("*.eml")
        assert 0o600 == path.stat().st_mode & 0o777
        async with browser.session.get(
            f"{venue.url}{SIGN_IN}?token={token_in(line)}", allow_redirects=False
        ) as answer:
            assert (302, "/") == (answer.status, answer.headers["location"])
            assert "Secure" not in answer.headers["set-cookie"]
        assert "zoe@example.org" == (await browser.get("/api/v1/user/me"))[1]["email"]


async def test_a_demo_account_and_a_key_of_its_own(venue: Venue) -> None:
    """One click; a key made there is known to every process at once, and worthless at once."""
    async with browsing(venue) as browser:
        assert 200 == (await browser.change("/api/v1/user/demo"))[0]
        assert 200 == (await browser.change("/api/v1/user/demo-deposit"))[0]
        assert "10000" == (await browser.get("/api/v1/capital"))[1]["USDC"]["available"]
        status, made = await browser.change("/api/v1/user/api-keys", {"name": "bot"})
        assert (200, ["read", "trade"]) == (status, made["scopes"])
        _, listed = await browser.get("/api/v1/user/api-keys")
        assert [made["apiKey"]] == [key["apiKey"] for key in listed]
        named = {"apiKey": made["apiKey"]}
        assert 200 == (await browser.change("/api/v1/user/api-keys", named, method="DELETE"))[0]
        assert (200, []) == await browser.get("/api/v1/user/api-keys")


async def test_through_resend_in_production() -> None:
    """Nothing is given away there, and without its secrets it does not start."""
    with tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory, resend_server() as mail:
        data_dir = Path(directory) / "data"
        settings = {
            "mode": "production", "session_secret": token_urlsafe(32), "allow_root": "true",
            "mail": "resend", "mail_sender": "outcry@example.org", "mail_resend_api_key": "re_123",
            "mail_resend_url": mail.url, "cfd_profile": "retail",
        }
        for missing in (
            "session_secret", "mail", "mail_sender", "mail_resend_api_key", "cfd_profile",
        ):
            stated = {name: text for name, text in settings.items() if name != missing}
            lacking = Venue(data_dir, "--no-maker", "--prices", NO_FEED, **stated)
            assert 1 == lacking.up.wait(PATIENCE_S), lacking.output
            lacking.stop()
            assert f"set OUTCRY_{missing.upper()}" in lacking.output

        with running_venue(data_dir, "--no-maker", "--prices", NO_FEED, **settings) as venue:
            async with browsing(venue) as browser:
                await by_resend(browser, mail.requests)
            told = secrets_told(venue)
        assert {"gateway": {"session_secret", "mail_resend_api_key"},
                "stream": {"session_secret"}} == told
        secrets = data_dir / "secrets.json"
        assert "session_secret" not in json.loads(secrets.read_text())


def secrets_told(venue: Venue) -> dict[str, set[str]]:
    """Which of our processes were told which secrets."""
    told = {}
    for name, pid in venue.pids().items():
        known = psutil.Process(pid).environ()
        found = {
            secret for secret in ("session_secret", "mail_resend_api_key")
            if f"OUTCRY_{secret.upper()}" in known
        }
        if found and name not in ("valkey", "postgres"):
            told[name] = found
    return told


async def by_resend(browser: Browser, requests: list[tuple[str, str, dict[str, Any]]]) -> None:
    await browser.change("/api/v1/user/signup", {"email": "ann@example.org"})
    [(path, authorization, mail)] = requests
    assert ("/emails", "Bearer re_123") == (path, authorization)
    assert ("outcry@example.org", ["ann@example.org"]) == (mail["from"], mail["to"])
    await browser.sign_in(token_in(mail["text"]))
    assert "production" == (await browser.get("/api/v1/user/me"))[1]["mode"]
    assert "0" == (await browser.get("/api/v1/capital"))[1]["USDC"]["available"]
    for path in ("/api/v1/user/demo", "/api/v1/user/demo-deposit"):
        assert (403, "FORBIDDEN") == await code(browser.change(path))


def test_a_secret_that_is_too_short(tmp_path: Path) -> None:
    venue = Venue(tmp_path / "data", session_secret="short")
    assert 1 == venue.up.wait(PATIENCE_S)
    venue.stop()
    assert "session_secret" in venue.output
