"""Other people's programs that look at the same wire: mbpoll (libmodbus), mosquitto_sub, mosquitto_pub."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.servers.process import program

_LINE = re.compile(r"^\[(\d+)\]:\s+(\S+)", re.MULTILINE)


def mbpoll(modbus: str, unit: int, table: str, first: int, count: int, *more: str) -> list[str]:
    """What libmodbus reads at HOST:PORT, addresses as on the wire. `table` as mbpoll's -t: 0, 1, 3, `3:float`, `3:hex`."""
    host, _, port = modbus.rpartition(":")
    command = [program("mbpoll", package="mbpoll"), "-0", "-1", "-p", port, "-a", str(unit), "-t", table]
    command += ["-r", str(first), "-c", str(count), *more, host]
    told = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert told.stderr.strip() == "", told.stderr
    found = {int(address): value for address, value in _LINE.findall(told.stdout)}
    assert len(found) == count, told.stdout
    return [found[address] for address in sorted(found)]


def _client(name: str, url: str) -> list[str]:
    broker = urlsplit(url)
    binary = program(name, package="mosquitto-clients")
    return [binary, "-h", broker.hostname or "", "-p", str(broker.port)]


class Ear:
    """A mosquitto_sub that is listening."""

    def __init__(self, url: str, *topics: str) -> None:
        command = [*_client("mosquitto_sub", url), "-F", '{"topic":"%t","retain":%r,"hex":"%x"}']
        for topic in topics:
            command += ["-t", topic]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def heard(self) -> Iterator[tuple[str, bool, str]]:
        """Topic, retained, payload of each message; waits for the next."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            one = json.loads(line)
            yield one["topic"], bool(one["retain"]), bytes.fromhex(one["hex"]).decode()

    def close(self) -> list[tuple[str, bool, str]]:
        """Stop listening; what was heard and not yet taken. Idempotent."""
        assert self._process.stdout is not None
        if self._process.stdout.closed:
            return []
        self._process.terminate()
        rest = list(self.heard())
        self._process.wait(10)
        self._process.stdout.close()
        return rest


@contextmanager
def listening(url: str, *topics: str) -> Iterator[Ear]:
    """An ear that is closed at the end."""
    ear = Ear(url, *topics)
    try:
        yield ear
    finally:
        ear.close()


def publish(url: str, topic: str, payload: Any) -> None:
    """One message at QoS 1 by mosquitto_pub."""
    command = [*_client("mosquitto_pub", url), "-q", "1", "-t", topic, "-s"]
    subprocess.run(command, input=json.dumps(payload), text=True, check=True, timeout=10)
