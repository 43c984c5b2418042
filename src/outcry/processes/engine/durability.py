"""Whether a log server keeps every acknowledged entry."""

_NEEDED = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
    "role": "master",
}


def durability_faults(settings: dict[str, str]) -> list[str]:
    """The settings of a log server that could lose an acknowledged command."""
    return [
        f"{name} is {settings.get(name)!r}, not {needed!r}"
        for name, needed in _NEEDED.items()
        if settings.get(name) != needed
    ]
