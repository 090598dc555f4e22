"""A few thousand hostile frames and payloads; `python -m benchmarks hostile` sends a million of them."""

import pytest

from benchmarks import hostile_modbus, hostile_mqtt
from drivers.modbus import mbap, rtu
from drivers.modbus.frames import Frame


@pytest.mark.parametrize("scheme", hostile_modbus.SCHEMES)
@pytest.mark.parametrize("seed", [1, 2])
async def test_no_frame_breaks_a_link_or_becomes_a_value(scheme: str, seed: int) -> None:
    outcome = await hostile_modbus.Attack(scheme, seed).run(2000)
    assert (outcome.crashes, outcome.invented, outcome.unread) == ([], [], 0)
    assert outcome.frames >= 2000
    assert outcome.right > 50, "whoever believes nothing would pass as well"


@pytest.mark.parametrize("seed", [1, 2])
def test_no_payload_breaks_the_mapping_or_becomes_a_value(seed: int) -> None:
    heard = hostile_mqtt.Attack(seed).run(2000)
    assert (heard.crashes, heard.invented, heard.unread) == ([], [], 0)
    assert heard.values > 1000


async def test_a_link_that_believes_other_numbers_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbap.MbapLine, "_whose", _anybody)
    monkeypatch.setattr(mbap, "_judged", lambda frame, asked: frame.pdu[2:])
    assert (await hostile_modbus.Attack("tcp", 1).run(2000)).invented


def _anybody(line: mbap.MbapLine, _: Frame) -> mbap._Asked | None:
    return line._asked.popitem()[1] if line._asked else None


async def test_a_line_that_does_not_look_at_the_check_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtu.Ear, "hear", lambda ear, data: data[3:-2] or None)
    assert (await hostile_modbus.Attack("rtu+tcp", 1).run(2000)).invented


@pytest.mark.parametrize(
    ("payload", "value", "stands"),
    [
        (b'{"v":1}', 1, True),
        (b'{"v":"1"}', 1, True),
        (b'{"v":true}', 1, False),
        (b'{"v":1,"v":2}', 1, False),
        (b'{"v":NaN}', 0, False),
        (b'{"v":"on"}', True, True),
        (b'{"v":"no"}', False, False),
        (b'{"w":1}', 1, False),
        (b"{", 1, False),
    ],
)
def test_the_second_reader_of_messages(payload: bytes, value: object, stands: bool) -> None:
    assert hostile_mqtt._stands_in(payload, {"path": "v"}, value) is stands
