"""What a site may write, and what it is told when it writes something else."""

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.mqtt.settings import (
    SETTINGS,
    MqttConnectionSettings,
    MqttEquipmentSettings,
    MqttGroupSettings,
    MqttPointSettings,
)
from monitor.domain.point import Kind


def connection(**fields: Any) -> MqttConnectionSettings:
    return MqttConnectionSettings.model_validate(
        {"url": "mqtt://broker", "client_id": "watchroom-1", **fields}
    )


@pytest.mark.parametrize(
    ("url", "address", "tls"),
    [
        ("mqtt://127.0.0.1:1883", ("127.0.0.1", 1883), False),
        ("mqtt://broker.lan", ("broker.lan", 1883), False),
        ("mqtts://broker.lan", ("broker.lan", 8883), True),
        ("mqtts://[::1]:9883/", ("::1", 9883), True),
    ],
)
def test_urls(url: str, address: tuple[str, int], tls: bool) -> None:
    settings = connection(url=url)
    assert (settings.address, settings.tls) == (address, tls)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"url": "tcp://broker"}, "mqtt://host:port"),
        ({"url": "mqtt://"}, "mqtt://host:port"),
        ({"url": "mqtt://broker:70000"}, "Port out of range"),
        ({"url": "mqtt://broker:0"}, "port 0"),
        ({"url": "mqtt://me:secret@broker"}, "does not belong in the url"),
        ({"url": "mqtt://broker/site"}, "nothing may follow"),
        ({"client_id": ""}, "at least 1 character"),
        ({"client_id": "two words"}, "match pattern"),
        ({"version": 4}, "3 or 5"),
        ({"ca": "/etc/ca.pem"}, "belong to mqtts"),
        ({"url": "mqtts://broker", "ca": "ca.pem"}, "whole path"),
        ({"url": "mqtts://broker", "cert": "/etc/c.pem"}, "cert and key come together"),
        ({"password": "x"}, "needs a username"),
        ({"keepalive": "1 min"}, "not a duration"),
        ({"keepalive": "1s"}, "greater than or equal to 5"),
        ({"tls": True}, "Extra inputs"),
        ({"share": ""}, "a share name"),
        ({"share": "$share/house"}, "a share name"),
        ({"share": "house/#"}, "a share name"),
        ({"receive_maximum": 8}, "greater than or equal to 16"),
        ({"version": 3, "receive_maximum": 100}, "is MQTT 5's"),
        ({"max_rate": 0}, "greater than or equal to 0.1"),
    ],
)
def test_a_wrong_connection_is_explained(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        connection(**fields)


def test_durations_are_read() -> None:
    settings = connection(keepalive="1m", session_expiry="7d", timeout=2.5)
    assert (settings.keepalive, settings.session_expiry, settings.timeout) == (60.0, 604_800.0, 2.5)


def test_the_password_does_not_show() -> None:
    settings = connection(username="watchroom", password="open-sesame")
    assert settings.password is not None
    assert settings.password.get_secret_value() == "open-sesame"
    assert "open-sesame" not in repr(settings) + str(settings.model_dump())


@pytest.mark.parametrize("topic", ["", "a/+/b", "a/#", "a\0b", "$share/g/a"])
def test_an_equipment_has_a_plain_topic(topic: str) -> None:
    with pytest.raises(ValidationError, match=r"topic"):
        MqttEquipmentSettings(topic=topic)


def test_an_equipment_may_be_named_by_captures_alone() -> None:
    settings = MqttEquipmentSettings(vars={"room": "b1", "device": "7"})
    assert settings.placeholders() == {"room": "b1", "device": "7"}
    assert MqttEquipmentSettings().placeholders() == {}, "a type may need the equipment's id alone"
    with pytest.raises(ValidationError, match="one topic level"):
        MqttEquipmentSettings(vars={"room": "b1/east"})


@pytest.mark.parametrize(
    ("fields", "kind", "states"),
    [
        ({"path": "a", "as": "bool"}, Kind.DISCRETE, {}),
        ({"path": "a", "as": "number"}, Kind.ANALOG, {}),
        ({"path": "a", "as": "text"}, Kind.TEXT, {}),
        ({"path": "a", "as": "string"}, Kind.TEXT, {}),
        ({"path": "a", "as": "bool", "values": {"WET": True, "DRY": False}}, Kind.DISCRETE, {}),
        ({"path": "a", "values": {"WET": True, "DRY": False}}, Kind.DISCRETE, {}),
        ({"path": "a", "values": {0: "closed", 1: "open"}}, Kind.DISCRETE, {"0": "closed", "1": "open"}),
        ({"plain": True, "up": "online", "down": "offline"}, Kind.DISCRETE, {}),
    ],
)
def test_kinds_and_states(fields: dict[str, Any], kind: Kind, states: dict[str, str]) -> None:
    point = MqttPointSettings.model_validate(fields)
    assert (point.default_kind(), point.states()) == (kind, states)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"as": "bool"}, "path is missing"),
        ({"path": "a"}, "as is missing"),
        ({"path": "a..b", "as": "bool"}, "joined by dots"),
        ({"path": "a", "as": "float"}, "'bool', 'number', 'text' or 'string'"),
        ({"path": "a", "up": "online"}, "come together"),
        ({"path": "a", "up": "x", "down": "x"}, "differ"),
        ({"path": "a", "up": "x", "down": "y", "as": "number"}, "neither as nor values"),
        ({"path": "a", "values": {"a": True, "b": "wet"}}, "either all true and false or all names"),
        ({"path": "a", "as": "bool", "values": {"a": "wet"}}, "do not go with"),
        ({"path": "a", "as": "number", "values": {"a": True}}, "do not go with"),
        ({"path": "a", "as": "text", "values": {"a": "wet"}}, "do not go with"),
        ({"path": "a", "as": "bool", "scale": 0.1}, "belong to numbers"),
        ({"path": "a", "as": "number", "scale": 0}, "scale is not 0"),
        ({"path": "a", "as": "number", "scale": float("nan")}, "finite"),
        ({"path": "a", "as": "text", "suffix": "°C"}, "suffix: it belongs to numbers"),
        ({"path": "a", "as": "number", "suffix": ""}, "at least 1"),
        ({"path": "a", "as": "number", "bit": 1}, "bit: one bit is a bool"),
        ({"path": "a", "as": "bool", "bit": 1, "values": {"a": True}}, "bit: one bit is a bool"),
        ({"path": "a", "as": "bool", "bit": 53}, "less than or equal to 52"),
        ({"path": "a", "up": "x", "down": "y", "bit": 1}, "suffix and bit"),
        ({"path": "a", "as": "number", "write": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_point_is_explained(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        MqttPointSettings.model_validate(fields)


def test_a_row_of_points_counts_on_the_last_list_index() -> None:
    point = MqttPointSettings.model_validate({"path": "floors.0.lamps.4.ok", "as": "bool"})
    assert point.at(0).path == ("floors.0.lamps.4.ok",)
    assert point.at(3).path == ("floors.0.lamps.7.ok",)
    with pytest.raises(ValueError, match="no list index"):
        MqttPointSettings.model_validate({"path": "lamp", "as": "bool"}).at(1)


def test_a_row_of_bits_counts_on_the_bit() -> None:
    point = MqttPointSettings.model_validate({"path": "words[0].v", "as": "bool", "bit": 4})
    assert (point.at(3).path, point.at(3).bit, point.at(3).written()) == (
        ("words[0].v",),
        7,
        "words[0].v bool bit 7",
    )
    with pytest.raises(ValueError, match="place 50 would be bit 53; 52 is the last"):
        point.at(49)


def test_availability_never_ages_and_measurements_do() -> None:
    assert MqttPointSettings.model_validate(
        {"plain": True, "up": "1", "down": "0"}
    ).default_stale_after() == float("inf")
    assert MqttPointSettings.model_validate({"path": "a", "as": "bool"}).default_stale_after() is None


def test_the_loader_is_given_every_model() -> None:
    assert (SETTINGS.groups, SETTINGS.group, SETTINGS.polled) == ("topics", MqttGroupSettings, False)
