"""Patterns become filters, and topics find their equipment (MQTT 5.0 section 4.7)."""

import pytest

from drivers.mqtt.topics import PatternError, Topics, fill

FIELDS = {"topic": "zigbee2mqtt/leak-1", "room": "b1", "device": "leak-1"}


@pytest.mark.parametrize(
    ("pattern", "filter_"),
    [
        ("{topic}", "zigbee2mqtt/leak-1"),
        ("{topic}/availability", "zigbee2mqtt/leak-1/availability"),
        ("zigbee2mqtt/leak-1", "zigbee2mqtt/leak-1"),  # filled in by the loader already
        ("site/+room/+device", "site/b1/leak-1"),
        ("site/{room}/+/+device", "site/b1/+/leak-1"),
        ("/{device}/", "/leak-1/"),
    ],
)
def test_a_pattern_means_a_filter(pattern: str, filter_: str) -> None:
    assert fill(pattern, FIELDS) == filter_


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("site/+floor/x", "no floor"),
        ("{gateway}/x", "no gateway"),
        ("site/#", "# is not taken"),
        ("site/a+b", "a level is"),
        ("site/{", "a level is"),
        ("", "a level is"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_explained(pattern: str, told: str) -> None:
    with pytest.raises(PatternError, match=told):
        fill(pattern, FIELDS)


TOPICS = Topics([("a/b", 1), ("a/b", 2), ("a/+", 3), ("+/b", 4), ("a/+/c", 5), ("+", 6)])


@pytest.mark.parametrize(
    ("topic", "listeners"),
    [
        ("a/b", [1, 2, 3, 4]),
        ("a/x", [3]),
        ("a/", [3]),
        ("a", [6]),
        ("a/x/c", [5]),
        ("a/x/c/d", []),
        ("A/B", []),
        ("$SYS/b", []),
        ("$SYS", []),
        ("", [6]),
    ],
)
def test_a_topic_finds_who_listens(topic: str, listeners: list[int]) -> None:
    assert list(TOPICS.find(topic)) == listeners


def test_every_filter_is_subscribed_to_once() -> None:
    assert {f: list(who) for f, who in TOPICS.filters.items()} == {
        "a/b": [1, 2],
        "a/+": [3],
        "+/b": [4],
        "a/+/c": [5],
        "+": [6],
    }
