"""How many QoS 1 messages a second are taken in, the whole way: `python -m benchmarks mqtt`.

A real Mosquitto holds the messages for a persistent session; then a process of its own comes for them and takes all. Ours parses
the JSON, maps three points, judges three rules, spools what moved and acknowledges when journal and spool are synced. The peers
parse the JSON and keep nothing: paho-mqtt's own loop thread, which acknowledges at once, and paho-mqtt with a queue between it
and a coroutine, as asyncio wrappers around it do. All come in turn, round by round; medians. CPU is that of the taking process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import structlog
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.settings import (
    MqttConnectionSettings,
    MqttEquipmentSettings,
    MqttGroupSettings,
    MqttPointSettings,
    MqttTypeSettings,
)
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.rules import AlarmKind, AlarmRule, Condition, High, Low, Priority, State
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource, PointSource
from monitor.engine.acquisition import Latest
from monitor.engine.alarming import Alarming
from monitor.engine.live import Live
from monitor.engine.pipeline import Pipeline
from monitor.engine.recording import TOGETHER, Recorder
from monitor.engine.safekeeping import Safekeeping
from monitor.engine.tally import Tally
from monitor.engine.thinning import Thinning
from monitor.engine.writer import JournalWriter
from monitor.host import SystemClock
from monitor.storage.journal import SqlJournal
from monitor.storage.spool import DiskSpool
from tests.servers.mosquitto import Mosquitto

MESSAGES = 40_000
EQUIPMENT = 100
ROUNDS = 3
KINDS = ("ours", "paho loop thread", "paho, queue, coroutine")
CLIENT = "bench"
NOW_MS = int(time.time() * 1000) - 600_000


def payload(n: int) -> bytes:
    """What a small meter says; every value moves."""
    said = {"at": NOW_MS + n, "voltage": 230 + n % 97 / 10, "power": n % 3000, "state": "ON"}
    return json.dumps(said, separators=(",", ":")).encode()


def settings(port: int) -> MqttConnectionSettings:
    """Our connection as a site configures it, with nothing changed."""
    return MqttConnectionSettings.model_validate({"url": f"mqtt://127.0.0.1:{port}", "client_id": CLIENT})


# The broker and what it holds


def _packet(kind: int, body: bytes) -> bytes:
    length, sizes = len(body), bytearray()
    while True:
        length, digit = length // 128, length % 128
        sizes.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([kind]) + bytes(sizes) + body


def fill(port: int, count: int) -> None:
    """Send `count` messages at QoS 1 and wait until the broker has them all: a bare 3.1.1 client, as fast as it goes."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(_packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x06filler"))
        link.recv(4)
        left = threading.Thread(target=_count, args=(link, 4 * count))
        left.start()
        for n in range(0, count, 500):
            link.sendall(b"".join(_message(i) for i in range(n, min(n + 500, count))))
        left.join()


def _message(n: int) -> bytes:
    topic = f"m/{n % EQUIPMENT}".encode()
    return _packet(
        0x32, struct.pack("!H", len(topic)) + topic + struct.pack("!H", n % 65535 + 1) + payload(n)
    )


def _count(link: socket.socket, wanted: int) -> None:
    while wanted > 0:
        wanted -= len(link.recv(65536))


# Ours


def site() -> tuple[list[EquipmentSource], list[AlarmRule]]:
    """Meters with three points and three rules each."""
    fields = {
        "voltage": {"path": "voltage", "as": "number"},
        "power": {"path": "power", "as": "number"},
        "state": {"path": "state", "as": "bool"},
    }
    conditions: list[Condition] = [High("voltage", 400, 5), Low("power", -10, 5), State("state", (False,))]
    sources, rules = [], []
    for i in range(EQUIPMENT):
        id_ = f"m-{i}"
        points = [
            PointSource(Point(id_, key), MqttPointSettings.model_validate(one), "{topic}")
            for key, one in fields.items()
        ]
        sources.append(
            EquipmentSource(
                Plan(id_, tuple(one.point for one in points)),
                tuple(points),
                MqttEquipmentSettings(topic=f"m/{i}"),
                MqttTypeSettings(),
                {"{topic}": MqttGroupSettings.model_validate({"time": {"path": "at", "as": "epoch_ms"}})},
            )
        )
        rules += [
            AlarmRule(f"{id_}.r{n}", id_, AlarmKind.LIMIT, condition, Priority.HIGH)
            for n, condition in enumerate(conditions)
        ]
    return sources, rules


async def take_ours(port: int, count: int) -> dict[str, float]:
    """The daemon's way from socket to disk, wired as the daemon wires it."""
    with tempfile.TemporaryDirectory() as directory:
        clock, tally = SystemClock(), Tally()
        sources, rules = site()
        latest = {one.id: Latest(one.plan, clock.now()) for one in sources}
        journal = await SqlJournal.open("sqlite:journal.db", Path(directory))
        spool = DiskSpool.open(Path(directory) / "spool")
        writer = JournalWriter(journal, clock, tally)
        live = Live({}, {}, lambda _: (), lambda _: None)
        alarming = Alarming(rules, latest, writer, live, clock, tally, lambda event, rule: ())
        pipeline = Pipeline(latest, {"hub": tuple(latest)}, frozenset({"hub"}), clock, tally)
        pipeline.judge = alarming
        recorder = Recorder(
            [one.plan for one in sources],
            spool,
            clock,
            soon=lambda: clock.call_later(TOGETHER, lambda: pipeline.settle(recorder.settle)),
        )
        thinning = pipeline.keep = Thinning(recorder, {}, tally, lambda *_: None)

        def settle() -> None:
            alarming.save_delays()
            thinning.settle()
            pipeline.settle(recorder.settle)

        pipeline.safekeeping = Safekeeping(writer, spool, clock, tally, settle=settle)
        connection = MqttConnection("hub", settings(port), sources, clock)
        started = clock.now()
        cpu = _cpu()
        tasks = [asyncio.create_task(connection.run(pipeline)), asyncio.create_task(writer.run())]
        while tally.get("scans_total") < count:  # noqa: ASYNC110  nothing in the daemon tells each message
            await asyncio.sleep(0.02)
        await pipeline.safe()
        result = _result(started, clock.now(), cpu, count)
        result["spooled"] = spool.appended
        result["syncs"] = sum(f.times for f in tally.snapshot() if f.name == "safe_seconds")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await connection.close()
        spool.close()
        await journal.close()
        return result


# The peers


def _peer(on_message: Callable[[Any, Any, paho.MQTTMessage], None], port: int) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=CLIENT, protocol=paho.MQTTv5)
    client.on_message = on_message
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 86400
    properties.ReceiveMaximum = 4096
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    return client


def take_thread(port: int, count: int) -> dict[str, float]:
    """paho-mqtt as its manual shows it."""
    done = threading.Event()
    left = count

    def heard(_c: Any, _u: Any, message: paho.MQTTMessage) -> None:
        nonlocal left
        json.loads(message.payload)
        left -= 1
        if not left:
            done.set()

    started, cpu = SystemClock().now(), _cpu()
    client = _peer(heard, port)
    client.loop_start()
    done.wait()
    result = _result(started, SystemClock().now(), cpu, count)
    client.disconnect()
    client.loop_stop()
    return result


async def take_queue(port: int, count: int) -> dict[str, float]:
    """paho-mqtt on the event loop, its messages through a queue to a coroutine."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[paho.MQTTMessage] = asyncio.Queue()
    started, cpu = SystemClock().now(), _cpu()
    client = _peer(lambda _c, _u, message: queue.put_nowait(message), port)
    link = client.socket()
    loop.add_reader(link, client.loop_read)
    client.on_socket_register_write = lambda _c, _u, s: loop.add_writer(s, client.loop_write)
    client.on_socket_unregister_write = lambda _c, _u, s: loop.remove_writer(s)
    for _ in range(count):
        json.loads((await queue.get()).payload)
    result = _result(started, SystemClock().now(), cpu, count)
    loop.remove_reader(link)
    return result


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _result(started: Instant, ended: Instant, cpu: float, count: int) -> dict[str, float]:
    return {"seconds": ended.steady - started.steady, "cpu": _cpu() - cpu, "count": count}


# The rounds


def take(kind: str, port: int, count: int) -> dict[str, float]:
    """One of the three, in this process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if kind == KINDS[0]:
        return asyncio.run(take_ours(port, count))
    if kind == KINDS[1]:
        return take_thread(port, count)
    return asyncio.run(take_queue(port, count))


def subscribe(port: int) -> None:
    """Leave a session behind that the broker fills."""
    client = _peer(lambda *_: None, port)
    granted = threading.Event()
    client.on_connect = lambda *_: client.subscribe("m/+", qos=1)
    client.on_subscribe = lambda *_: granted.set()
    client.loop_start()
    granted.wait(10)
    client.disconnect()
    client.loop_stop()


def once(broker: Mosquitto, kind: str, count: int) -> dict[str, float]:
    """Fill the broker, and have one of the three take everything."""
    broker.restart()
    subscribe(broker.port)
    fill(broker.port, count)
    command = [sys.executable, "-m", "benchmarks.mqtt", "--take", kind, "--port", str(broker.port)]
    told = subprocess.run([*command, "--messages", str(count)], capture_output=True, text=True, timeout=120)
    if told.returncode:
        raise RuntimeError(told.stderr)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def report(results: dict[str, list[dict[str, float]]]) -> None:
    """Medians, and ratios to ours within a round."""
    print(f"{'':24}{'messages/s':>12}{'CPU s/1,000':>13}{'CPU of ours':>13}")
    for kind, rounds in results.items():
        rate = median(one["count"] / one["seconds"] for one in rounds)
        cpu = median(one["cpu"] / one["count"] * 1000 for one in rounds)
        ratio = median(ours["cpu"] / one["cpu"] for ours, one in zip(results[KINDS[0]], rounds, strict=True))
        print(f"{kind:24}{rate:12,.0f}{cpu:13.4f}{ratio:12.2f}x")
    ours = results[KINDS[0]][-1]
    print(f"ours: {ours['spooled']:,.0f} samples spooled, {ours['syncs']:.0f} times all was made safe")


def main(arguments: Sequence[str] = ()) -> None:
    """All in turn, round by round."""
    parser = argparse.ArgumentParser(prog="benchmarks.mqtt")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--take", choices=KINDS)
    parser.add_argument("--port", type=int)
    chosen = parser.parse_args(arguments)
    if chosen.take:
        print(json.dumps(take(chosen.take, chosen.port, chosen.messages)))
        return
    results: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    limits = ["allow_anonymous true", "max_queued_messages 0", "max_inflight_messages 0", "persistence false"]
    with Mosquitto(limits, log=False) as broker:
        for _ in range(chosen.rounds):
            for kind in KINDS:
                results[kind].append(once(broker, kind, chosen.messages))
    report(results)


if __name__ == "__main__":
    main(sys.argv[1:])
