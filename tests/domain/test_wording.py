"""What a message says, in three languages, and that it fits the air."""

from dataclasses import replace

import pytest

from monitor.domain import sms
from monitor.domain.phrases import LANGUAGES, spoken
from monitor.domain.point import Point
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Card,
    Comm,
    High,
    Leak,
    Low,
    Priority,
    Reported,
    State,
)
from monitor.domain.sms import Alphabet, alphabet, clean, parts, units
from monitor.domain.urgency import GradeClock
from monitor.domain.wording import Subject, Wording, say

ACTION = {
    "en": "Start the standby pump by hand",
    "zh-Hant": "到現場手動啟動備用泵",
    "zh-Hans": "到现场手动启动备用泵",
}
LEVEL = Point("pit-1", "level", unit="m", label={"en": "Level", "zh-Hant": "液位", "zh-Hans": "液位"})
RULE = AlarmRule(
    "pit-1.level_high",
    "pit-1",
    AlarmKind.LIMIT,
    High("level", 2.4),
    Priority.CRITICAL,
    card=Card(action=ACTION),
)
AT = 1_795_374_600.0
"""2026-11-23 03:10 in Shanghai."""
SUBJECT = Subject(
    RULE,
    Priority.CRITICAL,
    AT,
    2.43,
    "B1/東",
    {"zh-Hant": "東集水井", "zh-Hans": "东集水井", "en": "East pit"},
    LEVEL,
    "A7K",
)
GRADE = {GradeClock.URGENT: 1800.0, GradeClock.LAMP: 172_800.0, GradeClock.FAULT: 604_800.0}
SITE = Wording("zh-Hant", "Asia/Shanghai", {"sms": "【河畔物業】"}, clocks=GRADE)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-Hant", "緊急報警 B1/東 東集水井 液位過高 2.43 m 03:10 先：到現場手動啟動備用泵 回覆A7K確認"),
        ("zh-Hans", "紧急报警 B1/東 东集水井 液位过高 2.43 m 03:10 先：到现场手动启动备用泵 回复A7K确认"),
        (
            "en",
            "CRITICAL B1/東 East pit Level high 2.43 m 03:10 "
            "First: Start the standby pump by hand Reply A7K to acknowledge",
        ),
    ],
)
def test_an_alarm_in_each_language(language: str, text: str) -> None:
    assert SITE.render(SUBJECT, language) == text


CALL = {"en": "Plumber on duty", "zh-Hant": "當值水工", "zh-Hans": "值班水工"}


def calling(call: dict[str, str], within: float | None = 1800.0, **more: object) -> Subject:
    card = Card(action=ACTION, call=call, role="plumber", within=within)
    return replace(SUBJECT, rule=replace(RULE, card=card), raised_at=AT, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "zh-Hant",
            "緊急報警 B1/東 東集水井 液位過高 2.43 m 03:10 限03:40前 先：到現場手動啟動備用泵 聯絡：當值水工 回覆A7K確認",
        ),
        (
            "zh-Hans",
            "紧急报警 B1/東 东集水井 液位过高 2.43 m 03:10 限03:40前 先：到现场手动启动备用泵 联系：值班水工 回复A7K确认",
        ),
        (
            "en",
            "CRITICAL B1/東 East pit Level high 2.43 m 03:10 by 03:40 "
            "First: Start the standby pump by hand Reply A7K to acknowledge",  # there is no room for more
        ),
    ],
)
def test_until_when_and_whom_to_call_in_each_language(language: str, text: str) -> None:
    assert SITE.render(calling(CALL), language) == text
    assert parts(SITE.render(calling(CALL), "zh-Hant")) == 1


def test_nobody_is_told_to_call_themselves() -> None:
    assert "聯絡" not in SITE.render(calling(CALL, role="plumber"))
    assert "聯絡：當值水工" in SITE.render(calling(CALL, role="manager"))


def test_a_role_without_words_is_named_as_the_roster_names_it() -> None:
    text = SITE.render(calling({}, place="B1 east"), "en")
    assert "First: Start the standby pump by hand Call: plumber Reply" in text
    assert parts(text) == 1


def test_whom_to_call_is_worth_no_further_message() -> None:
    text = SITE.render(calling({"zh-Hant": "當值水工及" * 8}))
    assert "聯絡" not in text
    assert parts(text) == 1


@pytest.mark.parametrize(
    ("priority", "within", "urgent", "shown"),
    [
        (Priority.CRITICAL, None, 1800.0, "限03:40前"),
        (Priority.CRITICAL, 3600.0, 1800.0, "限03:40前"),  # the stricter wins
        (Priority.CRITICAL, 600.0, 1800.0, "限03:20前"),
        (Priority.HIGH, 600.0, 1800.0, "限03:20前"),
        (Priority.HIGH, None, 1800.0, ""),
        (Priority.HIGH, 2 * 86400.0, 1800.0, ""),  # a time of another day would mislead
    ],
)
def test_until_when_somebody_must_have_acted(
    priority: Priority, within: float | None, urgent: float, shown: str
) -> None:
    clocks = {GradeClock.URGENT: urgent, GradeClock.LAMP: 1.0, GradeClock.FAULT: 1.0}
    text = replace(SITE, clocks=clocks).render(calling({}, within, priority=priority))
    assert shown in text
    assert ("限" in text) is bool(shown)


def test_what_is_over_has_no_time_left() -> None:
    text = SITE.render(calling(CALL, over=True))
    assert "限" not in text
    assert "聯絡" not in text


def test_without_a_language_of_the_reader_the_sites_is_used() -> None:
    assert SITE.render(SUBJECT).startswith("緊急報警")


def test_the_signature_of_the_channel_stands_in_front() -> None:
    assert SITE.render(SUBJECT, "zh-Hant", "sms").startswith("【河畔物業】緊急報警")


@pytest.mark.parametrize(
    ("rule", "value", "point", "expected"),
    [
        (replace(RULE, condition=Low("level", 1.0)), 0.5, LEVEL, "Level low 0.5 m"),
        (
            replace(RULE, condition=State("fault", True)),
            True,
            Point("p", "fault", label={"en": "Pump 1 fault"}),
            "Pump 1 fault 03:10",
        ),
        (
            replace(RULE, condition=State("mode", "manual")),
            "manual",
            Point("p", "mode", label={"en": "Mode"}),
            "Mode manual 03:10",
        ),
        (replace(RULE, kind=AlarmKind.LEAK, condition=Leak("wet")), True, None, "water leak 03:10"),
        (replace(RULE, kind=AlarmKind.COMM, condition=Comm()), None, None, "does not answer 03:10"),
        (
            replace(RULE, kind=AlarmKind.AVAILABILITY, condition=AvailabilityBelow(("a",), None, 0.95)),
            0.925,
            None,
            "too few working 92.5% 03:10",
        ),
        (replace(RULE, title={"en": "Pit overflows"}), 2.5, LEVEL, "Pit overflows 2.5 m"),
        (
            replace(RULE, condition=High("hum", 75)),
            81.0,
            Point("p", "hum", unit="%", label={"en": "Humidity"}),
            "Humidity high 81% 03:10",
        ),
    ],
)
def test_the_fault_and_its_value(
    rule: AlarmRule, value: float | bool | str | None, point: Point | None, expected: str
) -> None:
    text = SITE.render(replace(SUBJECT, rule=rule, value=value, point=point), "en")
    assert expected in text


def test_an_incident_asks_for_the_reason_as_well() -> None:
    missed = AlarmRule(
        "r.missed",
        "r",
        AlarmKind.INSPECTION,
        Reported("r"),
        Priority.HIGH,
        incident=True,
        title={"": "配電房漏巡"},
    )
    text = SITE.render(replace(SUBJECT, rule=missed, value="07:30-08:30", point=None), "zh-Hant")
    assert "配電房漏巡 07:30-08:30" in text
    assert text.endswith("回覆A7K及原因")


def test_over_says_so_first_and_asks_for_nothing() -> None:
    assert SITE.render(replace(SUBJECT, over=True, value=None), "en") == (
        "OVER CRITICAL B1/東 East pit Level high 03:10"
    )


def test_names_from_outside_stay_on_one_line_and_bring_no_control_characters() -> None:
    nasty = replace(SUBJECT, place="B1\r\nBcc: x", equipment={"": "pit\x00\u202e\u200b\t one"})
    text = SITE.render(nasty, "en")
    assert "B1 Bcc: x pit one Level high" in text
    assert text.isprintable()


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("place", ["B1", "地下二層" * 100])
@pytest.mark.parametrize("action", ["", "go" * 400, "到現場" * 300])
@pytest.mark.parametrize("name", ["pit", "非常長的設備名稱" * 40])
def test_whatever_the_lengths_the_front_and_the_code_arrive(
    language: str, place: str, action: str, name: str
) -> None:
    rule = replace(RULE, card=Card(action={"": action} if action else {}))
    text = SITE.render(replace(SUBJECT, rule=rule, place=place, equipment={"": name}), language, "sms")
    words = LANGUAGES[language]
    assert parts(text) <= 2
    assert text.startswith(f"【河畔物業】{words.priorities[Priority.CRITICAL]} {place[:4].strip()}"[:14])
    assert words.high.format(what=LEVEL.label[language]) in text
    assert text.endswith(words.reply.format(code="A7K"))


def test_a_long_action_is_cut_not_dropped() -> None:
    long = replace(SUBJECT, rule=replace(RULE, card=Card(action={"en": "pump " * 100})))
    text = SITE.render(long, "en")
    assert "First: pump pump" in text
    assert "... Reply A7K" in text
    assert parts(text) == 2
    assert units(text) > 125


@pytest.mark.parametrize(
    ("text", "languages", "said"),
    [
        ({"en": "a", "zh-Hans": "b"}, ("zh-Hant", "en"), "a"),
        ({"zh-Hans": "b"}, ("zh-Hant",), "b"),
        ({"": "x"}, ("en",), "x"),
        ({"de": "y"}, ("en",), "y"),
        ({}, ("en",), ""),
    ],
)
def test_say(text: dict[str, str], languages: tuple[str, ...], said: str) -> None:
    assert say(text, *languages) == said


@pytest.mark.parametrize(
    ("tag", "ours"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
        ("fr", "en"),
    ],
)
def test_near_languages(tag: str, ours: str) -> None:
    assert spoken(tag) == ours


def test_every_language_has_every_word() -> None:
    for words in LANGUAGES.values():
        assert set(words.priorities) == set(Priority)
        assert set(words.kinds) == set(AlarmKind)
        assert "{code}" in words.reply
        assert "{code}" in words.reply_with_reason
        assert all("{what}" in form for form in (words.high, words.low))


# Length on the air


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("{" * 152, 2),
        ("{" * 153, 3),
        ("水" * 70, 1),
        ("水" * 71, 2),
        ("水" * 134, 2),
        ("水" * 135, 3),
        ("水" * 160, 3),
        ("", 1),
    ],
)
def test_parts(text: str, expected: int) -> None:
    assert parts(text) == expected


def test_68_characters_of_chinese_are_one_part_with_the_signature_counted() -> None:
    assert parts("【河畔】" + "水" * 64) == 1
    assert parts("【河畔】" + "水" * 67) == 2


def test_no_sign_is_torn_between_two_parts() -> None:
    assert parts("水" * 66 + "🚰" + "水" * 66) == 3
    assert units("🚰") == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("plain A-Z 0-9 @£$¥", Alphabet.GSM7),
        ("[brackets] {and} €", Alphabet.GSM7),
        ("25 °C", Alphabet.UCS2),
        ("it’s", Alphabet.UCS2),
        ("水", Alphabet.UCS2),
    ],
)
def test_alphabet(text: str, code: Alphabet) -> None:
    assert alphabet(text) is code


def test_the_basic_alphabet_has_its_127_signs() -> None:
    assert len(sms._BASIC) == 127
    assert not sms._BASIC & sms._EXTENSION


def test_clean_keeps_what_can_be_read() -> None:
    assert clean(" a\u2028b\x07c \u00a0 水 ") == "a b c 水"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [2, 6, 100])
@pytest.mark.parametrize("place", ["", "B1/泵房", "x" * 300])
def test_one_text_about_several_alarms_names_some_and_counts_the_others(
    language: str, count: int, place: str
) -> None:
    subjects = [replace(SUBJECT, place=place, priority=Priority.MEDIUM)] * count
    wording = Wording("en", "Asia/Shanghai", {"sms": "【河畔物業】"})
    text, named = wording.digest(subjects, "A7K", 3, language, "sms")
    assert 1 <= named <= count
    assert text.startswith("【河畔物業】")
    assert str(count) in text
    assert "A7K" in text
    assert sms.fits(text, 2)
    assert (LANGUAGES[language].more.format(n=count - named) in text) is (named < count)
    assert LANGUAGES[language].held_back.format(n=3) in text


def test_what_was_held_back_is_added_where_there_is_room() -> None:
    wording = Wording("en", "Asia/Shanghai")
    assert wording.with_held_back("short", 2) == "short 2 held back"
    assert wording.with_held_back("short", 0) == "short"
    assert wording.with_held_back("x" * 306, 2) == "x" * 306
