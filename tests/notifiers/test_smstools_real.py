"""smsd itself with a modem on a pseudo-terminal: what the modem is given, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest

from monitor.domain.sms import parts
from monitor.notifiers.smstools import SmstoolsNotifier
from monitor.notifiers.smstools_settings import SmstoolsSettings
from monitor.ports import Heard, Transient
from tests.contracts.notifier import MESSAGE, NotifierContract
from tests.servers.smsd import Smsd
from tests.support.real_clock import RealClock

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("smstools")]

CHINESE = (
    "【河畔物業】緊急報警 B1/東 東集水井 液位過高 2.43 m 03:10 先做：檢查水泵電源及浮球開關，必要時啟動備用泵，並到場處理，"
    "處理後於控制台填寫記錄。回覆A7K確認"
)
ENGLISH = "CRITICAL B1/E pit {2} [over] 2.43 m ~ 95 % € | Reply A7K"


@pytest.fixture(scope="module")
def smsd() -> Iterator[Smsd]:
    with Smsd() as running:
        yield running


class Modem:
    """The far side of the contract: what the modem was given since the test began."""

    def __init__(self, smsd: Smsd) -> None:
        self._modem = smsd.modem
        settings = SmstoolsSettings(spool=smsd.directory, look_every=0.1)
        self.notifier = SmstoolsNotifier("modem", settings, RealClock())
        self._before = len(smsd.modem.messages())

    def received(self) -> list[tuple[str, str]]:
        self._modem.refuse = False
        return [(f"+{number}", text) for number, text in self._modem.messages()[self._before :]]

    def breaks(self, error: type[Exception]) -> bool:
        return False  # a refusing modem keeps smsd busy for long: it has a test of its own


class TestRealSmsd(NotifierContract):
    @pytest.fixture
    def channel(self, smsd: Smsd) -> Modem:
        return Modem(smsd)


async def until(look: Callable[[], bool], patience: float = 60.0) -> None:
    for _ in range(int(patience / 0.05)):
        if look():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {patience:.0f} s")


@pytest.fixture
async def channel(smsd: Smsd) -> AsyncIterator[tuple[SmstoolsNotifier, list[Heard]]]:
    notifier = Modem(smsd).notifier
    heard: list[Heard] = []

    async def listen() -> None:
        async for one in notifier.listen():
            heard.append(one)

    task = asyncio.create_task(listen())
    yield notifier, heard
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


Channel = tuple[SmstoolsNotifier, list[Heard]]


@pytest.mark.parametrize(("text", "wide"), [(CHINESE, True), (ENGLISH, False), (ENGLISH * 4, False)])
async def test_texts_arrive_letter_by_letter_in_as_few_parts_as_counted_and_are_confirmed(
    smsd: Smsd, channel: Channel, text: str, wide: bool
) -> None:
    notifier, heard = channel
    before, given = len(smsd.modem.messages()), len(smsd.modem.submitted)
    accepted = await notifier.send(replace(MESSAGE, id=f"{len(text):024x}", text=text))
    assert accepted.receipt
    assert smsd.modem.messages()[before:] == [("8613800000001", text)]
    assert {one.wide for one in smsd.modem.submitted[given:]} == {wide}
    assert len(smsd.modem.submitted) - given == parts(text)
    await until(
        lambda: accepted.reference in {r.reference for one in heard for r in one.receipts if r.delivered}
    )


async def test_a_handset_that_cannot_be_reached_is_a_receipt_of_failure(smsd: Smsd, channel: Channel) -> None:
    notifier, heard = channel
    smsd.modem.reports = 0x46  # SM validity period expired
    try:
        accepted = await notifier.send(replace(MESSAGE, id="e" * 24))
        await until(lambda: any(r.reference == accepted.reference for one in heard for r in one.receipts))
        (receipt,) = [r for one in heard for r in one.receipts if r.reference == accepted.reference]
        assert not receipt.delivered
        assert "expired" in receipt.reason.lower()
    finally:
        smsd.modem.reports = 0


async def test_a_reply_is_heard(smsd: Smsd, channel: Channel) -> None:
    _, heard = channel
    smsd.modem.receive("+8613800000001", "回覆A7K 收到")
    await until(lambda: any(one.messages for one in heard))
    (message,) = [m for one in heard for m in one.messages]
    assert (message.address, message.text) == ("8613800000001", "回覆A7K 收到")


async def test_without_smsd_the_message_is_drawn_back_and_with_it_the_next_one_goes(smsd: Smsd) -> None:
    settings = SmstoolsSettings(spool=smsd.directory, look_every=0.1, accept_within=5)
    notifier = SmstoolsNotifier("modem", settings, RealClock())
    before = len(smsd.modem.messages())
    await asyncio.to_thread(smsd.kill)
    with pytest.raises(Transient) as raised:
        await notifier.send(replace(MESSAGE, id="d" * 24, text="回覆D2D"))
    assert raised.type is Transient
    await asyncio.to_thread(smsd.process.start)
    patient = SmstoolsNotifier("modem", settings.model_copy(update={"accept_within": 30.0}), RealClock())
    await patient.send(replace(MESSAGE, id="d" * 24, attempts=2, text="回覆D2D"))
    assert smsd.modem.messages()[before:] == [("8613800000001", "回覆D2D")]
