"""What `outcry version` shows: the package, the engine's build, and the servers it would start."""

import platform
from importlib import metadata

from outcry.engine import BUILD
from outcry.launcher.servers.postgres import postgres_version
from outcry.launcher.servers.valkey import valkey_version
from outcry.runtime.errors import OperatorError


def main() -> list[tuple[str, str]]:
    """Names and versions, in the order to show them."""
    versions = [
        ("outcry", metadata.version("openoutcry")), ("engine", BUILD),
        ("python", platform.python_version()),
    ]
    for name, version in (("valkey", valkey_version), ("postgres", postgres_version)):
        try:
            versions.append((name, version()))
        except OperatorError as why:
            versions.append((name, f"none: {why}"))
    return versions
