"""Whether a log server keeps what it has acknowledged."""

_NEEDED = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
    "role": "master",
}


def durability_faults(settings: dict[str, str]) -> list[str]:
    """What in a log server's settings lets an acknowledged command be lost."""
    return [
        f"{name} is {settings.get(name)!r}, not {needed!r}"
        for name, needed in _NEEDED.items()
        if settings.get(name) != needed
    ]
