"""API keys, and the signatures of requests."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence

from nacl.signing import SigningKey

from outcry.api.backpack.bodies import Scalar
from outcry.api.backpack.signing import SUBSCRIBE, WINDOW_MS_DEFAULT, canonical_text, stamped
from outcry.runtime.clock import clock_ms


class ApiKey:
    """A key pair as `outcry user create --api-key` prints it: both parts in base64."""

    def __init__(
        self, api_key: str, api_secret: str, *, window_ms: int = WINDOW_MS_DEFAULT,
        clock_ms: Callable[[], int] = clock_ms,
    ) -> None:
        """Raises `ValueError` when the secret is not 32 bytes, or not that of the key."""
        secret = b64decode(api_secret, validate=True)
        if len(secret) != 32:
            raise ValueError("an API secret has 32 bytes")
        self._signing_key = SigningKey(secret)
        if b64encode(bytes(self._signing_key.verify_key)).decode() != api_key:
            raise ValueError("this API secret belongs to another API key")
        self.api_key = api_key
        self._window = str(window_ms)
        self._clock_ms = clock_ms

    def __repr__(self) -> str:
        return f"ApiKey({self.api_key!r})"  # Never the secret: a repr ends up in logs.

    def headers(
        self, instruction: str, requests: Sequence[Mapping[str, Scalar | int]]
    ) -> dict[str, str]:
        """Headers that sign a request; one with several parts (a batch) signs each of them."""
        timestamp = str(self._clock_ms())
        text = "&".join(canonical_text(instruction, members) for members in requests)
        return {
            "X-API-Key": self.api_key,
            "X-Timestamp": timestamp,
            "X-Window": self._window,
            "X-Signature": self._sign(text, timestamp),
        }

    def subscription(self) -> list[str]:
        """The signature of a subscription to private streams."""
        timestamp = str(self._clock_ms())
        signature = self._sign(canonical_text(SUBSCRIBE, {}), timestamp)
        return [self.api_key, signature, timestamp, self._window]

    def _sign(self, text: str, timestamp: str) -> str:
        signed = self._signing_key.sign(stamped(text, timestamp, self._window))
        return b64encode(signed.signature).decode()
