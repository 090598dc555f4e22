"""The door for providers: who is let in, and that an answer means stored."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from fastapi import FastAPI

from monitor.console import problems
from monitor.console.callbacks import callback_router
from monitor.domain.notification import InboundMessage
from monitor.engine.tally import Tally
from monitor.engine.writer import NotStored
from monitor.ports import Heard


class Provider:
    """Implements CalledBack."""

    def callback(self, path: str, query: Mapping[str, str], peer: str) -> Heard:
        if query.get("secret") != "right":
            raise PermissionError("the secret is missing or wrong")
        if path != "reply":
            raise ValueError("there is `reply`")
        return Heard(messages=(InboundMessage("m", "sms", query["from"], query["text"], 1.0),))


class Door:
    def __init__(self) -> None:
        self.taken: list[tuple[str, Heard]] = []
        self.trouble: Exception | None = None
        self.tally = Tally()
        app = FastAPI()
        problems.install(app)
        app.include_router(callback_router({"sms": Provider()}, self._take, self.tally))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console")

    async def _take(self, channel: str, heard: Heard) -> None:
        if self.trouble:
            raise self.trouble
        self.taken.append((channel, heard))

    async def call(self, path: str, **query: str) -> int:
        return (await self.client.get(path, params=query)).status_code

    def counted(self, outcome: str) -> float:
        return self.tally.get("callbacks_total", channel="sms", outcome=outcome)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    yield door
    await door.client.aclose()


GOOD = {"secret": "right", "from": "+86 138", "text": "回覆A7K 收到"}


async def test_what_a_provider_brings_is_taken_and_answered_with_nothing(door: Door) -> None:
    answer = await door.client.get("/hooks/sms/reply", params=GOOD)
    assert (answer.status_code, answer.text) == (200, "")
    ((channel, heard),) = door.taken
    assert (channel, heard.messages[0].address, heard.messages[0].text) == ("sms", "+86 138", "回覆A7K 收到")
    assert door.counted("taken") == 1


async def test_a_wrong_secret_is_403_and_counted_and_said_once(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        assert await door.call("/hooks/sms/reply", **{**GOOD, "secret": "wrong-one"}) == 403
    assert door.taken == []
    assert door.counted("refused") == 3
    told = capsys.readouterr().out
    assert told.count("callback.refused") == 1
    assert "wrong-one" not in told
    assert "right" not in told


async def test_what_cannot_be_read_is_400_and_no_such_channel_404(door: Door) -> None:
    assert await door.call("/hooks/sms/other", **GOOD) == 400
    assert await door.call("/hooks/mail/reply", **GOOD) == 404
    assert (door.taken, door.counted("unread")) == ([], 1)


async def test_while_nothing_can_be_stored_the_provider_is_asked_to_come_again(door: Door) -> None:
    door.trouble = NotStored("the journal does not write")
    assert await door.call("/hooks/sms/reply", **GOOD) == 503
    assert door.counted("taken") == 0
    door.trouble = None
    assert await door.call("/hooks/sms/reply", **GOOD) == 200
