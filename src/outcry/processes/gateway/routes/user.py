"""The routes of users: sign-up, sign-in, sign-out, and demo money."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
import structlog
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency

from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import Fields, Text
from outcry.people.cookies import cookie_header
from outcry.people.onboarding import EngineSilent, Onboarding, SignUpRefused, normal_email
from outcry.people.sign_up import SESSION_LIFE_MS, OpenedSession, SignUp
from outcry.ports.mail import MailUnavailable
from outcry.ports.people import OwnKeys
from outcry.processes.gateway.declaration import by_cookie, public
from outcry.processes.gateway.http import RequestOrigin
from outcry.processes.gateway.limits import RateLimit, refuse_if_waiting
from outcry.processes.gateway.parts import TheCall, TheClock, TheSignIn
from outcry.processes.gateway.routes.venue import VenueDescription
from outcry.processes.gateway.terminal import ASK_AGAIN, StaticFile, Terminal, shown
from outcry.runtime.addresses import address_group

DAY_MS: Final = 24 * 3_600 * 1_000
LINK_IS_WORTHLESS: Final = "This link was used or has expired: ask for a new one"

EMAIL: Final = Text("email")
TOKEN: Final = Text("token")
SIGN_UP: Final = Fields(EMAIL, name="SignUpRequest", says="Who would like a link.")
SIGN_IN: Final = Fields(TOKEN, name="TokenRequest", says="The token of a mailed link.")

log = structlog.get_logger()


class Demo(NamedTuple):
    """The demo money of a venue."""

    deposit: Mapping[str, str]  # By asset.
    deposits_per_day: int


class UserServices(NamedTuple):
    """The parts that the routes of users need. `demo` is None outside demo mode."""

    sign_up: SignUp
    onboarding: Onboarding
    keys: OwnKeys
    demo: Demo | None
    mails_by_email: RateLimit
    mails_by_address: RateLimit
    demos_by_address: RateLimit


class MessageBody(msgspec.Struct, frozen=True):
    """A message for people."""

    message: str


class UserBody(msgspec.Struct, frozen=True, rename="camel"):
    """The user of the session."""

    email: str
    account_id: str
    mode: str


TheUsers = NamedDependency[UserServices]


class UserRoutes(Controller):
    """The routes of users. The cookie identifies a user."""

    path = "/api/v1/user"
    tags = ("Users",)

    @post("/signup", status_code=200)
    @public(body=SIGN_UP)
    async def sign_up(self, call: TheCall, users: TheUsers) -> MessageBody:
        """Mail a link that signs in; whether the address is known makes no difference."""
        email = _email(EMAIL.of(call.members))
        sender = address_group(call.caller.address)
        refuse_if_waiting(users.mails_by_address.wait_s(sender))
        # By both: nobody uses up the links of somebody else, whose earlier ones stay valid.
        refuse_if_waiting(users.mails_by_email.wait_s((email, sender)))
        try:
            await users.sign_up.send_link(email)
        except MailUnavailable as error:
            log.warning("a mail was not sent", reason=str(error))
            raise ApiError(
                503, Code.MAINTENANCE, "The mail could not be sent; try again later"
            ) from None
        return MessageBody("successfully sent email")

    @get("/signin/post", status_code=302)
    @public(query=Fields(TOKEN), errors=(401, 403))
    async def sign_in_by_link(
        self, call: TheCall, users: TheUsers, sign_in: TheSignIn
    ) -> Response[bytes]:
        """Sign in and go to the terminal. Foreign pages are refused."""
        sign_in.check_page(call.caller)
        opened = await _opened(users, str(TOKEN.sent(call.members) or ""))
        return Response(b"", headers={
            "Location": "/", "Set-Cookie": _cookie(call.caller, opened),
        })

    @post("/signin/post", status_code=200)
    @public(body=SIGN_IN, errors=(401, 403))
    async def sign_in(
        self, call: TheCall, users: TheUsers, sign_in: TheSignIn
    ) -> Response[MessageBody]:
        """Sign in with the token of a mail. Foreign pages are refused."""
        sign_in.check_page(call.caller)
        return _signed_in(call.caller, await _opened(users, TOKEN.of(call.members)))

    @post("/signout", status_code=200)
    @by_cookie()
    async def sign_out(self, call: TheCall, users: TheUsers) -> Response[MessageBody]:
        """End the session, in every process at once."""
        await users.sign_up.sign_out(call.session.id)
        call.session.end()
        cookie = cookie_header(
            "", host=call.caller.header(b"host"), life_s=0, is_https=call.caller.is_https
        )
        return Response(MessageBody("signed out"), headers={"Set-Cookie": cookie})

    @get("/me")
    @by_cookie()
    async def me(self, call: TheCall, users: TheUsers) -> UserBody:
        """The user of the session."""
        return UserBody(
            email=await users.keys.email(call.session.user_id), account_id=str(call.account_id),
            mode="production" if users.demo is None else "demo",
        )

    @post("/demo", status_code=200)
    @public(errors=(403,))
    async def demo(
        self, call: TheCall, users: TheUsers, sign_in: TheSignIn
    ) -> Response[MessageBody]:
        """Sign in a new user with demo money, without a mail."""
        _demo_of(users)
        sign_in.check_page(call.caller)
        refuse_if_waiting(users.demos_by_address.wait_s(address_group(call.caller.address)))
        try:
            opened = await users.sign_up.demo_account()
        except EngineSilent:
            raise _engine_silent() from None
        return _signed_in(call.caller, opened)

    @post("/demo-deposit", status_code=200)
    @by_cookie()
    async def demo_deposit(
        self, call: TheCall, users: TheUsers, clock_ms: TheClock
    ) -> MessageBody:
        """Deposit more demo money, a limited number of times a day."""
        demo = _demo_of(users)
        day, passed_ms = divmod(clock_ms(), DAY_MS)
        try:
            came = await users.onboarding.daily_deposit(
                call.session.user_id, call.account_id, demo.deposit, day=day,
                most=demo.deposits_per_day,
            )
        except EngineSilent:
            raise _engine_silent() from None
        if not came:
            raise ApiError(
                429, Code.TOO_MANY_REQUESTS, "That was all for today",
                retry_after_s=(DAY_MS - passed_ms) // 1_000 + 1,
            )
        return MessageBody("deposited")


class SignInPage(Controller):
    """The page of the link in a mail. Opening it does nothing: mail scanners open links too."""

    include_in_schema = False

    @get("/sign-in")
    async def show(
        self, request: Request[Any, Any, Any], terminal: NamedDependency[Terminal],
        about: NamedDependency[VenueDescription],
    ) -> Response[bytes]:
        """The terminal's page, or where it is not built, a plain one."""
        accepted = request.headers.get("accept-encoding", "")
        page = terminal.page("/sign-in", accepted) if terminal.is_built else None
        if page is None:
            page = StaticFile("text/html", ASK_AGAIN, _PLAIN_PAGE)
        return shown(page, request.headers.get("host"), about)


_PLAIN_PAGE: Final = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in to Outcry</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}
button{font:inherit;padding:.5em 2em}</style>
<h1>Sign in to Outcry</h1>
<p><button id="go">Sign in</button></p><p id="said" role="status"></p>
<script>document.getElementById("go").onclick = async () => {
  const token = new URLSearchParams(location.search).get("token") ?? "";
  const answer = await fetch("/api/v1/user/signin/post", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token}),
  });
  if (answer.ok) { location.replace("/"); return; }
  document.getElementById("said").textContent = (await answer.json()).message;
};</script></html>
"""


async def _opened(users: UserServices, token: str) -> OpenedSession:
    try:
        opened = await users.sign_up.sign_in(token)
    except EngineSilent:
        raise _engine_silent() from None
    if opened is None:
        raise ApiError(401, Code.UNAUTHORIZED, LINK_IS_WORTHLESS)
    return opened


def _signed_in(caller: RequestOrigin, opened: OpenedSession) -> Response[MessageBody]:
    return Response(MessageBody("signed in"), headers={"Set-Cookie": _cookie(caller, opened)})


def _cookie(caller: RequestOrigin, opened: OpenedSession) -> str:
    return cookie_header(
        opened.cookie, host=caller.header(b"host"), life_s=SESSION_LIFE_MS // 1_000,
        is_https=caller.is_https,
    )


def _email(text: str) -> str:
    try:
        return normal_email(text)
    except SignUpRefused as why:
        raise invalid(f"Invalid email: {why}") from None


def _demo_of(users: UserServices) -> Demo:
    if users.demo is None:
        raise ApiError(403, Code.FORBIDDEN, "Only in demo mode")
    return users.demo


def _engine_silent() -> ApiError:
    return ApiError(
        503, Code.TIMEOUT, "The engine does not answer; try again, it is safe", retry_after_s=1
    )
