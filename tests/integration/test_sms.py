"""From the register to the handset through a real Kannel, and back: with its parts killed in the middle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.domain.sms import parts
from tests.integration.conftest import eager
from tests.integration.house import House
from tests.servers.kannel import PASSWORD, SENDER, USER, Kannel
from tests.servers.smsd import Smsd

pytestmark = pytest.mark.real

Json = dict[str, Any]
SECRET = "0123456789abcdef-hooks"
LEAK = "leak-b2-05.leak"


class SmsHouse(House):
    """A house that tells its people through `gateway`."""

    gateway: Kannel

    def secret(self, name: str, content: str) -> None:
        """A file that only the daemon can read."""
        folder = self.config / "secrets"
        folder.mkdir(exist_ok=True)
        file = folder / name
        file.write_text(f"{content}\n", encoding="utf-8")
        file.chmod(0o600)

    def messages(self, *states: str) -> list[Json]:
        """Messages about the leak in one of these states."""
        return [m for m in (self.alarm(LEAK) or {}).get("notifications", []) if m["state"] in states]


@contextmanager
def sms_house(tmp_path: Path, smsd: Smsd | None = None) -> Iterator[SmsHouse]:
    """A house with Kannel, and with a modem that stands in for it when there is one."""
    built = SmsHouse(tmp_path)
    with Kannel(f"{built.url}/hooks/duty-sms", SECRET) as gateway:
        built.gateway = gateway
        channels = {"duty-sms": channel(built)}
        if smsd:
            channels["modem"] = {"notifier": "smstools", "spool": str(smsd.directory)}
        try:
            built.start_plant()
            built.configure(lambda site: site["channels"].update(channels))
            eager(built)
            lengthen(built)
            people = built.read("people.yaml")
            for person in people["people"]:  # who is on duty depends on the hour; what is sent must not
                person["language"] = "zh-Hant"
            for policy in people["escalation"]:
                for step in policy["steps"]:
                    step["channel"] = list(channels)
            built.write("people.yaml", people)
            built.secret("kannel_password", PASSWORD)
            built.secret("kannel_callback", SECRET)
            built.start_daemon()
            yield built
        finally:
            built.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SmsHouse]:
    with sms_house(tmp_path) as running:
        yield running


def lengthen(house: SmsHouse) -> None:
    """A place with a name of the usual length: the text about it takes two parts."""
    equipment = house.read("equipment.yaml")
    [leak] = [one for one in equipment["equipment"] if one["id"] == "leak-b2-05"]
    leak.update(location="B2/生活水泵房東側", name="B2 五號集水坑旁水浸感測器")
    house.write("equipment.yaml", equipment)


def channel(house: SmsHouse) -> Json:
    return {
        "notifier": "kannel",
        "url": house.gateway.url,
        "username": USER,
        "password": {"file": "kannel_password"},
        "sender": SENDER,
        "signature": "【河畔花園物業服務中心】",
        "callback_url": house.url,
        "callback_secret": {"file": "kannel_callback"},
    }


def test_a_leak_reaches_the_handset_in_two_parts_and_its_reply_acknowledges_it(home: SmsHouse) -> None:
    home.drill("inject leak leak-b2-05")
    [message] = home.until(lambda: home.messages("delivered"), "the handset's receipt is on the alarm")
    assert parts(message["text"]) == 2
    assert message["text"].startswith("【河畔花園物業服務中心】緊急")
    assert home.gateway.messages() == [(message["address"], message["text"])]
    home.gateway.reply("+8613999999999", message["code"])
    home.gateway.reply(message["address"], f"回覆{message['code']} 已到場")
    shown = home.until(lambda: acknowledged(home), "the reply acknowledged the leak")
    assert shown["acknowledged_by"] == message["recipient"]
    outcomes = {m["address"]: m["outcome"] for m in home.items("/api/v1/messages", direction="in")}
    assert outcomes == {"+8613999999999": "unknown_number", message["address"]: "acknowledged"}
    tried = home.cli("test-sms", "duty-sms", "chen", "--config", str(home.config))
    assert tried.returncode == 0, tried.stderr
    home.until(lambda: len(home.gateway.messages()) == 2, "the test message arrived")
    number, text = home.gateway.messages()[-1]
    assert (number, "測試" in text) == ("+8613800000001", True)
    wrong = httpx.get(
        f"{home.url}/hooks/duty-sms/reply", params={"secret": "guessed", "from": message["address"]}
    )
    assert wrong.status_code == 403
    figures = home.request("GET", "/metrics").text
    assert 'watchroom_callbacks_total{channel="duty-sms",outcome="refused"} 1.0' in figures
    assert all(secret not in home.log() + tried.stderr for secret in (PASSWORD, SECRET, "guessed"))


def acknowledged(home: SmsHouse) -> Json | None:
    shown = home.alarm(LEAK)
    return shown if shown and shown["acknowledged"] else None


def test_parts_of_the_gateway_die_and_come_back_and_nothing_is_lost(home: SmsHouse) -> None:
    gateway = home.gateway
    gateway.smsbox.kill()
    home.drill("inject leak leak-b2-05")
    home.until(lambda: home.messages("retrying"), "smsbox is dead: the message waits")
    gateway.network.kill()
    gateway.smsbox.start()
    [sent] = home.until(lambda: home.messages("sent"), "smsbox took it, no network yet")
    assert gateway.messages() == []
    gateway.kill_bearerbox()
    gateway.start()
    [message] = home.until(lambda: home.messages("delivered"), "bearerbox kept message and receipt", 60)
    assert message["id"] == sent["id"]
    home.kill()
    gateway.reply(message["address"], message["code"])
    home.start_daemon()
    shown = home.until(lambda: acknowledged(home), "the reply waited for us in the gateway")
    assert shown["acknowledged_by"] == message["recipient"]
    copies = Counter(gateway.messages())
    assert set(copies) == {(message["address"], message["text"])}
    assert copies.total() == 1, "none of these deaths needs an extra copy"


def test_a_dead_gateway_gives_way_to_the_modem_which_also_tells_that_it_is_dead(tmp_path: Path) -> None:
    with Smsd() as smsd, sms_house(tmp_path, smsd) as home:
        home.gateway.kill_bearerbox()
        home.drill("inject leak leak-b2-05")
        [message] = home.until(lambda: home.messages("delivered"), "the modem's handset confirms", 60)
        assert message["channel"] == "modem"
        assert (message["address"].lstrip("+"), message["text"]) in smsd.modem.messages()
        home.until(lambda: home.alarm("watchroom.channel"), "the dead gateway is an alarm")
        home.until(
            lambda: any("通知管道故障" in text for _, text in smsd.modem.messages()),
            "and is told by the modem",
        )
        smsd.modem.receive(message["address"], f"回覆{message['code']}")
        shown = home.until(lambda: acknowledged(home), "a reply to the modem acknowledges as well")
        assert shown["acknowledged_by"] == message["recipient"]
        home.gateway.start()
        home.until(lambda: not home.messages("waiting", "retrying", "uncertain"), "nothing is left to send")
        assert home.gateway.messages() == [], "what the modem has told is not told again"
