"""A house behind a guarded broker: TLS both ways, a password, an access list; and everything that goes wrong with them."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.conftest import eager
from tests.integration.house import House
from tests.integration.judges import publish
from tests.servers.certificates import Authority
from tests.servers.guarded_mosquitto import USER, GuardedMosquitto

pytestmark = pytest.mark.real

PASSWORD = "long enough for a test"
TOPICS = ("lifts/#", "zigbee2mqtt/#")
LEAK = "leak-b2-05.leak"
SENSOR = "zigbee2mqtt/leak-b2-05"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def broker(authority: Authority) -> Iterator[GuardedMosquitto]:
    server = GuardedMosquitto()
    server.identify(*authority.issue("server", alternative="IP:127.0.0.1"), believes=authority.pem)
    server.admit(PASSWORD)
    server.allow(*TOPICS)
    with server:
        yield server


@contextmanager
def house(home: Path, broker: GuardedMosquitto, authority: Authority, **changes: Any) -> Iterator[House]:
    """A house whose plant publishes plainly and whose daemon comes with TLS, certificate and password."""
    certificate, key = authority.issue("watchroom")
    hub: dict[str, Any] = {
        "driver": "mqtt",
        "url": f"mqtts://127.0.0.1:{broker.port}",
        "client_id": "watchroom-riverside",
    }
    hub |= {"ca": str(authority.pem), "cert": str(certificate), "key": str(key)}
    hub |= {"username": USER, "password": {"file": "mqtt_password"}, **changes}
    built = House(home)
    try:
        built.start_plant(mqtt=f"mqtt://127.0.0.1:{broker.plain}")
        built.configure(lambda site: site["connections"].update(hub=hub))
        eager(built)
        secret = built.config / "secrets" / "mqtt_password"
        secret.parent.mkdir(mode=0o700)
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        built.start_daemon()
        yield built
    finally:
        built.close()


def link(home: House) -> tuple[bool, str]:
    """What the API says of the connection: up or not, and why."""
    headers = {"Authorization": f"Bearer {home.token}"}
    with (
        httpx.Client(base_url=home.url, headers=headers, trust_env=False, verify=False, timeout=15) as client,
        client.stream("GET", "/api/v1/stream", params={"topic": "link"}) as stream,
    ):
        for line in stream.iter_lines():
            if line.startswith("data:"):
                items = json.loads(line.removeprefix("data:"))["link"]
                found = next((one["item"] for one in items if one["id"] == "hub"), None)
                return (found["up"], found["reason"]) if found else (False, "nothing said yet")
    raise AssertionError("the stream ended")


def says(home: House, words: str) -> bool:
    """Whether the API gives one of these words (`a|b`) as the reason."""
    return re.search(words, link(home)[1]) is not None


def good(home: House, *equipment: str) -> bool:
    """Whether something of each is good."""
    fresh = {p["equipment"] for p in home.items("/api/v1/points", quality="good")}
    return fresh.issuperset(equipment)


def none_fresh(home: House) -> bool:
    """Whether nothing that comes from the broker is good or uncertain, while what is polled goes on."""
    points = home.items("/api/v1/points")
    spoken = [p for p in points if p["equipment"].startswith(("lift-", "leak-"))]
    return good(home, "pit-1") and {p["quality"] for p in spoken} == {"bad"}


def come_again(home: House) -> None:
    """Have the daemon connect now instead of after its back-off: a connection that is changed is opened anew."""
    site = home.read("site.yaml")
    hub = site["connections"]["hub"]
    hub["keepalive"] = hub.get("keepalive", 30) + 1
    home.write("site.yaml", site)
    started = home.log().count("daemon.started")
    home.signal(signal.SIGHUP)
    home.until(lambda: home.log().count("daemon.started") > started, "the new configuration is at work")


@pytest.mark.parametrize("version", [3, 5])
def test_tls_certificate_password_and_access_list_and_a_broker_that_keeps_or_loses_our_session(
    tmp_path: Path, broker: GuardedMosquitto, authority: Authority, version: int
) -> None:
    with house(tmp_path, broker, authority, version=version) as home:
        home.until(lambda: good(home, "lift-1", "leak-b2-05"), "lift and sensor are heard")
        level = {3: 2, 5: 5}[version]  # Mosquitto logs 3.1.1 as p2
        assert f"as watchroom-riverside (p{level}, c0, k30, u'{USER}')" in broker.log()
        assert link(home) == (True, "")

        home.stop_daemon()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        publish(f"mqtt://127.0.0.1:{broker.plain}", SENSOR, {"water_leak": True, "last_seen": now})
        publish(f"mqtt://127.0.0.1:{broker.plain}", SENSOR, {"water_leak": False, "last_seen": now})
        broker.restart()
        home.start_daemon()
        alarm = home.until(lambda: home.alarm(LEAK), "the leak that was told while we were away")
        assert alarm["priority"] == "critical"

        broker.stop()
        home.until(lambda: not link(home)[0], "the link is down")
        home.until(lambda: none_fresh(home), "nothing looks fresh")
        (broker.directory / "mosquitto.db").unlink()
        broker.start()
        home.until(lambda: good(home, "lift-1", "lift-2"), "the lifts are heard again")
        assert link(home) == (True, "")
        lost = home.until(lambda: home.alarm("watchroom.session_hub"), "that messages may be missing is told")
        assert re.fullmatch(r"\d{4}-.*Z/\d{4}-.*Z", lost["value"])
        assert lost["occurrence"] == 1


def test_what_is_wrong_with_a_guarded_broker_is_said_and_nothing_looks_fresh(
    tmp_path: Path, broker: GuardedMosquitto, authority: Authority
) -> None:
    address = "IP:127.0.0.1"
    right = authority.issue("server", alternative=address)
    expired = authority.issue("expired", alternative=address, days=-1)
    elsewhere = authority.issue("elsewhere", alternative="DNS:broker.example")
    other = Authority(tmp_path / "other", "other")
    stranger = other.issue("server", alternative=address)
    wrongs: list[tuple[str, tuple[Path, Path], Path, str]] = [
        ("TLS: certificate has expired", expired, authority.pem, PASSWORD),
        ("certificate is not valid for '127.0.0.1'", elsewhere, authority.pem, PASSWORD),
        ("TLS: unable to get local issuer certificate", stranger, authority.pem, PASSWORD),
        ("TLS: the broker refuses: .* unknown ca|does not take our certificate", right, other.pem, PASSWORD),
        ("refused: Not authorized", right, authority.pem, "another"),
    ]
    with house(tmp_path, broker, authority) as home:
        home.until(lambda: good(home, "lift-1", "leak-b2-05"), "lift and sensor are heard")
        for words, identity, believed, password in wrongs:
            broker.identify(*identity, believes=believed)
            broker.admit(password)
            broker.restart()
            come_again(home)
            home.until(partial(says, home, words), f"the API says: {words}")
            home.until(lambda: none_fresh(home), "nothing looks fresh")
            downs = [line for line in home.log().splitlines() if '"link.down"' in line and '"hub"' in line]
            assert re.search(words, json.loads(downs[-1])["reason"])
        broker.admit(PASSWORD)
        broker.restart()
        come_again(home)
        home.until(lambda: good(home, "lift-1", "leak-b2-05"), "all is well again")
        assert PASSWORD not in home.log()


@pytest.mark.parametrize("told", [True, False], ids=["refused in words", "kept back in silence"])
def test_a_topic_that_the_access_list_keeps_from_us_never_looks_fresh(
    tmp_path: Path, broker: GuardedMosquitto, authority: Authority, told: bool
) -> None:
    topics = ("lifts/1", "lifts/1/availability", "zigbee2mqtt/#")
    if told:
        broker.refuse_others(PASSWORD, *topics)
    else:
        broker.allow(*topics)
    broker.restart()
    with house(tmp_path, broker, authority) as home:
        home.until(lambda: good(home, "lift-1", "leak-b2-05"), "what we may hear is heard")
        denied = home.items("/api/v1/points", equipment="lift-2")
        assert {p["quality"] for p in denied} == {"bad"}
        assert {p["value"] for p in denied} == {None}
        if told:
            assert "the broker refuses the subscription to lifts/2: Not authorized" in home.log()
            assert {p["reason"] for p in denied} == {"comm_failure"}
