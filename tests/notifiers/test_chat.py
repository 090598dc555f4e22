"""Chat and mail through apprise, against servers on this machine."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from pydantic import SecretStr, ValidationError

from monitor.notifiers.chat import AppriseNotifier, judged
from monitor.notifiers.chat_settings import AppriseSettings
from monitor.ports import Permanent, Transient, Uncertain
from tests.contracts.notifier import MESSAGE, NotifierContract
from tests.servers.ports import free_port
from tests.support.mail import MailServer

# apprise asks for a module of Python that newer versions no longer have, and does without it there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "hook-token-hunter2"


def settings(url: str, **more: object) -> AppriseSettings:
    return AppriseSettings.model_validate({"url": SecretStr(url), **more})


class Room:
    """A chat service's web hook; `next` is a status, or 0 for hanging up without an answer."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.next: list[int] = []
        room = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = room.next.pop(0) if room.next else 200
                if status == 0:
                    self.connection.close()
                    return
                if status == 200:
                    room.heard.append((unquote(self.path.rpartition("/")[2]), body["message"]))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        url = f"json://127.0.0.1:{self._server.server_port}/{TOKEN}/{{address}}"
        self.notifier = AppriseNotifier("room", settings(url))

    def received(self) -> list[tuple[str, str]]:
        return self.heard

    def breaks(self, error: type[Exception]) -> bool:
        self.next.append({Transient: 503, Uncertain: 0, Permanent: 403}[error])
        return True

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    yield made
    made.close()


class TestRoom(NotifierContract):
    @pytest.fixture
    def channel(self, room: Room) -> Room:
        return room


async def test_nothing_of_the_address_is_in_any_log_or_error(
    room: Room, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    room.next = [403, 0, 503]
    told = []
    for _ in range(3):
        with pytest.raises((Transient, Permanent)) as raised:
            await room.notifier.send(MESSAGE)
        told.append(str(raised.value))
    await room.notifier.send(MESSAGE)
    printed = capfd.readouterr()
    shown = caplog.text + printed.out + printed.err + "".join(told) + repr(room.notifier.__dict__)
    assert TOKEN not in shown
    assert told == [
        "the service refused it (403)",
        "the service's answer was lost",
        "the service is not ready (503)",
    ]


async def test_a_service_that_is_not_there_did_surely_not_take_it() -> None:
    notifier = AppriseNotifier("room", settings(f"json://127.0.0.1:{free_port()}/x"))
    with pytest.raises(Transient) as raised:
        await notifier.send(replace(MESSAGE, text="timed out, error=404"))
    assert raised.type is Transient
    assert str(raised.value) == "the service is not reached"


async def test_nobody_confirms(room: Room) -> None:
    assert not (await room.notifier.send(MESSAGE)).receipt


def mail(server: MailServer) -> AppriseNotifier:
    url = f"mailto://127.0.0.1:{server.port}?from=watchroom@example.org&to={{address}}&mode=insecure"
    return AppriseNotifier("mail", settings(url, title="Watchroom"))


async def test_a_mail_reaches_the_reader_of_the_row() -> None:
    async with MailServer() as server:
        await mail(server).send(replace(MESSAGE, address="wang+duty@example.org"))
        ((recipient, message),) = server.mails
        assert recipient == "wang+duty@example.org"
        assert message["Subject"] == "Watchroom"
        body = message.get_body(("plain",))
        assert body is not None
        assert body.get_content().strip() == MESSAGE.text


async def test_a_mail_that_nobody_takes_is_tried_again() -> None:
    async with MailServer() as server:
        server.refuse = True
        with pytest.raises(Transient):
            await mail(server).send(replace(MESSAGE, address="nobody@example.org"))
        server.refuse = False
        await mail(server).send(replace(MESSAGE, address="somebody@example.org"))
        assert [recipient for recipient, _ in server.mails] == ["somebody@example.org"]


@pytest.mark.parametrize(
    ("heard", "kind"),
    [
        ("Failed to send: error=401.", Permanent),
        ("Failed to send: error=429.", Transient),
        ("Failed to send: error=500.", Transient),
        ("Socket Exception: Read timed out. (read timeout=4.0)", Uncertain),
        ("Socket Exception: [Errno 111] Connection refused", Transient),
        ("", Transient),
    ],
)
def test_kinds_of_trouble(heard: str, kind: type[Exception]) -> None:
    assert type(judged(heard)) is kind


@pytest.mark.parametrize(
    ("change", "field"), [({"url": SecretStr("nowhere")}, "url"), ({"timeout": "2m"}, "timeout"), ({"colour": 1}, "colour")]
)  # fmt: skip
def test_settings_name_what_is_wrong(change: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError, match=field) as raised:
        AppriseSettings.model_validate({"url": SecretStr("json://127.0.0.1/hunter2"), **change})
    assert "hunter2" not in str(raised.value)
