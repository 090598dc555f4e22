"""Kannel's smsbox by its own words, with the wire replaced by a function."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from monitor.notifiers.kannel import KannelNotifier, judge_answer
from monitor.notifiers.kannel_calls import parse_receipt, parse_reply
from monitor.notifiers.kannel_settings import KannelSettings
from monitor.ports import CalledBack, Permanent, Transient, Uncertain
from tests.contracts.notifier import MESSAGE, NotifierContract
from tests.support.clock import VirtualClock

SETTINGS = KannelSettings(
    url="http://127.0.0.1:13013/cgi-bin/sendsms",
    username="wr",
    password=SecretStr("hunter2&=%"),
    sender="10086",
    callback_url="http://127.0.0.1:8080",
    callback_secret=SecretStr("0123456789abcdef-secret"),
)


class Smsbox:
    """Answers as smsbox does; `answers` come first."""

    def __init__(self, settings: KannelSettings = SETTINGS) -> None:
        self.asked: list[httpx.URL] = []
        self.answers: list[Callable[[httpx.Request], httpx.Response]] = []
        self.notifier = KannelNotifier("sms", settings, VirtualClock(), httpx.MockTransport(self._answer))
        self._texts: list[tuple[str, str]] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.answers:
            return self.answers.pop(0)(request)
        self.asked.append(request.url)
        self._texts.append((request.url.params["to"], request.url.params["text"]))
        return httpx.Response(202, text="0: Accepted for delivery")

    def received(self) -> list[tuple[str, str]]:
        return self._texts

    def breaks(self, error: type[Exception]) -> bool:
        self.answers.append({Transient: _refused, Uncertain: _silent, Permanent: _forbidden}[error])
        return True


def _forbidden(request: httpx.Request) -> httpx.Response:
    return httpx.Response(403, text="Authorization failed for sendsms")


def _refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _silent(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("nothing", request=request)


@pytest.fixture
async def smsbox() -> AsyncIterator[Smsbox]:
    box = Smsbox()
    yield box
    await box.notifier.close()


class TestKannel(NotifierContract):
    @pytest.fixture
    async def channel(self, smsbox: Smsbox) -> Smsbox:
        return smsbox


async def test_chinese_goes_as_ucs2_with_everything_smsbox_wants(smsbox: Smsbox) -> None:
    accepted = await smsbox.notifier.send(MESSAGE)
    fields = dict(smsbox.asked[0].params)
    callback = fields.pop("dlr-url")
    assert fields == {
        "username": "wr",
        "password": "hunter2&=%",
        "from": "10086",
        "to": "+8613800000001",
        "coding": "2",
        "charset": "UTF-8",
        "text": MESSAGE.text,
        "dlr-mask": "31",
    }
    assert callback.startswith("http://127.0.0.1:8080/hooks/sms/receipt?")
    assert callback.endswith("&status=%d")
    assert parse_qs(urlsplit(callback).query)["reference"] == [accepted.reference]
    assert accepted.receipt


async def test_english_goes_as_gsm7(smsbox: Smsbox) -> None:
    await smsbox.notifier.send(replace(MESSAGE, text="CRITICAL B1 pit"))
    assert smsbox.asked[0].params["coding"] == "0"


async def test_without_a_callback_no_receipt_is_asked_for_or_promised() -> None:
    box = Smsbox(SETTINGS.model_copy(update={"callback_url": None}))
    assert not (await box.notifier.send(MESSAGE)).receipt
    assert not any(key.startswith("dlr") for key in box.asked[0].params)
    await box.notifier.close()


async def test_the_password_is_in_no_log_and_in_no_error(
    smsbox: Smsbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    smsbox.answers += [_refused, _silent, lambda _: httpx.Response(503, text="no")]
    told = []
    for _ in range(3):
        with pytest.raises(Transient) as raised:
            await smsbox.notifier.send(MESSAGE)
        told.append(str(raised.value))
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
    await smsbox.notifier.send(MESSAGE)
    shown = caplog.text + capsys.readouterr().out + "".join(told) + repr(SETTINGS) + repr(smsbox.notifier)
    assert "hunter2" not in shown
    assert "0123456789abcdef" not in shown
    assert SETTINGS.username not in "".join(told)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (202, "0: Accepted for delivery", None),
        (202, "3: Queued for later delivery", None),
        (200, "Sent.", None),
        (403, "Authorization failed for sendsms", Permanent),
        (400, "Missing receiver", Permanent),
        (202, "1: Out of range", Permanent),
        (503, "Temporal failure, try again later.", Transient),
        (500, "", Transient),
        (202, "", Transient),
        (302, "", Transient),
    ],
)
def test_what_smsbox_says(status: int, body: str, error: type[Exception] | None) -> None:
    if error is None:
        judge_answer(status, body)
    else:
        with pytest.raises(error):
            judge_answer(status, body)


@pytest.mark.parametrize(
    ("status", "delivered"), [("1", True), ("2", False), ("16", False), ("4", None), ("8", None)]
)
def test_receipts(status: str, delivered: bool | None) -> None:
    receipt = parse_receipt({"reference": "abc-1", "status": status}, 5.0)
    assert (receipt.delivered if receipt else None) is delivered
    if receipt:
        assert (receipt.reference, receipt.at) == ("abc-1", 5.0)


@pytest.mark.parametrize(
    "query", [{}, {"reference": "a"}, {"status": "1"}, {"reference": "", "status": "1"}, {"reference": "a", "status": "x"}]
)  # fmt: skip
def test_what_is_no_receipt_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        parse_receipt(query, 5.0)


def test_a_reply_as_kannel_brings_it() -> None:
    query = {"from": "+8613800000001", "text": "a7k", "id": "77", "at": "100"}
    message = parse_reply(query, "sms", 200.0)
    assert (message.id, message.channel, message.address, message.text, message.at) == (
        "sms:77",
        "sms",
        "+8613800000001",
        "a7k",
        100.0,
    )


def test_a_reply_brought_twice_has_the_same_id() -> None:
    query = {"from": "+86138", "text": "a7k", "at": "100"}
    assert parse_reply(query, "sms", 200.0) == parse_reply(query, "sms", 200.0)
    assert parse_reply(query, "sms", 200.0).id != parse_reply({**query, "at": "101"}, "sms", 200.0).id
    with pytest.raises(ValueError):
        parse_reply({"text": "a7k"}, "sms", 200.0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "127.0.0.1:13013"}, "url"),
        ({"url": "http://h/cgi?x=1"}, "url"),
        ({"callback_url": "ftp://h"}, "callback_url"),
        ({"callback_secret": None}, "callback_secret"),
        ({"callback_secret": SecretStr("short")}, "callback_secret"),
        ({"callback_secret": SecretStr("percent%26and-others")}, "callback_secret"),
        ({"callback_from": ("here",)}, "callback_from"),
        ({"timeout": "0s"}, "timeout"),
        ({"colour": "red"}, "colour"),
        ({"password": None}, "password"),
    ],
)
def test_settings_name_what_is_wrong(change: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        KannelSettings.model_validate({**SETTINGS.model_dump(), **change})


GIVEN = {"secret": "0123456789abcdef-secret"}


async def test_receipts_and_replies_are_heard_from_whoever_knows_the_secret(smsbox: Smsbox) -> None:
    assert isinstance(smsbox.notifier, CalledBack)
    heard = smsbox.notifier.callback
    arrived = {**GIVEN, "reference": "a-1", "status": "1"}
    for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        (receipt,) = heard("receipt", arrived, peer).receipts
        assert (receipt.reference, receipt.delivered) == ("a-1", True)
    assert heard("receipt", {**arrived, "status": "8"}, "127.0.0.1").receipts == ()
    (message,) = heard("reply", {**GIVEN, "from": "+86138", "text": "A7K"}, "127.0.0.1").messages
    assert (message.address, message.text) == ("+86138", "A7K")
    with pytest.raises(ValueError):
        heard("elsewhere", arrived, "127.0.0.1")
    with pytest.raises(ValueError):
        heard("reply", {**GIVEN, "from": "+86138", "text": "x" * 2001}, "127.0.0.1")


@pytest.mark.parametrize(
    ("secret", "peer"),
    [
        ("", "127.0.0.1"),
        ("0123456789abcdef-secre", "127.0.0.1"),
        ("0123456789abcdef-secreté", "127.0.0.1"),
        ("0123456789abcdef-secret", "192.168.1.7"),
        ("0123456789abcdef-secret", "::2"),
        ("0123456789abcdef-secret", ""),
    ],
)
async def test_nobody_else_is_let_in_and_no_secret_is_told(smsbox: Smsbox, secret: str, peer: str) -> None:
    with pytest.raises(PermissionError) as raised:
        smsbox.notifier.callback("receipt", {"secret": secret, "reference": "a-1", "status": "1"}, peer)
    assert "0123456789abcdef" not in str(raised.value)


async def test_a_gateway_on_another_machine_is_let_in_when_the_settings_say_so() -> None:
    settings = KannelSettings.model_validate({**SETTINGS.model_dump(), "callback_from": ["192.168.1.0/24"]})
    box = Smsbox(settings)
    query = {**GIVEN, "reference": "a-1", "status": "2"}
    (receipt,) = box.notifier.callback("receipt", query, "192.168.1.7").receipts
    assert not receipt.delivered
    with pytest.raises(PermissionError):
        box.notifier.callback("receipt", query, "127.0.0.1")


async def test_without_a_secret_nothing_is_taken() -> None:
    box = Smsbox(SETTINGS.model_copy(update={"callback_url": None, "callback_secret": None}))
    with pytest.raises(PermissionError):
        box.notifier.callback("receipt", {"secret": "", "reference": "a-1", "status": "1"}, "127.0.0.1")
