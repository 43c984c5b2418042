"""Which settings of a log server let an acknowledged command be lost."""

import time

import pytest
import redis

from outcry.adapters.valkey.streams import RedisEngineLog
from outcry.launcher.genesis import _refuse_forgetful
from outcry.processes.engine.durability import ASKED_S, DurabilityWatch, durability_faults
from outcry.runtime.config import VenueSettings
from outcry.runtime.errors import OperatorError

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


def test_a_later_change_is_noticed_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    settings = dict(DURABLE)
    watch = DurabilityWatch(lambda: settings, [])
    settings["appendfsync"] = "no"
    assert [] == watch()
    now[0] += ASKED_S
    assert ["appendfsync is 'no', not 'always'"] == watch()
    settings["appendfsync"] = "always"
    assert ["appendfsync is 'no', not 'always'"] == watch()
    now[0] += ASKED_S
    assert [] == watch()


def test_in_production_the_start_refuses_it_at_once(valkey_url: str) -> None:
    settings = VenueSettings.model_construct(mode="production", redis_url=valkey_url)
    _refuse_forgetful(settings)
    with redis.Redis.from_url(valkey_url) as client:
        client.config_set("appendfsync", "everysec")
        try:
            with pytest.raises(OperatorError, match=r"appendfsync is 'everysec'.*CONFIG SET"):
                _refuse_forgetful(settings)
            _refuse_forgetful(settings.model_copy(update={"mode": "demo"}))
        finally:
            client.config_set("appendfsync", "always")


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
