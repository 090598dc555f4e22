"""Brokers that refuse, lie, babble or say nothing: scripted byte by byte (MQTT 5.0 chapter 3)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers.mqtt.backoff import Backoff, Ended
from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.settings import MqttConnectionSettings
from monitor.domain.source import EquipmentSource
from tests.drivers.mqtt.support import LIFT, QuickClock, Remembering, source, until

CONNACK_5 = b"\x20\x03\x00\x00\x00"
SUBACK_5 = b"\x90\x05\x00\x01\x00\x01\x01"  # packet 1, no properties, both at QoS 1
TAKEN_OVER = b"\xe0\x01\x8e"


@asynccontextmanager
async def scripted(
    *scripts: Sequence[bytes], equipment: Sequence[EquipmentSource] | None = None, **fields: Any
) -> AsyncIterator[tuple[Remembering, QuickClock]]:
    """A listener at a broker that answers each packet with the next of a script, closing where that is empty.

    Each connection gets the next script, the last one for ever.
    """
    left = list(scripts)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in left.pop(0) if len(left) > 1 else left[0]:
                if not await reader.read(4096) or not answer:
                    break
                writer.write(answer)
                await writer.drain()
            else:
                await reader.read()  # nothing more, until the client goes
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    inlet, clock = Remembering(), QuickClock()
    settings = MqttConnectionSettings.model_validate(
        {"url": f"mqtt://127.0.0.1:{port}", "client_id": "w", "version": 5, **fields}
    )
    connection = MqttConnection("hub", settings, equipment or [source()], clock, chance=lambda: 0.0)
    task = asyncio.create_task(connection.run(inlet))
    try:
        yield inlet, clock
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()
        await server.wait_closed()


async def test_a_session_taken_over_is_said_and_yielded_to() -> None:
    async with scripted([CONNACK_5, SUBACK_5 + TAKEN_OVER]) as (inlet, clock):
        await until(lambda: clock.pauses != [], "the end")
        assert inlet.links == [
            (True, ""),
            (
                False,
                "disconnected by the broker: Session taken over (another client seems to use our client id w)",
            ),
        ]
        assert clock.pauses[0] >= 15.0


@pytest.mark.parametrize(
    ("answers", "reason", "slow"),
    [
        ([b"\x20\x03\x00\x87\x00"], "refused: Not authorized", True),
        ([b"\x20\x03\x00\x86\x00"], "refused: Bad user name or password", True),
        ([b"\x20\x03\x00\x85\x00"], "refused: Client identifier not valid", True),
        ([b"\x20\x03\x00\x88\x00"], "refused: Server unavailable", False),
        ([b""], "closed by the broker or the network", False),
        ([b"\x00" * 50], None, False),
        ([b"\xff" * 50], None, False),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], None, False),
        ([CONNACK_5, b"\x90\x00"], None, False),
        ([CONNACK_5, b"\x30\x02\xff\xff" + b"\x90\x01\x00"], None, False),
        ([CONNACK_5, b"\x90\xff\xff\xff\xff\x7f"], None, False),
        ([], "no answer to CONNECT in 0.05 s", False),
        ([CONNACK_5], "no answer to SUBSCRIBE", False),
    ],
)
async def test_what_a_broker_may_do_instead_of_serving(
    answers: list[bytes], reason: str | None, slow: bool
) -> None:
    async with scripted(answers, timeout=0.05) as (inlet, clock):
        await until(lambda: len(clock.pauses) >= 2, "two attempts")
        downs = [why for up, why in inlet.links if not up]
        assert downs != []
        assert "" not in downs
        if reason is not None:
            assert downs[0] == reason
        assert (clock.pauses[0] >= 15.0) is slow
        assert inlet.scans == []


async def test_a_publish_that_is_no_packet_ends_the_link_and_nothing_else() -> None:
    babble = b"\x32\x05\x00\x02\xff\xfe\x00"  # QoS 1, a topic that is no UTF-8, half a packet number
    async with scripted([CONNACK_5, SUBACK_5 + babble + TAKEN_OVER]) as (inlet, clock):
        await until(lambda: clock.pauses != [], "the end")
        assert inlet.scans == []


async def test_a_refused_subscription_makes_its_equipment_deaf_and_no_other() -> None:
    lift = source(LIFT, id="lift-1", topic="lifts/1")
    refused = b"\x90\x06\x00\x01\x00\x87\x01\x01"  # Not authorized for the first of three
    granted = b"\x90\x06\x00\x01\x00\x01\x01\x01"
    async with scripted([CONNACK_5, refused + TAKEN_OVER], equipment=[source(), lift]) as (inlet, clock):
        await until(lambda: len(clock.pauses) >= 2, "two links")
        why = "the broker refuses the subscription to zigbee2mqtt/leak-1: Not authorized"
        assert inlet.answers == [("leak-1", False, why)]
    async with scripted(
        [CONNACK_5, refused + TAKEN_OVER], [CONNACK_5, granted], equipment=[source(), lift]
    ) as (
        inlet,
        clock,
    ):
        await until(lambda: len(inlet.answers) == 2, "a broker that has changed its mind")
        assert inlet.answers[1] == ("leak-1", True, "it says so")


def test_pauses_double_up_to_a_minute_and_start_anew_after_a_good_link() -> None:
    backoff = Backoff(lambda: 1.0)
    lost = Ended("lost")
    assert [backoff.pause(lost) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.pause(Ended("lost", stood=31.0)) == 1
    assert backoff.pause(Ended("lost", stood=29.0)) == 2
    assert [backoff.pause(Ended("refused", slow=True)) for _ in range(3)] == [120, 240, 300]


def test_chance_shortens_a_pause_by_half_at_most() -> None:
    assert Backoff(lambda: 0.0).pause(Ended("lost")) == 0.5
