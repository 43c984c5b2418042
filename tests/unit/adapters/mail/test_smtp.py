"""Mail through a real SMTP server, in each way of encrypting, and what a bad server comes to."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from outcry.adapters.mail.smtp import SmtpMailer
from outcry.ports.mail import Mail, MailUnavailable
from rigs.mail_servers import PASSWORD, USER, certificate, smtp_server
from rigs.patience import PATIENCE_S
from rigs.venues import free_ports

MAIL = Mail(to="ann@example.org", subject="Sign in to Outcry", text="A link\n\nhttp://x/y?z=1\n")


def send(port: int, **options: Any) -> None:
    stated = {
        "security": "none", "user": None, "password": None, "patience_s": 10.0,
        "sender": "Outcry <outcry@example.org>", **options,
    }
    asyncio.run(SmtpMailer(host="127.0.0.1", port=port, **stated).send(MAIL))


def test_a_mail_arrives() -> None:
    with smtp_server() as server:
        send(server.port)
        [mail] = server.mails
        assert [["ann@example.org"]] == server.recipients
        assert ("ann@example.org", "Outcry <outcry@example.org>", "Sign in to Outcry") == (
            mail["To"], mail["From"], mail["Subject"]
        )
        assert mail["Message-ID"].endswith("@example.org>")
        assert "http://x/y?z=1" in mail.get_content()


def test_starttls_with_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Gmail wants it: encrypted first, then the app password."""
    chain, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with smtp_server(tls=context, login=True) as server:
        send(server.port, security="starttls", user=USER, password=PASSWORD)
        assert [True] == server.encrypted
        with pytest.raises(MailUnavailable, match="Authentication"):
            send(server.port, security="starttls", user=USER, password="wrong")
        with pytest.raises(MailUnavailable):
            send(server.port)
        assert 1 == len(server.mails)


def test_nobody_else_is_trusted_with_it(tmp_path: Path) -> None:
    """A certificate that nobody vouches for ends the matter before the password is sent."""
    _, context = certificate(tmp_path)
    with smtp_server(tls=context, login=True) as server:
        with pytest.raises(MailUnavailable, match=r"(?i)certificate"):
            send(server.port, security="starttls", user=USER, password=PASSWORD)
        assert [] == server.mails


def test_a_server_without_encryption_gets_no_password() -> None:
    with smtp_server() as server, pytest.raises(MailUnavailable, match="STARTTLS"):
        send(server.port, security="starttls", user=USER, password=PASSWORD)


def test_a_server_that_refuses() -> None:
    with smtp_server() as server:
        server.refusal = "550 No such user here"
        with pytest.raises(MailUnavailable, match="No such user here"):
            send(server.port)


def test_a_server_that_is_not_there() -> None:
    [port] = free_ports(1)
    with pytest.raises(MailUnavailable, match=f"127.0.0.1:{port} did not take the mail"):
        send(port)


async def test_a_server_that_says_nothing() -> None:
    """It is not waited for without end."""
    async def mute(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    gone = asyncio.Event()
    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    mailer = SmtpMailer(
        host="127.0.0.1", port=server.sockets[0].getsockname()[1], security="none", user=None,
        password=None, sender="outcry@example.org", patience_s=0.1,
    )
    async with server, asyncio.timeout(PATIENCE_S):
        with pytest.raises(MailUnavailable, match="Timeout"):
            await mailer.send(MAIL)
        gone.set()
