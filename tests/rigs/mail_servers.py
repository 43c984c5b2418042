"""Servers that take mail for tests: a real SMTP server, and a stand-in that speaks Resend's API."""

import asyncio
import contextlib
import http.server
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

USER, PASSWORD = "outcry@example.org", "an app password"


class _PortTold(Controller):
    """A server on a free port; the library only knows ports that were chosen before."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class SmtpServer:
    """Keeps the mails that come. With `refusal` it takes none, and says this."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, login: bool = False) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.encrypted: list[bool] = []
        self.refusal: str | None = None
        self.controller = _PortTold(
            self, hostname="127.0.0.1", port=0, tls_context=tls, require_starttls=tls is not None,
            auth_required=login, auth_require_tls=tls is not None,
            authenticator=self._authenticate,
        )

    @property
    def port(self) -> int:
        return int(self.controller.port)

    async def handle_DATA(  # noqa: N802 - the library's name.
        self, _server: Any, session: Any, envelope: Envelope
    ) -> str:
        """A mail has come."""
        if self.refusal is not None:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        self.mails.append(cast(
            "EmailMessage", message_from_bytes(envelope.content, policy=default)
        ))
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    def _authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        right = (USER.encode(), PASSWORD.encode()) == (given.login, given.password)
        return AuthResult(success=right, handled=False)  # It answers then.


@contextlib.contextmanager
def smtp_server(*, tls: ssl.SSLContext | None = None, login: bool = False) -> Iterator[SmtpServer]:
    """An SMTP server for as long as the block lasts."""
    server = SmtpServer(tls=tls, login=login)
    server.controller.start()
    try:
        yield server
    finally:
        server.controller.stop()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and a server's context with it."""
    key, chain = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", chain,
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    return chain, context


class ResendServer:
    """Speaks as much of Resend's API as sending takes. `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.requests: list[tuple[str, str, dict[str, Any]]] = []  # Path, authorization, body.
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append((self.path, self.headers["Authorization"], body))
                answer = json.dumps(
                    {"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"} if outer.status < 300
                    else {"statusCode": outer.status, "name": "validation_error", "message": "no"}
                ).encode()
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Tests read answers, not lines."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"


@contextlib.contextmanager
def resend_server() -> Iterator[ResendServer]:
    """A stand-in for Resend for as long as the block lasts."""
    server = ResendServer()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
