"""Which settings of a log server let an acknowledged command be lost."""

import pytest
import redis

from outcry.adapters.valkey.streams import RedisEngineLog
from outcry.processes.engine.durability import durability_faults

DURABLE = {
    "appendonly": "yes", "appendfsync": "always", "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction", "role": "master",
}


def test_a_durable_server_has_no_faults() -> None:
    assert [] == durability_faults(DURABLE)
    assert [] == durability_faults({**DURABLE, "maxclients": "1"})


@pytest.mark.parametrize(("name", "value"), [
    ("appendonly", "no"), ("appendfsync", "everysec"), ("appendfsync", "no"),
    ("no-appendfsync-on-rewrite", "yes"), ("maxmemory-policy", "allkeys-lru"), ("role", "slave"),
])
def test_each_weakness_is_named(name: str, value: str) -> None:
    [fault] = durability_faults({**DURABLE, name: value})
    assert name in fault
    assert value in fault


def test_a_setting_that_is_missing_is_a_fault() -> None:
    assert len(DURABLE) == len(durability_faults({}))


def test_our_own_server_is_durable_and_a_weakened_one_is_found_out(valkey_url: str) -> None:
    log = RedisEngineLog(valkey_url)
    try:
        assert [] == durability_faults(log.settings())
        with redis.Redis.from_url(valkey_url) as client:
            client.config_set("appendfsync", "everysec")
            [fault] = durability_faults(log.settings())
            client.config_set("appendfsync", "always")
        assert "appendfsync" in fault
    finally:
        log.close()
