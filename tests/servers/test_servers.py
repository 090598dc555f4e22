"""The real servers themselves: they answer, keep their data, and end when told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.servers.influxdb import InfluxDB
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import answers, free_port
from tests.servers.process import ServerFailed, ServerMissing, ServerProcess, program

ROOT = Path(__file__).parents[2]


@pytest.mark.real
def test_mosquitto_keeps_retained_messages_across_a_restart(mosquitto: Mosquitto) -> None:
    at = ["-h", mosquitto.host, "-p", str(mosquitto.port), "-t", "room/1"]
    publish = program("mosquitto_pub", package="mosquitto-clients")
    listen = program("mosquitto_sub", package="mosquitto-clients")
    subprocess.run([publish, *at, "-r", "-q", "1", "-m", "dry"], check=True, timeout=10)
    mosquitto.restart()
    heard = subprocess.run([listen, *at, "-C", "1", "-W", "20"], check=True, timeout=30, capture_output=True)
    assert heard.stdout == b"dry\n"


@pytest.mark.real
def test_influxdb_keeps_points_across_kill(influxdb: InfluxDB) -> None:
    influxdb.create_database("site")
    influxdb.write("site", "meter,equipment=m1 power=12.5 1700000000000000000")
    influxdb.kill()
    assert not answers(influxdb.port)
    influxdb.start()
    [series] = influxdb.query("SELECT power FROM meter", "site")
    assert series["values"] == [[1700000000000000000, 12.5]]


@pytest.mark.real
async def test_an_async_test_can_use_a_server(mosquitto: Mosquitto) -> None:
    assert answers(mosquitto.port)


@pytest.mark.browser
def test_chromium_shows_a_page(page: Page) -> None:
    page.set_content("<h1>值班室</h1>")
    assert page.inner_text("h1") == "值班室"


def test_a_port_is_given_to_one_test_process_only() -> None:
    """Found by a run in which another worker's connection took the port of a daemon that was just being started."""
    ours = {free_port() for _ in range(50)}
    ask = f"import tests.servers.ports as p; p._candidates = iter({sorted(ours)} + [30000]); p._held.add(0); print(p.free_port())"
    other = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(other.stdout) not in ours
    first_of_the_kernel = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(port < first_of_the_kernel for port in ours)


def test_a_stopped_server_is_gone() -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with ServerProcess(command, lambda: answers(port)) as server:
        pid = server.pid
        assert pid is not None
        server.stop()
        assert server.pid is None
        assert not answers(port)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_server_that_ends_at_once_says_why() -> None:
    server = ServerProcess(["/bin/sh", "-c", "echo no such listener; exit 3"], lambda: False)
    with pytest.raises(ServerFailed, match=r"(?s)ended with 3.*no such listener"):
        server.start()
    server.close()


def test_a_missing_program_names_its_package() -> None:
    with pytest.raises(ServerMissing, match="apt-get install --no-install-recommends some-package"):
        program("no-such-program-anywhere", package="some-package")
