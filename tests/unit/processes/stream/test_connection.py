"""A connection: what comes in whole, and what a client that does not read is left with."""

import asyncio
from typing import Any

import pytest
from picows import WSCloseCode, WSMsgType

from outcry.api.backpack.stream import parse_stream
from outcry.processes.stream.channel import Channel, websocket_frame
from outcry.processes.stream.deflate import deflated
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.merged_depth import MergedDepth
from rigs.fake_socket import Listener, messages_of
from rigs.patience import PATIENCE_S
from rigs.scripted_log import SOL_USDC, ScriptedLog


class Frame:
    """A frame a client sent."""

    def __init__(
        self, payload: bytes, kind: Any = WSMsgType.TEXT, *, fin: bool = True,
        compressed: bool = False,
    ) -> None:
        self.payload = payload
        self.msg_type = kind
        self.fin = fin
        self.rsv1 = compressed
        self.payload_size = len(payload)

    def get_payload_as_bytes(self) -> bytes:
        return self.payload


def receive(listener: Listener, *frames: Frame) -> None:
    for frame in frames:
        listener.connection.on_ws_frame(listener.socket, frame)  # type: ignore[arg-type]


def merged(first_seq: int, last_seq: int, *bids: tuple[int, int]) -> MergedDepth:
    log = ScriptedLog()
    log.open_market()
    instrument = log.engine.state.books[SOL_USDC].instrument.listed
    found = MergedDepth(instrument)
    found.add(bids=bids, asks=[], first_seq=first_seq, last_seq=last_seq, changed_ms=5)
    return found


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_says_how_long_it_is(size: int) -> None:
    assert [b"x" * size] == list(messages_of(websocket_frame(b"x" * size)))


def test_a_message_in_parts_is_heard_whole() -> None:
    listener = Listener()
    receive(
        listener, Frame(b"ab", fin=False), Frame(b"c", WSMsgType.CONTINUATION, fin=False),
        Frame(b"d", WSMsgType.CONTINUATION), Frame(b"e", WSMsgType.BINARY),
    )
    assert [b"abcd", b"e"] == listener.handler.messages


def test_a_compressed_message_may_come_in_parts_too() -> None:
    listener = Listener(deflates=True)
    sent = deflated(b"hello")
    receive(
        listener, Frame(sent[:2], fin=False, compressed=True),
        Frame(sent[2:], WSMsgType.CONTINUATION), Frame(b"plain"),
        Frame(deflated(b"again"), compressed=True),
    )
    assert [b"hello", b"plain", b"again"] == listener.handler.messages


@pytest.mark.parametrize(("deflates", "frame", "code"), [
    (False, Frame(deflated(b"x"), compressed=True), WSCloseCode.PROTOCOL_ERROR),
    (True, Frame(b"x", WSMsgType.CONTINUATION, compressed=True), WSCloseCode.PROTOCOL_ERROR),
    (True, Frame(b"naked", compressed=True), WSCloseCode.INVALID_TEXT),
    (True, Frame(deflated(bytes(1_001)), compressed=True), WSCloseCode.MESSAGE_TOO_BIG),
])
async def test_compressed_nonsense_ends_the_connection(
    deflates: bool, frame: Frame, code: WSCloseCode
) -> None:
    listener = Listener(Limits(frame_bytes=1_000), deflates=deflates)
    receive(listener, frame)
    assert listener.socket.closed[0] == code
    assert [] == listener.handler.messages


async def test_parts_may_not_add_up_to_more_than_a_frame() -> None:
    listener = Listener(Limits(frame_bytes=3))
    receive(
        listener, Frame(b"ab", fin=False), Frame(b"cd", WSMsgType.CONTINUATION, fin=False),
        Frame(b"e", WSMsgType.CONTINUATION),
    )
    assert (WSCloseCode.MESSAGE_TOO_BIG, "message too big") == listener.socket.closed
    assert [] == listener.handler.messages


async def test_too_many_requests_in_a_second_end_the_connection() -> None:
    listener = Listener(Limits(requests_per_second=2))
    receive(listener, Frame(b"1"), Frame(b"2"))
    listener.now_s += 1.0
    receive(listener, Frame(b"3"), Frame(b"4"))
    assert listener.socket.closed is None

    receive(listener, Frame(b"5"), Frame(b"6"))
    assert (WSCloseCode.POLICY_VIOLATION, "too many requests") == listener.socket.closed
    assert [b"1", b"2", b"3", b"4"] == listener.handler.messages


def test_a_ping_is_answered_unless_the_client_does_not_read() -> None:
    listener = Listener()
    receive(listener, Frame(b"hello", WSMsgType.PING))
    listener.connection.pause_writing()
    receive(listener, Frame(b"again", WSMsgType.PING))
    assert [b"hello"] == listener.socket.pongs


def test_a_close_is_answered() -> None:
    listener = Listener()
    receive(listener, Frame(b"", WSMsgType.CLOSE), Frame(b"too late"))
    assert (WSCloseCode.OK, "") == listener.socket.closed
    assert listener.socket.disconnected
    assert [] == listener.handler.messages


async def test_pings_every_minute_and_no_pong_is_the_end() -> None:
    listener = Listener()
    for second in range(1, 180):
        listener.now_s += 1
        listener.connection.beat(listener.now_s)
        assert second // 60 == listener.socket.pings
        assert listener.socket.closed is None
    listener.now_s += 1
    listener.connection.beat(listener.now_s)
    assert (WSCloseCode.GOING_AWAY, "no pong") == listener.socket.closed


def test_a_pong_keeps_a_connection() -> None:
    listener = Listener()
    for _ in range(1_000):
        listener.now_s += 1
        listener.connection.beat(listener.now_s)
        receive(listener, Frame(b"", WSMsgType.PONG))
    assert listener.socket.closed is None
    assert 16 == listener.socket.pings


def published(hub: Hub, channel: Channel, *messages: bytes) -> None:
    for message in messages:
        hub.publish(channel, message)
    hub.flush()


def listening(listener: Listener, *streams: str) -> tuple[Hub, list[Channel]]:
    hub = Hub()
    for stream in streams:
        hub.subscribe(listener.connection, parse_stream(stream))
    return hub, [listener.connection.channels[None, stream] for stream in streams]


@pytest.mark.parametrize("deflates", [False, True])
def test_of_what_may_be_left_out_a_slow_reader_gets_the_latest(deflates: bool) -> None:
    listener = Listener(deflates=deflates)
    hub, (ticker, best) = listening(listener, "ticker.A_B", "bookTicker.A_B")
    listener.connection.pause_writing()
    published(hub, ticker, b"1")
    published(hub, best, b"2", b"3")
    published(hub, ticker, b"4")
    assert [] == listener.frames()

    listener.connection.resume_writing()
    assert [4, 3] == [frame["data"] for frame in listener.frames()]
    published(hub, ticker, b"5")
    assert [5] == [frame["data"] for frame in listener.frames()]


def test_of_what_counts_a_slow_reader_gets_everything_in_order() -> None:
    listener = Listener()
    hub, (trades,) = listening(listener, "trade.A_B")
    published(hub, trades, b"1")
    listener.connection.pause_writing()
    published(hub, trades, b"2", b"3")
    published(hub, trades, b"4")
    listener.connection.resume_writing()
    published(hub, trades, b"5")

    assert [1, 2, 3, 4, 5] == [frame["data"] for frame in listener.frames()]


@pytest.mark.parametrize("deflates", [False, True])
def test_depth_that_was_put_together_is_put_together_again(deflates: bool) -> None:
    """Ids have no gap, and the latest quantity at a price is the one that counts."""
    listener = Listener(deflates=deflates)
    hub, (depth,) = listening(listener, "depth.200ms.A_B")
    listener.connection.pause_writing()
    for part in (merged(4, 6, (99, 5), (98, 1)), merged(7, 7, (99, 0)), merged(8, 9, (97, 2))):
        hub.publish_merged(depth, part, 1)
        hub.flush()
    listener.connection.resume_writing()

    (frame,) = listener.data("depth.200ms.A_B")
    assert (4, 9) == (frame["U"], frame["u"])
    assert [["0.97", "0.02"], ["0.98", "0.01"], ["0.99", "0.00"]] == frame["b"]


def test_a_reader_that_is_too_slow_is_cut_off_and_nothing_is_kept_for_it() -> None:
    listener = Listener(Limits(waiting_bytes=1_000))
    hub, (trades,) = listening(listener, "trade.A_B")
    listener.connection.pause_writing()
    for _ in range(100):
        published(hub, trades, b'"' + b"x" * 100 + b'"')
    assert listener.socket.aborted
    assert listener.connection.gave_up
    assert [] == listener.connection._waiting

    listener.connection.resume_writing()
    assert [] == listener.writes


def test_a_reader_for_whom_too_much_depth_piles_up_is_cut_off() -> None:
    listener = Listener(Limits(waiting_levels=50))
    hub, (depth,) = listening(listener, "depth.200ms.A_B")
    listener.connection.pause_writing()
    for seq in range(1, 60):
        hub.publish_merged(depth, merged(seq, seq, (seq, 5)), 1)
        hub.flush()
    assert listener.socket.aborted


def test_answers_count_too() -> None:
    """Who asks nonsense and never reads the errors is cut off like any slow reader."""
    listener = Listener(Limits(waiting_bytes=500))
    listener.connection.say(b"1")
    listener.connection.pause_writing()
    for _ in range(100):
        listener.connection.say(b"2" * 10)
    assert [b"1"] == list(messages_of(b"".join(listener.writes)))
    assert listener.socket.aborted


def test_who_unsubscribes_gets_no_more_even_of_what_waited() -> None:
    listener = Listener()
    hub, (ticker, depth) = listening(listener, "ticker.A_B", "depth.200ms.A_B")
    listener.connection.pause_writing()
    published(hub, ticker, b"1")
    hub.publish_merged(depth, merged(1, 1, (99, 5)), 1)
    hub.flush()
    hub.unsubscribe(listener.connection, "ticker.A_B")
    hub.unsubscribe(listener.connection, "depth.200ms.A_B")
    listener.connection.resume_writing()
    assert [] == listener.frames()


async def test_a_goodbye_waits_for_its_answer() -> None:
    """What a client is still sending would otherwise reset the socket before it has read why."""
    listener = Listener(Limits(requests_per_second=1, goodbye_s=600.0))
    receive(listener, Frame(b"1"), Frame(b"2"), Frame(b"3"))
    assert (WSCloseCode.POLICY_VIOLATION, "too many requests") == listener.socket.closed
    assert not listener.socket.disconnected
    receive(listener, Frame(b"", WSMsgType.CLOSE))
    assert listener.socket.disconnected
    assert [b"1"] == listener.handler.messages


async def test_who_does_not_answer_a_goodbye_is_cut_off() -> None:
    listener = Listener(Limits(goodbye_s=0.0))
    listener.connection.close(WSCloseCode.GOING_AWAY, "shutting down")
    async with asyncio.timeout(PATIENCE_S):
        while not listener.socket.aborted:  # noqa: ASYNC110 - a fake socket sets no event.
            await asyncio.sleep(0)


async def test_after_a_goodbye_nothing_is_sent() -> None:
    listener = Listener()
    hub, (trades,) = listening(listener, "trade.A_B")
    listener.connection.close(WSCloseCode.GOING_AWAY, "shutting down")
    published(hub, trades, b"1")
    listener.connection.say(b"2")
    assert (WSCloseCode.GOING_AWAY, "shutting down") == listener.socket.closed
    assert [] == listener.writes


