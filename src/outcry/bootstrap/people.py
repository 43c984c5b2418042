"""The parts of sign-in, for gateway and stream: a secret, mail and sessions."""

import os
import time
from collections.abc import Callable
from typing import Final

from outcry.adapters.mail.outbox import Outbox
from outcry.adapters.mail.resend import ResendMailer
from outcry.adapters.mail.smtp import SmtpMailer
from outcry.adapters.postgres.users import PostgresUsers
from outcry.people.cookies import listed_origins
from outcry.people.onboarding import Onboarding, parse_deposits
from outcry.people.sign_up import SignUp
from outcry.people.tokens import SECRET_CHARACTERS_MIN, TokenSigner, is_weak
from outcry.ports.mail import Mailer
from outcry.ports.people import SignInStore
from outcry.processes.gateway.limits import RateLimit
from outcry.processes.gateway.routes.user import Demo, UserServices
from outcry.processes.gateway.views import Views
from outcry.runtime.addresses import TrustedProxies, networks_of
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.secrets import SecretsFile

MAKE: Final = ', such as those of python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
OUTBOX_SENDER: Final = "Outcry <outcry@demo.invalid>"


def tokens_of(settings: Settings) -> TokenSigner:
    """The signer of cookies and links; raises `OperatorError` when the secret is missing."""
    secret = settings.session_secret
    if secret is None:
        if settings.mode == "production":
            raise OperatorError(f"set OUTCRY_SESSION_SECRET to 32 random characters or more{MAKE}")
        secret = SecretsFile(settings.data_dir / "secrets.json").get_or_make("session_secret")
    earlier = [each for each in (settings.session_secrets_before or "").split(",") if each]
    for each in (secret, *earlier):
        if len(each) < SECRET_CHARACTERS_MIN:
            raise OperatorError(
                f"a session secret has {SECRET_CHARACTERS_MIN} characters or more{MAKE}"
            )
        if settings.mode == "production" and is_weak(each):
            raise OperatorError(f"a session secret is too easy to guess: take a random one{MAKE}")
    return TokenSigner(secret, *earlier)


def refuse_root(settings: Settings) -> None:
    """Raise `OperatorError` for the superuser in production."""
    if settings.mode == "production" and os.geteuid() == 0 and not settings.allow_root:
        raise OperatorError(
            "production does not run as root: start it as an ordinary user who owns the data "
            "directory, or, where root has no rights outside a container, set "
            "OUTCRY_ALLOW_ROOT=true"
        )


def mailer_of(settings: Settings) -> Mailer:
    """The mailer; raises `OperatorError` when a setting for it is missing."""
    if settings.mail == "smtp":
        return SmtpMailer(
            host=_required(settings, "mail_smtp_host"), port=settings.mail_smtp_port,
            security=settings.mail_smtp_security, user=settings.mail_smtp_user,
            password=settings.mail_smtp_password, sender=_required(settings, "mail_sender"),
        )
    if settings.mail == "resend":
        return ResendMailer(
            url=settings.mail_resend_url, api_key=_required(settings, "mail_resend_api_key"),
            sender=_required(settings, "mail_sender"),
        )
    if settings.mode == "production":
        raise OperatorError("set OUTCRY_MAIL to smtp or resend: nobody reads the outbox")
    return Outbox(settings.data_dir / "outbox", sender=settings.mail_sender or OUTBOX_SENDER)


def check(settings: Settings) -> None:
    """Raise `OperatorError` for a missing setting, before anything starts."""
    refuse_root(settings)
    tokens_of(settings)
    mailer_of(settings)
    proxies_of(settings)


def public_url(settings: Settings) -> str:
    """Address of the venue in browsers, without a slash at the end."""
    return (settings.public_url or settings.gateway_url).rstrip("/")


def origins_of(settings: Settings) -> frozenset[str]:
    """Origins whose pages may use the cookie."""
    return listed_origins(f"{settings.origins or ''},{public_url(settings)}")


def proxies_of(settings: Settings) -> TrustedProxies:
    """Proxies whose forwarding headers are believed."""
    try:
        return TrustedProxies(networks_of(settings.trusted_proxies or ""))
    except ValueError as error:
        raise OperatorError(
            f"OUTCRY_TRUSTED_PROXIES: {error}; write addresses or networks such as "
            "10.0.0.1,192.168.0.0/16"
        ) from None


def users_of(
    settings: Settings, *, users: PostgresUsers, sign_ins: SignInStore, views: Views,
    tokens: TokenSigner, clock_ms: Callable[[], int],
) -> UserServices:
    """The parts behind the gateway's routes for users."""
    is_demo = settings.mode == "demo"
    deposit = parse_deposits(settings.demo_deposit)
    onboarding = Onboarding(users=users, command_writer=views.command_writer, venue=views.venue)
    return UserServices(
        sign_up=SignUp(
            onboarding=onboarding, sign_ins=sign_ins, mailer=mailer_of(settings), tokens=tokens,
            link=f"{public_url(settings)}/sign-in", welcome=deposit if is_demo else {},
            clock_ms=clock_ms,
        ),
        onboarding=onboarding,
        keys=users,
        demo=Demo(deposit, settings.demo_deposits_per_day) if is_demo else None,
        mails_by_email=_an_hour(settings.mails_per_email_per_hour),
        mails_by_address=_an_hour(settings.mails_per_ip_per_hour),
        demos_by_address=_an_hour(settings.demo_accounts_per_hour),
    )


def _an_hour(most: int) -> RateLimit:
    return RateLimit(most, time.monotonic, window_s=3_600.0)


def _required(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if not value:
        raise OperatorError(f"set OUTCRY_{name.upper()}: OUTCRY_MAIL={settings.mail} needs it")
    return str(value)
