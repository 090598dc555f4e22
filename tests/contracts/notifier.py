"""What every ports.Notifier must do, whatever its channel.

A test class derives from `NotifierContract` and gives the fixture `channel`.
"""

from dataclasses import replace
from typing import Protocol

import pytest

from monitor.domain.notification import Delivery, Notification
from monitor.ports import Notifier, Permanent, Transient, Uncertain

MESSAGE = Notification(
    id="0123456789abcdef01234567",
    event=7,
    alarm="pit-1.level_high",
    occurrence=1,
    annunciation=1,
    step=0,
    role="electrician",
    channel="sms",
    due=1000.0,
    recipient="chen",
    address="+8613800000001",
    text="緊急報警 B1/東 東集水井 液位過高 2.43 m 回覆A7K確認",
    code="A7K",
    attempts=1,
    state=Delivery.UNCERTAIN,
)


class Channel(Protocol):
    """The far side of one notifier."""

    notifier: Notifier

    def received(self) -> list[tuple[str, str]]:
        """Address and text of each message that arrived, in order."""
        ...

    def breaks(self, error: type[Exception]) -> bool:
        """Make the next message end like this; False when this channel cannot."""
        ...


class NotifierContract:
    """Inherit and give `channel`."""

    async def test_a_message_arrives_once_with_its_text_as_it_is(self, channel: Channel) -> None:
        await channel.notifier.send(MESSAGE)
        assert channel.received() == [(MESSAGE.address, MESSAGE.text)]

    async def test_each_attempt_has_its_own_reference(self, channel: Channel) -> None:
        first = await channel.notifier.send(MESSAGE)
        second = await channel.notifier.send(replace(MESSAGE, attempts=2))
        other = await channel.notifier.send(replace(MESSAGE, id="f" * 24))
        assert len({first.reference, second.reference, other.reference, ""}) == 4

    async def test_the_same_attempt_has_the_same_reference_after_a_restart(self, channel: Channel) -> None:
        assert (await channel.notifier.send(MESSAGE)).reference == (
            await channel.notifier.send(MESSAGE)
        ).reference

    async def test_a_message_without_address_is_refused_for_good(self, channel: Channel) -> None:
        for nowhere in (None, ""):
            with pytest.raises(Permanent):
                await channel.notifier.send(replace(MESSAGE, address=nowhere))
        assert channel.received() == []

    @pytest.mark.parametrize("error", [Transient, Uncertain, Permanent])
    async def test_trouble_is_told_by_its_kind_and_the_next_message_goes(
        self, channel: Channel, error: type[Exception]
    ) -> None:
        if channel.breaks(error):
            with pytest.raises(error) as raised:
                await channel.notifier.send(MESSAGE)
            assert raised.type is error
            assert str(raised.value)
        await channel.notifier.send(MESSAGE)
        assert channel.received()[-1] == (MESSAGE.address, MESSAGE.text)

    async def test_closing_twice_does_no_harm(self, channel: Channel) -> None:
        await channel.notifier.send(MESSAGE)
        await channel.notifier.close()
        await channel.notifier.close()
