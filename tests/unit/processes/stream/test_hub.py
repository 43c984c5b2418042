"""Who gets what: each frame once, each listener written to once a flush."""

import pytest

from outcry.api.backpack.stream import parse_stream
from outcry.engine.units import AccountId
from outcry.processes.stream.channel import LagPolicy
from outcry.processes.stream.hub import Hub
from rigs.fake_socket import Listener

ALICE = AccountId(100)
BOB = AccountId(101)


def test_a_listener_is_written_to_once_a_flush() -> None:
    hub = Hub()
    both, one = Listener(), Listener()
    for stream in ("trade.A_B", "depth.A_B"):
        hub.subscribe(both.connection, parse_stream(stream))
    hub.subscribe(one.connection, parse_stream("depth.A_B"))
    trades, depth = hub.channel("trade.A_B"), hub.channel("depth.A_B")
    assert trades is not None
    assert depth is not None
    for message in (b"1", b"2"):
        hub.publish(depth, message)
        hub.publish(trades, message)
    hub.flush()

    assert 1 == len(both.writes)
    assert [
        {"stream": "depth.A_B", "data": 1}, {"stream": "depth.A_B", "data": 2},
        {"stream": "trade.A_B", "data": 1}, {"stream": "trade.A_B", "data": 2},
    ] == both.frames()
    assert [1, 2] == one.data("depth.A_B")
    assert 6 == hub.frames_sent
    hub.flush()
    assert [] == one.frames()


def test_compressed_bytes_are_made_once_and_only_for_who_takes_them() -> None:
    hub = Hub()
    plain = Listener()
    small = [Listener(deflates=True) for _ in range(2)]
    hub.subscribe(plain.connection, parse_stream("trade.A_B"))
    channel = hub.channel("trade.A_B")
    assert channel is not None
    hub.publish(channel, b'"' + b"x" * 1_000 + b'"')
    assert [] == channel.deflated_frames
    hub.flush()
    plain.frames()

    for listener in small:
        hub.subscribe(listener.connection, parse_stream("trade.A_B"))
    for _ in range(2):
        hub.publish(channel, b'"' + b"x" * 1_000 + b'"')
    sent_before = hub.bytes_sent
    hub.flush()
    assert small[0].writes == small[1].writes
    assert len(small[0].writes[0]) < 200
    sent = sum(len(listener.writes[0]) for listener in (plain, *small))
    assert sent == hub.bytes_sent - sent_before
    assert plain.frames() == small[0].frames() == small[1].frames()

    for listener in small:
        hub.drop(listener.connection)
    hub.publish(channel, b"1")
    assert [] == channel.deflated_frames


def test_subscribing_twice_delivers_once() -> None:
    hub = Hub()
    listener = Listener()
    for _ in range(2):
        hub.subscribe(listener.connection, parse_stream("trade.A_B"))
    channel = hub.channel("trade.A_B")
    assert channel is not None
    hub.publish(channel, b"1")
    hub.flush()

    assert [1] == listener.data("trade.A_B")
    assert 1 == hub.subscriptions


def test_a_channel_nobody_listens_to_is_gone() -> None:
    hub = Hub()
    listener, other = Listener(), Listener()
    for who in (listener, other):
        hub.subscribe(who.connection, parse_stream("trade.A_B"))
    hub.unsubscribe(listener.connection, "trade.A_B")
    hub.unsubscribe(listener.connection, "trade.A_B")
    hub.unsubscribe(listener.connection, "trade.C_D")
    assert hub.channel("trade.A_B") is not None

    hub.drop(other.connection)
    assert hub.channel("trade.A_B") is None
    assert 0 == hub.subscriptions


def test_an_account_is_heard_by_its_own_listeners_only() -> None:
    hub = Hub()
    alice, bob = Listener(), Listener()
    for listener, account_id in ((alice, ALICE), (bob, BOB)):
        listener.connection.api_keys["key"] = account_id
        hub.subscribe(listener.connection, parse_stream("account.orderUpdate"), account_id)
    channels = hub.account_channels(ALICE)
    assert channels is not None
    hub.publish(channels["account.orderUpdate"], b"1")
    hub.flush()

    assert [1] == alice.data("account.orderUpdate")
    assert [] == bob.frames()
    hub.unsubscribe(alice.connection, "account.orderUpdate")
    assert hub.account_channels(ALICE) is None
    assert hub.account_channels(BOB) is not None


def test_streams_that_never_speak_take_no_room() -> None:
    hub = Hub()
    listener = Listener()
    hub.subscribe(listener.connection, parse_stream("openInterest.A_B"))
    hub.subscribe(listener.connection, parse_stream("account.positionUpdate"), ALICE)
    assert {} == listener.connection.channels
    assert 0 == hub.subscriptions


@pytest.mark.parametrize(("stream", "lag_policy"), [
    ("depth.A_B", LagPolicy.KEEP_ALL),
    ("depth.600ms.A_B", LagPolicy.MERGE),
    ("trade.A_B", LagPolicy.KEEP_ALL),
    ("kline.1m.A_B", LagPolicy.KEEP_ALL),
    ("bookTicker.A_B", LagPolicy.KEEP_LATEST),
    ("ticker.A_B", LagPolicy.KEEP_LATEST),
    ("markPrice.A_B", LagPolicy.KEEP_LATEST),
])
def test_what_may_be_missed(stream: str, lag_policy: LagPolicy) -> None:
    hub = Hub()
    hub.subscribe(Listener().connection, parse_stream(stream))
    channel = hub.channel(stream)
    assert channel is not None
    assert lag_policy is channel.lag_policy


def test_a_listener_that_went_away_in_the_middle_of_a_flush_is_passed_over() -> None:
    hub = Hub()
    gone, here = Listener(), Listener()
    for listener in (gone, here):
        hub.subscribe(listener.connection, parse_stream("trade.A_B"))
    gone.connection.closing = True
    channel = hub.channel("trade.A_B")
    assert channel is not None
    hub.publish(channel, b"1")
    hub.flush()

    assert [] == gone.writes
    assert [1] == here.data("trade.A_B")
