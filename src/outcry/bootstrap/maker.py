"""The market maker's process: a client of the public API, with two accounts of its own."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from functools import partial

import structlog

from outcry.client import ApiKey, RestClient
from outcry.market_maker.runner import MarketMaker
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.process import run_process

log = structlog.get_logger()


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then take the quotes out of the book."""
    run_process("maker", partial(_run, settings))


async def _run(settings: Settings, stop: asyncio.Event, resources: AsyncExitStack) -> None:
    maker = _key("OUTCRY_MAKER_API", settings.maker_api_key, settings.maker_api_secret)
    taker = _key("OUTCRY_TAKER_API", settings.taker_api_key, settings.taker_api_secret)
    if maker is None:
        raise OperatorError(
            "maker: OUTCRY_MAKER_API_KEY and OUTCRY_MAKER_API_SECRET are not set"
        )
    if taker is None:
        log.warning("no second account (OUTCRY_TAKER_API_KEY): quotes, but nobody takes")
    rest, taker_rest = [
        None if key is None
        else await resources.enter_async_context(RestClient(settings.gateway_url, key=key))
        for key in (maker, taker)
    ]
    assert rest is not None
    seed = secrets.randbits(63) if settings.prices_seed is None else settings.prices_seed
    await MarketMaker(
        rest, settings.stream_url, maker, taker_rest=taker_rest, seed=seed
    ).run(stop)


def _key(name: str, api_key: str | None, api_secret: str | None) -> ApiKey | None:
    if not api_key and not api_secret:
        return None
    try:
        return ApiKey(api_key or "", api_secret or "")
    except ValueError as error:
        raise OperatorError(f"maker: {name}_KEY and {name}_SECRET: {error}") from None
