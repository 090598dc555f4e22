"""Kannel itself: what arrives on a telephone, and what a dead box means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from monitor.domain.notification import Notification
from monitor.domain.sms import parts
from monitor.notifiers.kannel import KannelNotifier
from monitor.notifiers.kannel_settings import KannelSettings
from monitor.ports import Permanent, Transient
from tests.contracts.notifier import MESSAGE, NotifierContract
from tests.servers.kannel import PASSWORD, USER, Kannel
from tests.servers.ports import free_port
from tests.support.real_clock import RealClock

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("kannel")]

SECRET = "0123456789abcdef-hooks"
LONG = replace(
    MESSAGE,
    id="a" * 24,
    text="【河畔物業】緊急報警 B1/東 東集水井 液位過高 2.43 m 03:10 先做：檢查水泵電源及浮球開關，必要時啟動備用泵，並到場處理，"
    "處理後於控制台填寫記錄。回覆A7K確認",
)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Kannel]:
    with Kannel(f"http://127.0.0.1:{free_port()}/hooks/sms", SECRET) as running:
        yield running


def notifier(gateway: Kannel, **change: object) -> KannelNotifier:
    settings = {"url": gateway.url, "username": USER, "password": SecretStr(PASSWORD), **change}
    return KannelNotifier("sms", KannelSettings.model_validate(settings), RealClock())


class Telephones:
    """The far side of the contract: messages that came since the test began."""

    def __init__(self, gateway: Kannel) -> None:
        self.gateway = gateway
        self.notifier = _Settled(gateway)
        self._before = len(gateway.messages())

    def received(self) -> list[tuple[str, str]]:
        return self.gateway.messages()[self._before :]

    def breaks(self, error: type[Exception]) -> bool:
        if error is Transient:
            self.gateway.smsbox.kill()
            self.notifier.before_next = self.gateway.smsbox.start
            return True
        return False


class _Settled:
    """The notifier, with the second that the network needs after a message was taken."""

    def __init__(self, gateway: Kannel) -> None:
        self._gateway = gateway
        self._inner = notifier(gateway)
        self.before_next: Callable[[], None] | None = None

    async def send(self, notification: Notification):  # type: ignore[no-untyped-def]
        before = len(self._gateway.messages())
        try:
            accepted = await self._inner.send(notification)
        except Transient:
            if self.before_next:
                await asyncio.to_thread(self.before_next)
                self.before_next = None
            raise
        await until(lambda: len(self._gateway.messages()) > before)
        return accepted

    async def close(self) -> None:
        await self._inner.close()


async def until(look: Callable[[], bool], patience: float = 60.0) -> None:
    for _ in range(int(patience / 0.05)):
        if look():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {patience:.0f} s")


class TestRealKannel(NotifierContract):
    @pytest.fixture
    async def channel(self, gateway: Kannel) -> AsyncIterator[Telephones]:
        channel = Telephones(gateway)
        yield channel
        await channel.notifier.close()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (LONG.text, 2),
        ("CRITICAL B1/E pit {2} [over] 2.43 m ~ 95 % € \\ ^ | Reply A7K", 1),
        ("CRITICAL B1 east sump pit: level too high, check the pump's supply and the float switch. " * 3, 2),
        ("緊急", 1),
    ],
)
async def test_texts_arrive_letter_by_letter_in_as_few_parts_as_counted(
    gateway: Kannel, text: str, count: int
) -> None:
    assert parts(text.strip()) == count
    before, messages = len(gateway.arrived()), len(gateway.messages())
    sender = notifier(gateway)
    await sender.send(replace(LONG, text=text.strip()))
    await until(lambda: len(gateway.messages()) > messages)
    assert gateway.messages()[-1] == (LONG.address, text.strip())
    assert [one.parts for one in gateway.arrived()[before:]] == [count] * count
    await sender.close()


async def test_wrong_credentials_are_refused_for_good(gateway: Kannel) -> None:
    sender = notifier(gateway, password=SecretStr("not-the-one"))
    with pytest.raises(Permanent) as raised:
        await sender.send(LONG)
    assert "not-the-one" not in str(raised.value)
    await sender.close()


async def test_while_the_network_is_down_messages_wait_on_the_disk_of_the_gateway(gateway: Kannel) -> None:
    gateway.network.kill()
    before = len(gateway.messages())
    sender = notifier(gateway)
    waiting = [replace(LONG, id=f"{n:024d}", text=f"{LONG.text}{n}") for n in range(3)]
    for one in waiting:
        await sender.send(one)
    await asyncio.to_thread(gateway.kill_bearerbox)
    with pytest.raises(Transient):
        await sender.send(LONG)
    await asyncio.to_thread(gateway.start)
    await until(lambda: len(gateway.messages()) >= before + 3)
    assert sorted(gateway.messages()[before:]) == sorted((one.address or "", one.text) for one in waiting)
    await sender.close()
