"""The market maker's process: a client of the public API, with two accounts of its own."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack

import structlog

from outcry.client import ApiKey, RestClient
from outcry.market_maker.runner import MarketMaker
from outcry.runtime.config import Settings

log = structlog.get_logger()


async def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then take the quotes out of the book."""
    maker = _key("OUTCRY_MAKER_API", settings.maker_api_key, settings.maker_api_secret)
    taker = _key("OUTCRY_TAKER_API", settings.taker_api_key, settings.taker_api_secret)
    if maker is None:
        sys.exit("maker: OUTCRY_MAKER_API_KEY and OUTCRY_MAKER_API_SECRET are not set")
    if taker is None:
        log.warning("no second account (OUTCRY_TAKER_API_KEY): quotes, but nobody takes")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        rest = await stack.enter_async_context(RestClient(settings.gateway_url, key=maker))
        taker_rest = None
        if taker is not None:
            taker_rest = await stack.enter_async_context(
                RestClient(settings.gateway_url, key=taker)
            )
        market_maker = MarketMaker(
            rest, settings.stream_url, maker, taker_rest=taker_rest, seed=settings.prices_seed
        )
        await market_maker.run(stop)


def _key(name: str, api_key: str | None, api_secret: str | None) -> ApiKey | None:
    if not api_key and not api_secret:
        return None
    try:
        return ApiKey(api_key or "", api_secret or "")
    except ValueError as error:
        sys.exit(f"maker: {name}_KEY and {name}_SECRET: {error}")
