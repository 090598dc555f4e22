"""What brokers do to their clients: against a real Mosquitto, with mosquitto_pub as the equipment."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.mqtt.backoff import SLOW_S
from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.settings import MqttConnectionSettings
from drivers.mqtt.unacknowledged import QUIET_S
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.engine.listening import listen_once
from monitor.ports import BrokerSession, RawRead, Transient
from tests.drivers.mqtt.judge import publish
from tests.drivers.mqtt.support import LIFT, QuickClock, Remembering, source, until
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import program

pytestmark = pytest.mark.real

CLIENT = "watchroom-test"
TOPIC = "zigbee2mqtt/leak-1"


class Listener:
    """A running connection with its inlet and clock."""

    def __init__(self, equipment: Sequence[EquipmentSource], **fields: Any) -> None:
        self.inlet = Remembering()
        self.clock = QuickClock()
        settings = MqttConnectionSettings.model_validate({"client_id": CLIENT, **fields})
        self.connection = MqttConnection("hub", settings, equipment, self.clock, chance=lambda: 0.999)
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.task = asyncio.create_task(self.connection.run(self.inlet))

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.connection.close()

    async def up(self) -> None:
        await until(lambda: self.inlet.up, f"link up: {self.inlet.links}")

    async def down(self) -> str:
        await until(lambda: bool(self.inlet.links) and not self.inlet.up, "link down")
        return self.inlet.links[-1][1]


@asynccontextmanager
async def listening(
    broker: Mosquitto, equipment: Sequence[EquipmentSource] | None = None, **fields: Any
) -> AsyncIterator[Listener]:
    listener = Listener(equipment or [source()], **{"url": f"mqtt://127.0.0.1:{broker.port}", **fields})
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


VERSIONS = pytest.mark.parametrize("version", [5, 3])

# ---------------------------------------------------------------- retained


async def test_a_retained_measurement_is_never_fresh_and_a_live_one_is(mosquitto: Mosquitto) -> None:
    await publish(mosquitto, TOPIC, {"water_leak": True}, retain=True)
    async with listening(mosquitto) as heard:
        await until(lambda: heard.inlet.values("leak") == [(True, Quality.RETAINED)], "the retained message")
        await publish(mosquitto, TOPIC, {"water_leak": True}, retain=True)
        await until(lambda: heard.inlet.values("leak")[1:] == [True], "the live message")


async def test_a_retained_measurement_with_its_own_time_is_as_old_as_it_says(mosquitto: Mosquitto) -> None:
    await publish(mosquitto, "lifts/1", {"at": "2026-03-01T12:00:00Z", "floor": 3}, retain=True)
    async with listening(mosquitto, [source(LIFT, id="lift-1", topic="lifts/1")]) as heard:
        await until(lambda: heard.inlet.values("floor") == [3], "the retained message")
        assert heard.inlet.scans[0].source_time == 1_772_366_400.0


async def test_retained_availability_is_believed(mosquitto: Mosquitto) -> None:
    await publish(mosquitto, f"{TOPIC}/availability", b"offline", retain=True)
    async with listening(mosquitto) as heard:
        await until(lambda: heard.inlet.answers != [], "availability")
        await publish(mosquitto, f"{TOPIC}/availability", {"state": "online"}, retain=True)
        await until(lambda: len(heard.inlet.answers) == 2, "availability")
        assert [(who, there) for who, there, _ in heard.inlet.answers] == [
            ("leak-1", False),
            ("leak-1", True),
        ]


# ---------------------------------------------------------------- sessions


@VERSIONS
async def test_what_is_published_while_we_are_away_comes_after(mosquitto: Mosquitto, version: int) -> None:
    async with listening(mosquitto, version=version) as first:
        await first.up()
    for battery in range(20):
        await publish(mosquitto, TOPIC, {"battery": battery})
    async with listening(mosquitto, version=version) as second:
        await until(lambda: second.inlet.values("battery") == list(range(20)), "the queued messages")


@VERSIONS
async def test_a_broker_that_kept_our_session_is_not_asked_for_retained_measurements_again(
    mosquitto: Mosquitto, version: int
) -> None:
    await publish(mosquitto, TOPIC, {"water_leak": False}, retain=True)
    await publish(mosquitto, f"{TOPIC}/availability", b"online", retain=True)
    async with listening(mosquitto, version=version) as heard:
        await until(lambda: len(heard.inlet.answers) == 1, "availability")
        await publish(mosquitto, TOPIC, {"water_leak": False}, retain=True)
        await until(lambda: heard.inlet.values("leak")[-1:] == [False], "a live message")
        await asyncio.to_thread(mosquitto.restart)
        await until(lambda: len(heard.inlet.answers) == 2, "availability again")
        await publish(mosquitto, TOPIC, {"water_leak": True})
        await until(lambda: heard.inlet.values("leak")[-1:] == [True], "a message after the restart")
        assert heard.inlet.values("leak") == [(False, Quality.RETAINED), False, True]


@VERSIONS
async def test_a_broker_that_lost_our_session_is_subscribed_to_again(
    mosquitto: Mosquitto, version: int
) -> None:
    async with listening(mosquitto, version=version) as heard:
        await heard.up()
        await asyncio.to_thread(mosquitto.stop)
        await heard.down()
        (mosquitto.directory / "mosquitto.db").unlink()
        await asyncio.to_thread(mosquitto.start)
        await heard.up()
        await publish(mosquitto, TOPIC, {"water_leak": True})
        await until(lambda: heard.inlet.values("leak") == [True], "a message after")


async def test_a_session_of_another_configuration_gets_the_new_topics(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto) as before:
        await before.up()
    async with listening(mosquitto, [source(LIFT, id="lift-1", topic="lifts/1")]) as after:
        await after.up()
        await publish(mosquitto, "lifts/1", {"floor": 4})
        await publish(mosquitto, TOPIC, {"water_leak": True})
        await until(lambda: after.inlet.discards == [(None, "unknown topic")], "the topic of the former one")
        assert after.inlet.values("floor") == [(4, Quality.CLOCK_SUSPECT)]


async def test_killed_and_started_again_the_broker_is_found(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto) as heard:
        await heard.up()
        await asyncio.to_thread(mosquitto.kill)
        assert await heard.down() != ""
        await asyncio.to_thread(mosquitto.start)
        await heard.up()
        await publish(mosquitto, TOPIC, {"water_leak": True})
        await until(lambda: heard.inlet.values("leak") == [True], "a message after")


@VERSIONS
async def test_a_guest_takes_no_message_from_us_and_leaves_no_session(
    mosquitto: Mosquitto, version: int
) -> None:
    guest = MqttConnectionSettings.model_validate({"url": "mqtt://x", "client_id": CLIENT}).guest()
    as_guest = {"client_id": guest.client_id, "session_expiry": guest.session_expiry}
    async with listening(mosquitto, version=version) as ours:
        await ours.up()
        async with listening(mosquitto, version=version, **as_guest) as visitor:
            await visitor.up()
            await publish(mosquitto, TOPIC, {"battery": 7})
            await until(lambda: visitor.inlet.values("battery") == [7], "the guest hears")
        await publish(mosquitto, TOPIC, {"battery": 8})
        await until(lambda: ours.inlet.values("battery") == [7, 8], "we heard everything")
        assert ours.inlet.links == [(True, "")]
    async with listening(mosquitto, version=version, **as_guest) as again:
        await again.up()
        await publish(mosquitto, TOPIC, {"battery": 9})
        await until(lambda: again.inlet.values("battery") == [9], "nothing was kept for the guest")


# ---------------------------------------------------------------- acknowledged only when taken


async def test_what_the_inlet_did_not_take_is_delivered_again(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto) as heard:
        await heard.up()

        def refuse(scan: Scan) -> None:
            raise MemoryError("no room")

        heard.inlet.scan = refuse  # type: ignore[method-assign]
        await publish(mosquitto, TOPIC, {"water_leak": True})
        assert heard.task is not None
        with pytest.raises(MemoryError):
            await asyncio.wait_for(asyncio.shield(heard.task), 5)
    async with listening(mosquitto) as again:
        await until(lambda: again.inlet.values("leak") == [True], "the message once more")


@VERSIONS
async def test_nothing_is_acknowledged_before_it_is_safe_and_everything_after(
    mosquitto: Mosquitto, version: int
) -> None:
    async with listening(mosquitto, version=version) as heard:
        await heard.up()
        heard.inlet.keeps.clear()
        for battery in range(12):
            await publish(mosquitto, TOPIC, {"battery": battery})
        await until(lambda: heard.inlet.values("battery") == list(range(12)), "all are heard")
        await asyncio.sleep(4 * QUIET_S)
        assert f"Received PUBACK from {CLIENT}" not in mosquitto.log()
        heard.inlet.keeps.set()
        await until(lambda: mosquitto.log().count(f"Received PUBACK from {CLIENT}") == 12, "acknowledged")


@VERSIONS
async def test_what_was_never_safe_comes_again_to_the_next_process(
    mosquitto: Mosquitto, version: int
) -> None:
    async with listening(mosquitto, version=version) as first:
        await first.up()
        first.inlet.keeps.clear()
        for battery in range(15):
            await publish(mosquitto, TOPIC, {"battery": battery})
        await until(lambda: len(first.inlet.values("battery")) == 15, "all are heard")
    async with listening(mosquitto, version=version) as second:
        await until(lambda: second.inlet.values("battery") == list(range(15)), "the same once more")


@VERSIONS
async def test_what_was_taken_and_comes_again_after_a_broken_link_is_not_taken_twice(
    mosquitto: Mosquitto, version: int
) -> None:
    async with listening(mosquitto, version=version) as heard:
        await heard.up()
        heard.inlet.keeps.clear()
        for leak in (True, False):
            await publish(mosquitto, TOPIC, {"water_leak": leak})
        await until(lambda: heard.inlet.values("leak") == [True, False], "both are heard")
        await asyncio.to_thread(mosquitto.restart)
        await until(lambda: len(heard.inlet.sessions) == 2, "up again")
        assert heard.inlet.sessions[-1] == BrokerSession(
            f"{CLIENT} at mqtt://127.0.0.1:{mosquitto.port}", kept=True
        )
        await publish(mosquitto, TOPIC, {"water_leak": True})
        await until(lambda: heard.inlet.values("leak")[2:] == [True], "one after")
        log = mosquitto.log()
        assert log.count(f"Sending PUBLISH to {CLIENT} (d1, q1") == 2  # it did send them again
        heard.inlet.keeps.set()
        await until(lambda: mosquitto.log().count(f"Received PUBACK from {CLIENT}") == 3, "acknowledged")
    async with listening(mosquitto, version=version) as after:
        await after.up()
        await publish(mosquitto, TOPIC, {"battery": 1})
        await until(lambda: after.inlet.values("battery") == [1], "nothing was left to send")
        assert after.inlet.values("leak") == []


async def test_a_clean_end_acknowledges_what_is_safe(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto) as heard:
        await heard.up()
        await publish(mosquitto, TOPIC, {"battery": 1})
        await until(lambda: heard.inlet.values("battery") == [1], "a message")
    await until(lambda: f"Received DISCONNECT from {CLIENT}" in mosquitto.log(), "an orderly end")
    assert mosquitto.log().count(f"Received PUBACK from {CLIENT}") == 1


async def test_a_loop_that_stood_still_loses_nothing(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto) as heard:
        await heard.up()
        lines = b"".join(b'{"battery":%d}\n' % n for n in range(900))
        command = [program("mosquitto_pub", package="mosquitto-clients"), "-p", str(mosquitto.port)]
        pub = subprocess.Popen([*command, "-q", "1", "-t", TOPIC, "-l"], stdin=subprocess.PIPE)
        assert pub.stdin is not None
        pub.stdin.write(lines)
        pub.stdin.close()
        time.sleep(0.3)  # the loop hangs; the broker holds what it may not send yet (Mosquitto: 1,000)
        assert await asyncio.to_thread(pub.wait, 20) == 0
        await until(lambda: len(heard.inlet.scans) >= 900, "all messages", 20)
        assert heard.inlet.values("battery") == list(range(900))


async def test_nothing_but_subscriptions_and_acknowledgements_leaves(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto) as heard:
        await heard.up()
        await publish(mosquitto, TOPIC, {"water_leak": True}, client="judge")
        await until(lambda: heard.inlet.values("leak") == [True], "a message")
    await until(lambda: f"Received DISCONNECT from {CLIENT}" in mosquitto.log(), "an orderly end")
    log = mosquitto.log()
    received = {
        line.split("Received ")[1].split(" from")[0] for line in log.splitlines() if f"from {CLIENT}" in line
    }
    assert received == {"SUBSCRIBE", "PUBACK", "DISCONNECT"}
    assert "Received PUBLISH from judge" in log
    assert "Will message specified" not in log


@VERSIONS
async def test_a_disk_that_takes_nothing_makes_us_not_deaf(
    mosquitto: Mosquitto, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.mqtt.session.HELD_S", 0.2)
    async with listening(
        mosquitto, version=version, **({"receive_maximum": 20} if version == 5 else {})
    ) as heard:
        await heard.up()
        heard.inlet.keeps.clear()
        many = b"".join(b'{"battery": %d}\n' % battery for battery in range(20))
        await publish(mosquitto, TOPIC, many, lines=True)  # as many as this broker sends unacknowledged
        await until(lambda: mosquitto.log().count("zigbee2mqtt/leak-1 (QoS 0)") == 1, "subscribed at QoS 0")
        await publish(mosquitto, TOPIC, {"water_leak": True})
        await until(lambda: heard.inlet.values("leak") == [True], "the leak is heard")
        assert f"Received PUBACK from {CLIENT}" not in mosquitto.log()
        heard.inlet.keeps.set()
        await until(lambda: mosquitto.log().count(f"Received PUBACK from {CLIENT}") == 20, "acknowledged")
        assert mosquitto.log().count("zigbee2mqtt/leak-1 (QoS 1)") == 2
        assert heard.inlet.values("battery") == list(range(20))


# ---------------------------------------------------------------- a probe


async def overheard(broker: Mosquitto, speak: Sequence[tuple[str, Any]]) -> tuple[Scan, list[RawRead]]:
    """What a probe hears in three seconds in which this is published."""
    settings = MqttConnectionSettings(
        client_id=CLIENT, url=f"mqtt://127.0.0.1:{broker.port}", session_expiry=0.0
    )
    leak = source()
    connection = MqttConnection("hub", settings, [leak], QuickClock())

    async def speaks() -> None:
        await until(lambda: f"Sending SUBACK to {CLIENT}" in broker.log(), "subscribed")
        for topic, message in speak:
            await publish(broker, topic, message)

    heard, _ = await asyncio.gather(listen_once(connection, leak, 3.0), speaks())
    return heard


async def test_a_probe_gives_each_message_as_it_came_and_whose_is_what(mosquitto: Mosquitto) -> None:
    scan, messages = await overheard(mosquitto, [(TOPIC, {"water_leak": "wet", "battry": 88})])
    assert scan.bad == {scan.plan.index["leak"]: Quality.DECODE_ERROR}
    [message] = messages
    assert (message.request, message.text) == (TOPIC, True)
    assert {key: (part.content, part.odd) for key, part in message.points.items()} == {
        "leak": (b'"wet"', "`values`?"),
        "battery": (b"", "no `battery` there; there is `water_leak`, `battry`"),
        "link_quality": (b"", "no `linkquality` there; there is `water_leak`, `battry`"),
    }


async def test_a_probe_that_hears_nothing_of_its_points_still_gives_the_message(mosquitto: Mosquitto) -> None:
    scan, messages = await overheard(mosquitto, [(TOPIC, {"wet": True})])
    assert set(scan.values) == {ABSENT}
    assert [message.request for message in messages] == [TOPIC]


async def test_a_probe_that_hears_nothing_says_where_it_listened(mosquitto: Mosquitto) -> None:
    with pytest.raises(Transient, match=f"nothing heard in 3 s on {TOPIC} {TOPIC}/availability"):
        await overheard(mosquitto, [])


# ---------------------------------------------------------------- shared


@VERSIONS
async def test_a_group_shares_the_messages_and_everybody_knows_who_is_there(
    mosquitto: Mosquitto, version: int
) -> None:
    await publish(mosquitto, TOPIC, {"battery": 99}, retain=True)
    await publish(mosquitto, f"{TOPIC}/availability", b"online", retain=True)
    async with (
        listening(mosquitto, version=version, share="house", client_id="a") as one,
        listening(mosquitto, version=version, share="house", client_id="b") as other,
    ):
        both = (one, other)
        for member in both:
            await member.up()
            await until(lambda: member.inlet.answers == [("leak-1", True, "it says so")], "availability")  # noqa: B023
        for battery in range(20):
            await publish(mosquitto, TOPIC, {"battery": battery})

        def shares() -> list[list[int]]:
            """What each member heard live; the retained copy Mosquitto sends to groups too, others do not."""
            return [[n for n in member.inlet.values("battery") if isinstance(n, int)] for member in both]

        await until(lambda: sorted([*shares()[0], *shares()[1]]) == list(range(20)), "each message once")
        assert all(shares())


# ---------------------------------------------------------------- refused and displaced


async def test_refused_credentials_are_said_and_tried_slowly() -> None:
    broker = Mosquitto(["allow_anonymous false"])
    with broker:
        async with listening(broker, username="watchroom", password="wrong") as heard:
            reason = await heard.down()
            await until(lambda: len(heard.clock.pauses) >= 4, "further attempts")
    assert "Not authorized" in reason or "Bad user name" in reason
    assert heard.clock.pauses[0] == pytest.approx(SLOW_S, rel=0.01)
    assert heard.clock.pauses[1] == pytest.approx(2 * SLOW_S, rel=0.01)
    assert len(heard.inlet.links) == 1


@VERSIONS
async def test_a_second_client_with_our_id_is_seen_and_yielded_to(mosquitto: Mosquitto, version: int) -> None:
    """This Mosquitto closes the older link without a word, in MQTT 5 too."""
    async with (
        listening(mosquitto, version=version) as ours,
        listening(mosquitto, version=version) as other,
    ):
        told = f"another client seems to use our client id {CLIENT}"
        both = (ours, other)
        await until(lambda: any(told in why for one in both for _, why in one.inlet.links), "the quarrel")
        await until(lambda: max(ours.clock.pauses + other.clock.pauses) > SLOW_S, "yielding")


async def test_nobody_there_is_said_once_and_tried_ever_more_slowly(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    async with listening(mosquitto) as heard:
        await until(lambda: len(heard.clock.pauses) >= 4, "attempts")
    assert [round(pause) for pause in heard.clock.pauses[:4]] == [1, 2, 4, 8]
    assert heard.inlet.links == [(False, f"127.0.0.1:{mosquitto.port}: Connection refused")]


# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA, a certificate of 127.0.0.1 and one of a client, made by openssl."""
    directory = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, timeout=30)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "2")
    for name, alternative in (("server", "IP:127.0.0.1"), ("client", "DNS:watchroom")):
        (directory / "ext").write_text(f"subjectAltName={alternative}\n")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "ext", "-days", "2"]
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)
    return directory


@asynccontextmanager
async def tls_broker(certificates: Path) -> AsyncIterator[Mosquitto]:
    broker = Mosquitto(["allow_anonymous true", "require_certificate true"])
    lines = []
    for option, name in (("cafile", "ca.pem"), ("certfile", "server.pem"), ("keyfile", "server.key")):
        copy = broker.directory / name
        copy.write_bytes((certificates / name).read_bytes())
        copy.chmod(0o644)
        lines.append(f"{option} {copy}")
    configuration = broker.directory / "mosquitto.conf"
    configuration.write_text(configuration.read_text() + "\n".join(lines) + "\n")
    await asyncio.to_thread(broker.start)
    try:
        yield broker
    finally:
        await asyncio.to_thread(broker.close)


async def test_tls_with_ca_and_client_certificate(certificates: Path) -> None:
    files = {
        "ca": certificates / "ca.pem",
        "cert": certificates / "client.pem",
        "key": certificates / "client.key",
    }
    async with tls_broker(certificates) as broker:
        fields = {name: str(path) for name, path in files.items()}
        async with listening(broker, url=f"mqtts://127.0.0.1:{broker.port}", **fields) as heard:
            await heard.up()
            command = [
                program("mosquitto_pub", package="mosquitto-clients"),
                "-p",
                str(broker.port),
                "-q",
                "1",
            ]
            command += ["--cafile", fields["ca"], "--cert", fields["cert"], "--key", fields["key"]]
            lines = "".join(f'{{"battery":{n}}}\n' for n in range(500)).encode()
            pub = await asyncio.create_subprocess_exec(
                *command, "-h", "127.0.0.1", "-t", TOPIC, "-l", stdin=asyncio.subprocess.PIPE
            )
            await asyncio.wait_for(pub.communicate(lines), 20)
            await until(lambda: heard.inlet.values("battery") == list(range(500)), "all messages")


async def test_a_certificate_of_nobody_we_know_is_refused(certificates: Path) -> None:
    async with tls_broker(certificates) as broker:
        async with listening(broker, url=f"mqtts://127.0.0.1:{broker.port}") as heard:
            reason = await heard.down()
        assert reason.startswith("TLS: ")
        assert heard.clock.pauses[0] > SLOW_S / 2


async def test_a_file_that_cannot_be_used_is_named(certificates: Path) -> None:
    ca, cert, key, none = (
        str(certificates / name) for name in ("ca.pem", "client.pem", "client.key", "none.pem")
    )
    async with tls_broker(certificates) as broker:
        for fields, reason in (
            ({"ca": none}, f"TLS: {none}: No such file or directory"),
            ({"ca": key}, f"TLS: {key}: "),
            ({"ca": ca, "cert": cert, "key": cert}, f"TLS: {cert} with {cert}: "),
        ):
            async with listening(broker, url=f"mqtts://127.0.0.1:{broker.port}", **fields) as heard:
                assert (await heard.down()).startswith(reason)


async def test_a_broker_that_wants_a_certificate_and_gets_none_is_said(certificates: Path) -> None:
    async with tls_broker(certificates) as broker:
        fields = {"url": f"mqtts://127.0.0.1:{broker.port}", "ca": str(certificates / "ca.pem")}
        async with listening(broker, **fields) as heard:
            assert await heard.down() in (
                "TLS: the broker refuses: tlsv13 alert certificate required",
                "closed by the broker or the network before it answered: perhaps it does not take our certificate",
            )
