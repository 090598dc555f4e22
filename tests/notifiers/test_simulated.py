"""The simulated telephones and the fake of the tests, held to the contract of every notifier."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import ValidationError

from monitor.notifiers.log import LogNotifier, LogSettings
from monitor.notifiers.simulated import SimulatedPhone, SimulatedSettings
from monitor.ports import Heard
from tests.contracts.notifier import MESSAGE, NotifierContract
from tests.support.channel import FakeChannel
from tests.support.clock import VirtualClock, settle


class SimulatedChannel:
    def __init__(self, settings: SimulatedSettings | None = None) -> None:
        self.clock = VirtualClock()
        self.notifier = SimulatedPhone("sms", settings or SimulatedSettings(), self.clock)

    def received(self) -> list[tuple[str, str]]:
        return [
            (message.address, message.text)
            for address in self.notifier.addresses()
            for message in self.notifier.messages(address)
        ]

    def breaks(self, error: type[Exception]) -> bool:
        return False  # a telephone in memory never fails


class TestSimulatedPhone(NotifierContract):
    @pytest.fixture
    async def channel(self) -> AsyncIterator[SimulatedChannel]:
        channel = SimulatedChannel()
        yield channel
        await channel.notifier.close()


class TestFake(NotifierContract):
    @pytest.fixture
    def channel(self) -> FakeChannel:
        return FakeChannel()


async def test_the_handset_confirms_after_its_time_and_not_before() -> None:
    channel = SimulatedChannel(SimulatedSettings.model_validate({"receipt_after": "3s"}))
    heard = aiter(channel.notifier.listen())
    accepted = await channel.notifier.send(MESSAGE)
    assert accepted.receipt
    await channel.clock.advance(2.9)
    assert channel.notifier._heard.empty()
    await channel.clock.advance(0.1)
    (receipt,) = (await anext(heard)).receipts
    assert (receipt.reference, receipt.delivered) == (accepted.reference, True)
    await channel.notifier.close()


async def test_a_telephone_that_never_confirms_promises_no_receipt() -> None:
    channel = SimulatedChannel(SimulatedSettings(receipts=False))
    assert not (await channel.notifier.send(MESSAGE)).receipt
    await channel.clock.advance(100)
    assert channel.notifier._heard.empty()


async def test_a_reply_is_heard_and_shown() -> None:
    channel = SimulatedChannel()
    await channel.notifier.reply("+8613800000001", "A7K")
    heard: Heard = await anext(aiter(channel.notifier.listen()))
    (message,) = heard.messages
    assert (message.channel, message.address, message.text) == ("sms", "+8613800000001", "A7K")
    assert channel.notifier.messages("+8613800000001")[-1].sent


async def test_a_telephone_keeps_the_last_messages_only() -> None:
    channel = SimulatedChannel(SimulatedSettings(keep=2, receipts=False))
    for text in ("1", "2", "3"):
        await channel.notifier.send(replace(MESSAGE, text=text))
    assert [message.text for message in channel.notifier.messages(MESSAGE.address or "")] == ["2", "3"]


async def test_closing_forgets_the_receipts_that_wait() -> None:
    channel = SimulatedChannel()
    await channel.notifier.send(MESSAGE)
    await settle()
    assert channel.clock.waiting == 1
    await channel.notifier.close()
    assert channel.clock.waiting == 0


def test_settings_name_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match="receipt_after"):
        SimulatedSettings.model_validate({"receipt_after": "soon"})
    with pytest.raises(ValidationError, match="colour"):
        SimulatedSettings.model_validate({"colour": "red"})


class LoggedChannel:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.notifier = LogNotifier("sms", LogSettings(), VirtualClock())
        self._capsys = capsys

    def received(self) -> list[tuple[str, str]]:
        shown = self._capsys.readouterr().out
        return [(MESSAGE.address or "", MESSAGE.text) for _ in range(shown.count(MESSAGE.text))]

    def breaks(self, error: type[Exception]) -> bool:
        return False


class TestLog(NotifierContract):
    @pytest.fixture
    def channel(self, capsys: pytest.CaptureFixture[str]) -> LoggedChannel:
        return LoggedChannel(capsys)
