"""What unquoted scalars mean, and which are refused."""

from __future__ import annotations

import pytest

from monitor.settings.scalars import Refused, resolve, resolve_key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("0", 0),
        ("-12", -12),
        ("0x8000", 32768),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-1.5e-3", -0.0015),
        ("1-120", "1-120"),
        ("2019-06-01", "2019-06-01"),
        ("input:0", "input:0"),
        ("4-7", "4-7"),
        ("n", "n"),
        ("y", "y"),
        ("10.0.0.1", "10.0.0.1"),
        ("tcp://127.0.0.1:5020", "tcp://127.0.0.1:5020"),
        ("90d", "90d"),
        ("陳", "陳"),
    ],
)
def test_meant(text: str, value: object) -> None:
    got = resolve(text)
    assert (got, type(got)) == (value, type(value))


REFUSED = "yes Yes NO no on Off TRUE False 12:30 12:30:45 1:30.5 010 08 0o10 0b11 1_000 .inf -.inf .NaN 1e999"


@pytest.mark.parametrize("text", [*REFUSED.split(), "1" * 20])
def test_refused(text: str) -> None:
    with pytest.raises(Refused):
        resolve(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("0x10", 16), ("true", True), ("ON", "ON"), ("off", "off"), ("n", "n"), ("010", "010")],
)
def test_keys_stay_words(text: str, value: object) -> None:
    assert resolve_key(text) == value
