"""smsd's files, with smsd replaced by a few lines that move them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitor.notifiers import smstools_files as files
from monitor.notifiers.smstools import SmstoolsNotifier
from monitor.notifiers.smstools_settings import SmstoolsSettings
from monitor.notifiers.smstools_spool import OURS
from monitor.ports import Heard, Transient, Uncertain
from tests.contracts.notifier import MESSAGE, NotifierContract
from tests.support.real_clock import RealClock

FOLDERS = ("outgoing", "checked", "sent", "failed", "incoming", "report")


class PretendedSmsd:
    """Moves what is in outgoing; `fails` gives up the next one, `hangs` begins and never ends, `dead` does nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in FOLDERS:
            (root / name).mkdir()
        settings = SmstoolsSettings(spool=root, look_every=0.05)
        self.settings = settings.model_copy(update={"accept_within": 0.6})
        self.notifier = SmstoolsNotifier("modem", self.settings, RealClock())
        self.dead = self.fails = self.hangs = False
        self._arrived: list[tuple[str, str]] = []
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            for path in () if self.dead else tuple((self.root / "outgoing").iterdir()):
                if path.name.endswith(".LOCK") or path.with_name(f"{path.name}.LOCK").exists():
                    continue
                self._handle(path)

    def _handle(self, path: Path) -> None:
        content = path.read_bytes()
        head, _, body = content.partition(b"\n\n")
        if self.hangs:
            self.hangs = False
            path.with_name(f"{path.name}.LOCK").touch()
            return
        if self.fails:
            self.fails = False
            (self.root / "failed" / path.name).write_bytes(head + b"\nFail_reason: +CMS ERROR: 38\n\n" + body)
        else:
            read = files.read(content)
            self._arrived.append((f"+{read.headers['To']}", read.text))
            number = str(len(self._arrived)).encode()
            (self.root / "sent" / path.name).write_bytes(head + b"\nMessage_id: " + number + b"\n\n" + body)
        path.unlink()

    def received(self) -> list[tuple[str, str]]:
        return self._arrived

    def breaks(self, error: type[Exception]) -> bool:
        if error is Transient:
            self.fails = True
        elif error is Uncertain:
            self.hangs = True
        return error in (Transient, Uncertain)

    def comes(self, folder: str, name: str, headers: str, body: bytes) -> Path:
        path = self.root / folder / name
        path.write_bytes(headers.encode() + b"\n\n" + body)
        return path

    def report(
        self, message_id: int, status: str, name: str = "GSM1.a", number: str = "8613800000001"
    ) -> Path:
        body = f"SMS STATUS REPORT\nMessage_id: {message_id}\nDischarge_timestamp: x\nStatus: {status}"
        return self.comes("report", name, f"From: {number}\nAlphabet: UTF-8", body.encode())

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
async def smsd(tmp_path: Path) -> AsyncIterator[PretendedSmsd]:
    made = PretendedSmsd(tmp_path)
    yield made
    await made.close()


class TestSmstools(NotifierContract):
    @pytest.fixture
    async def channel(self, smsd: PretendedSmsd) -> PretendedSmsd:
        return smsd


async def heard(smsd: PretendedSmsd, count: int, patience: float = 5.0) -> list[Heard]:
    found: list[Heard] = []

    async def listen() -> None:
        async for one in smsd.notifier.listen():
            found.append(one)
            if len(found) > count:
                return

    task = asyncio.create_task(listen())
    for _ in range(int(patience / 0.05)):
        await asyncio.sleep(0.05)
        if len(found) >= count:
            break
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return found


async def test_a_dead_smsd_is_known_in_time_and_the_message_is_drawn_back(smsd: PretendedSmsd) -> None:
    smsd.dead = True
    with pytest.raises(Transient) as raised:
        await smsd.notifier.send(MESSAGE)
    assert raised.type is Transient
    assert list((smsd.root / "outgoing").iterdir()) == []
    smsd.dead = False
    await asyncio.sleep(0.1)
    assert smsd.received() == [], "nothing goes out later"


async def test_what_was_begun_before_a_crash_is_drawn_back_before_the_next_copy(smsd: PretendedSmsd) -> None:
    smsd.dead = True
    task = asyncio.create_task(smsd.notifier.send(MESSAGE))
    await asyncio.sleep(0.1)
    left = smsd.root / "outgoing" / f"{OURS}{MESSAGE.id}-1"
    content = left.read_bytes()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not left.exists(), "a stop draws it back as well"
    left.write_bytes(content)
    smsd.dead = False
    await smsd.notifier.send(replace(MESSAGE, attempts=2))
    assert len(smsd.received()) <= 2


async def test_a_spool_that_is_not_there_is_told_with_its_name(tmp_path: Path) -> None:
    notifier = SmstoolsNotifier("modem", SmstoolsSettings(spool=tmp_path), RealClock())
    with pytest.raises(Transient, match="sent"):
        await notifier.send(MESSAGE)


@pytest.mark.parametrize(
    ("status", "delivered"),
    [
        ("0,Ok,short message received by the SME", True),
        ("1,Ok,short message forwarded by the SC, unable to confirm", None),
        ("32,Still trying,congestion", None),
        ("65,Error,incompatible destination", False),
        ("70,Error,SM validity period expired", False),
    ],
)
async def test_reports_of_the_network(smsd: PretendedSmsd, status: str, delivered: bool | None) -> None:
    accepted = await smsd.notifier.send(MESSAGE)
    path = smsd.report(1, status)
    found = await heard(smsd, 1, patience=1.5)
    assert [r.delivered for one in found for r in one.receipts] == ([] if delivered is None else [delivered])
    assert {r.reference for one in found for r in one.receipts} <= {accepted.reference}
    assert not path.exists()
    assert (smsd.root / "sent" / f"{OURS}{accepted.reference}").exists() is (delivered is None)


async def test_a_report_is_of_the_newest_message_with_its_number_to_that_telephone(
    smsd: PretendedSmsd,
) -> None:
    await smsd.notifier.send(MESSAGE)
    smsd.report(1, "0,Ok", "GSM1.other", number="8613900000000")
    smsd.report(9, "0,Ok", "GSM1.unknown")
    assert await heard(smsd, 1, patience=1.0) == []


async def test_replies_in_every_alphabet_are_heard_once(smsd: PretendedSmsd) -> None:
    wide, old = "回覆A7K 收到", "réponse A7K"
    smsd.comes("incoming", "GSM1.1", "From: 8613800000001\nAlphabet: UCS2", wide.encode("utf-16-be"))
    smsd.comes("incoming", "GSM1.2", "From: 8613800000002\nAlphabet: UTF-8", wide.encode())
    smsd.comes("incoming", "GSM1.3", "From: 8613800000003\nAlphabet: ISO", old.encode("iso-8859-15"))
    (smsd.root / "incoming" / "GSM1.4").write_bytes(b"From: 86138")  # smsd is still writing
    messages = [m for one in await heard(smsd, 3) for m in one.messages]
    assert sorted((m.address, m.text) for m in messages) == [
        ("8613800000001", wide),
        ("8613800000002", wide),
        ("8613800000003", old),
    ]
    assert len({m.id for m in messages}) == 3
    assert [path.name for path in (smsd.root / "incoming").iterdir()] == ["GSM1.4"]


async def test_what_was_not_taken_is_heard_again_after_a_restart(smsd: PretendedSmsd) -> None:
    smsd.comes("incoming", "GSM1.1", "From: 8613800000001\nAlphabet: ISO", b"A7K")
    await asyncio.sleep(0.6)
    first = aiter(smsd.notifier.listen())
    one = await anext(first)
    await first.aclose()  # type: ignore[attr-defined]
    (again,) = await heard(smsd, 1)
    assert again.messages[0].id == one.messages[0].id


def test_a_broken_report_is_refused() -> None:
    with pytest.raises(ValueError):
        files.report(files.SpoolFile({}, "SMS STATUS REPORT\nStatus: what"))
    with pytest.raises(ValueError):
        files.reply(files.SpoolFile({}, "hello"), "x", "modem", 1.0)


def test_settings_name_what_is_wrong() -> None:
    for change in ({"spool": "spool"}, {"accept_within": "90s"}, {"colour": "red"}):
        with pytest.raises(ValidationError, match=next(iter(change))):
            SmstoolsSettings.model_validate(change)
