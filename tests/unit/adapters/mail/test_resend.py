"""Mail through something that speaks Resend's API."""

import asyncio

import pytest

from outcry.adapters.mail.resend import ResendMailer
from outcry.ports.mail import Mail, MailUnavailable
from rigs.mail_servers import resend_server
from rigs.venues import free_ports

MAIL = Mail(to="ann@example.org", subject="Sign in to Outcry", text="A link")


def send(url: str) -> None:
    mailer = ResendMailer(url=url, api_key="re_123", sender="Outcry <outcry@example.org>")
    asyncio.run(mailer.send(MAIL))


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mail_is_handed_over(end: str) -> None:
    with resend_server() as server:
        send(server.url + end)
        assert [("/emails", "Bearer re_123", {
            "from": "Outcry <outcry@example.org>", "to": ["ann@example.org"],
            "subject": "Sign in to Outcry", "text": "A link",
        })] == server.requests


@pytest.mark.parametrize("status", [401, 422, 429, 500])
def test_a_mail_that_is_refused(status: int) -> None:
    with resend_server() as server:
        server.status = status
        with pytest.raises(MailUnavailable, match=f"Resend answered {status}: .*validation_error"):
            send(server.url)


def test_nobody_there() -> None:
    [port] = free_ports(1)
    with pytest.raises(MailUnavailable, match="cannot be reached"):
        send(f"http://127.0.0.1:{port}")
