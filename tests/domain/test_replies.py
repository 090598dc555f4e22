"""Codes that can be typed in the dark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.replies import DIGITS, LETTERS, Reply, code_for, parse


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("A7K", Reply(("A7K",))),
        (" a7k ", Reply(("A7K",))),
        ("A7K ok", Reply(("A7K",))),
        ("ok A7K", Reply(("A7K",))),
        ("\uff21\uff17\uff2b", Reply(("A7K",))),
        ("a7k。", Reply(("A7K",))),
        ("回覆A7K確認", Reply(("A7K",))),
        ("回复 a7k 收到", Reply(("A7K",))),
        ("A7K 停電無法巡視", Reply(("A7K",), "停電無法巡視")),
        ("A7K停電", Reply(("A7K",), "停電")),
        ("a7k power cut", Reply(("A7K",), "power cut")),
        ("A7K C3D", Reply(("A7K", "C3D"))),
        ("A7K a7k", Reply(("A7K",))),
        ("A7K3D", Reply(("A7K3D",))),
        ("", Reply(())),
        ("yes", Reply(())),
        ("B2 OK", Reply((), "B2 OK")),
        ("xA7K", Reply((), "xA7K")),
        ("A7K9", Reply((), "A7K9")),
        ("A0K", Reply((), "A0K")),
    ],
)
def test_parse(text: str, reply: Reply) -> None:
    assert parse(text) == reply


def test_the_same_annunciation_has_the_same_code_and_others_have_others() -> None:
    assert code_for("a.b", 1, 1, ()) == code_for("a.b", 1, 1, ())
    assert len({code_for("a.b", n, 1, ()) for n in range(20)}) > 15


def test_ten_thousand_open_alarms_have_ten_thousand_codes_and_each_can_be_read_back() -> None:
    taken: set[str] = set()
    for n in range(10_000):
        taken.add(code_for(f"pit-{n}.level", 1, 1, taken))
    assert len(taken) == 10_000
    assert all(parse(code.lower()).codes == (code,) for code in taken)
    assert max(map(len, taken)) == 5


def test_no_sign_can_be_taken_for_another() -> None:
    assert not set(LETTERS + DIGITS) & set("0OQ1ILZ2S5B8GUV")


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    assert all(code.isascii() and code.isupper() for code in parse(text).codes)
