"""The client behind a trusted proxy: its address, and whether it came over TLS."""

from typing import Final

from outcry.processes.gateway.http import Application, Message, Receive, Scope, Send
from outcry.runtime.addresses import TrustedProxies

# Two years. A browser then never uses plain HTTP for this host.
_HSTS: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Forwarded:
    """Believes the forwarding headers of trusted proxies, and of nobody else."""

    def __init__(self, application: Application, proxies: TrustedProxies) -> None:
        self._application = application
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as its client's."""
        peer = scope["client"][0] if scope.get("client") else ""
        if scope["type"] != "http" or peer not in self._proxies:
            await self._application(scope, receive, send)
            return
        found = {
            name: value.decode("latin-1") for name, value in scope["headers"]
            if name in (b"x-forwarded-for", b"x-forwarded-proto")
        }
        client = self._proxies.client(peer, found.get(b"x-forwarded-for"))
        scope = {**scope, "client": (client, 0)}
        if not self._proxies.is_https(peer, found.get(b"x-forwarded-proto")):
            await self._application(scope, receive, send)
            return

        async def send_over_tls(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _HSTS]
            await send(message)

        await self._application({**scope, "scheme": "https"}, receive, send_over_tls)
