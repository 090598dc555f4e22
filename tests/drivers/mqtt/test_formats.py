"""The shipped MQTT types, each with messages as the projects document them.

Every payload has exactly the documented structure; the comment above it says where that is documented. Values that a
page leaves open are chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from tests.drivers.mqtt.stranger import CONFIG, Ears, read
from tests.drivers.mqtt.support import BAD

SENTINEL = (None, Quality.SENTINEL)
RETAINED = Quality.RETAINED


@pytest.fixture
def connected(tmp_path: Path) -> Any:
    """`connected("TYPE, FIELDS")`: one equipment of a shipped type, and ears for what it says."""

    def connect(fields: str, now: float | None = None) -> Ears:
        site = read(tmp_path, f"{{id: x, name: X, connection: hub, type: {fields}}}")
        return Ears(site.equipment["x"].source, Instant(now, 5000.0) if now else None)

    return connect


@pytest.mark.parametrize("path", sorted((CONFIG / "types").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_type_is_named_like_its_file(path: Path) -> None:
    assert f"\ntype: {path.stem}\n" in "\n" + path.read_text(encoding="utf-8")


# ---------------------------------------------------------------- Zigbee2MQTT
# Payloads: zigbee2mqtt.io, device pages ("Exposes") of SJCGQ11LM, WSDCGQ11LM, MCCGQ11LM and JTYJ-GD-01LM/BW, with
# `last_seen` as advanced.last_seen: ISO_8601 writes it. Availability: "Device-Availability" (JSON since 2.0, before it
# with legacy_availability_payload: true the bare word); bridge: "MQTT Topics and Messages", bridge/state.


def test_zigbee2mqtt_leak(connected: Any) -> None:
    ears = connected("zigbee2mqtt-leak, topic: zigbee2mqtt/b1/pit")
    wet = (
        '{"battery":100,"battery_low":false,"device_temperature":27,"linkquality":156,"power_outage_count":3,'
        '"tamper":false,"trigger_count":0,"voltage":3055,"water_leak":true,"last_seen":"2026-03-01T11:59:58.000Z"}'
    )
    assert ears.hear("zigbee2mqtt/b1/pit", wet) == [{"leak": True, "battery": 100, "link_quality": 156}]
    assert ears.inlet.scans[-1].source_time == ears.now.wall - 2


def test_zigbee2mqtt_retained_without_last_seen_is_a_memory(connected: Any) -> None:
    ears = connected("zigbee2mqtt-leak, topic: zigbee2mqtt/pit")
    assert ears.hear("zigbee2mqtt/pit", '{"water_leak":true}', retained=True) == [{"leak": (True, RETAINED)}]


def test_zigbee2mqtt_climate(connected: Any) -> None:
    ears = connected("zigbee2mqtt-climate, topic: zigbee2mqtt/room")
    said = '{"battery":91,"humidity":44.72,"linkquality":120,"pressure":1009.2,"temperature":27.34,"voltage":2985}'
    assert ears.hear("zigbee2mqtt/room", said) == [
        {"temperature": 27.34, "humidity": 44.72, "battery": 91, "link_quality": 120}
    ]


@pytest.mark.parametrize(("contact", "door"), [("true", "closed"), ("false", "open")])
def test_zigbee2mqtt_contact_is_true_where_the_door_is_closed(
    connected: Any, contact: str, door: str
) -> None:
    ears = connected("zigbee2mqtt-contact, topic: zigbee2mqtt/door")
    assert ears.hear("zigbee2mqtt/door", f'{{"battery":100,"contact":{contact},"linkquality":90}}') == [
        {"door": door, "battery": 100, "link_quality": 90}
    ]


def test_zigbee2mqtt_smoke(connected: Any) -> None:
    ears = connected("zigbee2mqtt-smoke, topic: zigbee2mqtt/smoke")
    said = '{"battery":97,"linkquality":72,"smoke":true,"tamper":false,"voltage":3025}'
    assert ears.hear("zigbee2mqtt/smoke", said) == [
        {"smoke": True, "tamper": False, "battery": 97, "link_quality": 72}
    ]


@pytest.mark.parametrize(
    ("online", "offline"), [("online", "offline"), ('{"state":"online"}', '{"state":"offline"}')]
)
def test_zigbee2mqtt_bridge_and_device_must_both_be_there(connected: Any, online: str, offline: str) -> None:
    ears = connected("zigbee2mqtt-smoke, topic: z2m-east/smoke, vars: {base: z2m-east}")
    for topic, word in (
        ("z2m-east/bridge/state", online),
        ("z2m-east/smoke/availability", online),
        ("z2m-east/bridge/state", offline),
        ("z2m-east/smoke/availability", online),
        ("z2m-east/bridge/state", online),
        ("z2m-east/smoke/availability", offline),
    ):
        ears.hear(topic, word, retained=True)
    assert ears.answers == [True, True, False, False, True, False]


# ---------------------------------------------------------------- Tasmota
# tasmota.github.io/docs: "MQTT" (topics, LWT), "JSON Status Responses" (STATE, SENSOR, RESULT), "Power Monitoring".


def test_tasmota_switch(connected: Any) -> None:
    ears = connected("tasmota-switch, topic: boiler")
    state = (
        '{"Time":"2024-02-24T22:20:38","Uptime":"0T00:10:11","UptimeSec":611,"Heap":24,"SleepMode":"Dynamic","Sleep":50,'
        '"LoadAvg":19,"MqttCount":1,"POWER":"OFF","Wifi":{"AP":1,"SSId":"net","BSSId":"E6:8D:8C:00:00:00","Channel":3,'
        '"Mode":"11n","RSSI":44,"Signal":-78,"LinkCount":1,"Downtime":"0T00:00:05"}}'
    )
    sensor = (
        '{"Time":"2024-02-24T22:20:38","ENERGY":{"TotalStartTime":"2023-01-01T00:00:00","Total":3.185,"Yesterday":3.058,'
        '"Today":0.127,"Period":5,"Power":61,"ApparentPower":62,"ReactivePower":10,"Factor":0.98,"Voltage":234,"Current":0.265}}'
    )
    assert ears.hear("tele/boiler/STATE", state) == [{"power": False, "rssi": 44}]
    assert ears.hear("tele/boiler/SENSOR", sensor) == [
        {"voltage": 234, "current": 0.265, "load": 61, "energy": 3.185}
    ]
    assert ears.hear("stat/boiler/RESULT", '{"POWER":"ON"}') == [{"power": True}]
    assert ears.hear("stat/boiler/POWER", "OFF") == [{"power": False}]
    ears.hear("tele/boiler/LWT", "Online", retained=True)
    ears.hear("tele/boiler/LWT", "Offline", retained=True)
    assert ears.answers == [True, False]


def test_tasmota_results_of_other_commands_say_nothing_of_the_switch(connected: Any) -> None:
    ears = connected("tasmota-switch, topic: boiler")
    assert ears.hear("stat/boiler/RESULT", '{"TelePeriod":300}') == []


def test_tasmota_climate_and_its_null(connected: Any) -> None:
    ears = connected("tasmota-climate, topic: room")
    said = '{"Time":"2019-11-03T19:34:28","AM2301":{"Temperature":21.6,"Humidity":54.7,"DewPoint":12.1},"TempUnit":"C"}'
    assert ears.hear("tele/room/SENSOR", said) == [{"temperature": 21.6, "humidity": 54.7}]
    gone = '{"Time":"2019-11-03T19:39:28","AM2301":{"Temperature":null,"Humidity":null,"DewPoint":null},"TempUnit":"C"}'
    assert ears.hear("tele/room/SENSOR", gone) == []


def test_tasmota_other_sensors_by_their_name(connected: Any) -> None:
    ears = connected("tasmota-climate, topic: room, vars: {sensor: SI7021-14}")
    said = '{"Time":"2019-11-03T19:34:28","SI7021-14":{"Temperature":20.1,"Humidity":39.5}}'
    assert ears.hear("tele/room/SENSOR", said) == [{"temperature": 20.1, "humidity": 39.5}]


# ---------------------------------------------------------------- Shelly Gen1
# shelly-api-docs.shelly.cloud/gen1: "MQTT", "Shelly1/1PM: MQTT", "Shelly Flood: MQTT", "Shelly H&T: MQTT".


def test_shelly_gen1_relay(connected: Any) -> None:
    ears = connected("shelly1-relay, topic: shelly1pm-b1e31c")
    base = "shellies/shelly1pm-b1e31c"
    assert ears.hear(f"{base}/relay/0", "on") == [{"relay": "on"}]
    assert ears.hear(f"{base}/relay/0", "overpower") == [{"relay": "overpower"}]
    assert ears.hear(f"{base}/relay/0/power", "61.25") == [{"load": 61.25}]
    assert ears.hear(f"{base}/relay/0/energy", "60000") == [{"energy": pytest.approx(1.0)}]
    assert ears.hear(f"{base}/temperature", "41.32") == [{"temperature": 41.32}]
    announce = (
        '{"id":"shelly1pm-b1e31c","model":"SHSW-PM","mac":"A4CF12B1E31C","ip":"192.168.1.9","new_fw":false,'
        '"fw_ver":"20230913-114010/v1.14.0-gcb84623"}'
    )
    assert ears.hear(f"{base}/announce", announce) == [{"firmware": "20230913-114010/v1.14.0-gcb84623"}]
    ears.hear(f"{base}/online", "true", retained=True)
    ears.hear(f"{base}/online", "false", retained=True)
    assert ears.answers == [True, False]


def test_shelly_gen1_second_relay_is_an_equipment_of_its_own(connected: Any) -> None:
    ears = connected("shelly1-relay, topic: shellyswitch25-1, vars: {relay: 1}")
    assert ears.hear("shellies/shellyswitch25-1/relay/1", "off") == [{"relay": "off"}]
    assert ears.hear("shellies/shellyswitch25-1/relay/0", "on") == []


def test_shelly_gen1_flood(connected: Any) -> None:
    ears = connected("shelly1-flood, topic: shellyflood-94ff1a")
    base = "shellies/shellyflood-94ff1a/sensor"
    assert ears.hear(f"{base}/flood", "true") == [{"leak": True}]
    assert ears.hear(f"{base}/flood", "false") == [{"leak": False}]
    assert ears.hear(f"{base}/temperature", "22.62") == [{"temperature": 22.62}]
    assert ears.hear(f"{base}/temperature", "999.00") == [{"temperature": SENTINEL}]
    assert ears.hear(f"{base}/battery", "99") == [{"battery": 99}]
    assert ears.hear(f"{base}/error", "0") == [{"error": 0}]
    ears.hear("shellies/shellyflood-94ff1a/online", "false", retained=True)
    assert ears.answers == [], "it is asleep, not gone"


def test_shelly_gen1_ht(connected: Any) -> None:
    ears = connected("shelly1-ht, topic: shellyht-1")
    assert ears.hear("shellies/shellyht-1/sensor/temperature", "22.50") == [{"temperature": 22.5}]
    assert ears.hear("shellies/shellyht-1/sensor/humidity", "41.5") == [{"humidity": 41.5}]
    assert ears.hear("shellies/shellyht-1/sensor/battery", "100") == [{"battery": 100}]


# ---------------------------------------------------------------- Shelly Gen2 and later
# shelly-api-docs.shelly.cloud/gen2: "MQTT" (topics), "Notifications" (NotifyStatus, NotifyFullStatus), "Switch: Status",
# "Flood: Status", "DevicePower: Status"; a real NotifyFullStatus of a Plus H&T on USB power.


def test_shelly_gen2_switch(connected: Any) -> None:
    ears = connected("shelly2-switch, topic: shellyplus1pm-a8032ab1", now=1_680_962_900.0)
    notify = {
        "src": "shellyplus1pm-a8032ab1",
        "dst": "shellyplus1pm-a8032ab1/events",
        "method": "NotifyStatus",
        "params": {"ts": 1680962880.04, "switch:0": {"id": 0, "output": True, "source": "switch"}},
    }
    assert ears.hear("shellyplus1pm-a8032ab1/events/rpc", notify) == [{"switched": True}]
    assert ears.inlet.scans[-1].source_time == 1680962880.04
    status = {
        "id": 0, "source": "WS_in", "output": False, "apower": 8.9, "voltage": 237.5, "current": 0.05,
        "aenergy": {"total": 6532.0, "by_minute": [45.199, 47.141, 88.397], "minute_ts": 1680962820},
        "temperature": {"tC": 23.5, "tF": 74.4},
    }  # fmt: skip
    assert ears.hear("shellyplus1pm-a8032ab1/status/switch:0", status) == [
        {
            "switched": False,
            "load": 8.9,
            "voltage": 237.5,
            "current": 0.05,
            "energy": 6.532,
            "temperature": 23.5,
        }
    ]
    event = {
        "src": "shellyplus1pm-a8032ab1", "dst": "shellyplus1pm-a8032ab1/events", "method": "NotifyEvent",
        "params": {"ts": 1680962881.0, "events": [{"component": "input:0", "id": 0, "event": "single_push", "ts": 1680962881.0}]},
    }  # fmt: skip
    assert ears.hear("shellyplus1pm-a8032ab1/events/rpc", event) == []
    ears.hear("shellyplus1pm-a8032ab1/online", "true", retained=True)
    ears.hear("shellyplus1pm-a8032ab1/online", "false", retained=True)
    assert ears.answers == [True, False]


def ht(battery: dict[str, Any]) -> dict[str, Any]:
    return {
        "src": "shellyplusht-b8d61a00",
        "dst": "shellyplusht-b8d61a00/events",
        "method": "NotifyFullStatus",
        "params": {
            "ts": 1680962879.62, "ble": {}, "cloud": {"connected": False}, "devicepower:0": {"id": 0, **battery}, "ht_ui": {},
            "humidity:0": {"id": 0, "rh": 42.2}, "mqtt": {"connected": True}, "sys": {"mac": "B8D61A00", "time": None},
            "temperature:0": {"id": 0, "tC": 19.8, "tF": 67.6}, "ws": {"connected": False},
        },
    }  # fmt: skip


def test_shelly_gen2_ht_on_usb_power_has_no_empty_battery(connected: Any) -> None:
    ears = connected("shelly2-ht, topic: shellyplusht-b8d61a00", now=1_680_962_900.0)
    usb = ht({"battery": {"V": 0.43, "percent": 0}, "external": {"present": True}})
    assert ears.hear("shellyplusht-b8d61a00/events/rpc", usb) == [
        {"temperature": 19.8, "humidity": 42.2, "battery": SENTINEL}
    ]
    cells = ht({"battery": {"V": 5.9, "percent": 88}, "external": {"present": False}})
    assert ears.hear("shellyplusht-b8d61a00/events/rpc", cells)[0]["battery"] == 88


def test_shelly_gen2_flood(connected: Any) -> None:
    ears = connected("shelly2-flood, topic: shellyfloodg4-1", now=1_680_962_900.0)
    notify = {
        "src": "shellyfloodg4-1", "dst": "shellyfloodg4-1/events", "method": "NotifyStatus",
        "params": {"ts": 1680962880.04, "flood:0": {"id": 0, "alarm": True, "mute": False}},
    }  # fmt: skip
    assert ears.hear("shellyfloodg4-1/events/rpc", notify) == [{"leak": True, "mute": False}]
    assert ears.hear("shellyfloodg4-1/status/flood:0", '{"id":0,"alarm":false,"mute":false}') == [
        {"leak": False, "mute": False}
    ]


# ---------------------------------------------------------------- LoRaWAN
# chirpstack.io/docs: "Event types" (up, status, join; a field that is 0 or false is left out there), with `object` as the
# codecs give it: Milesight SensorDecoders, EM300-SLD (examples of its README); TheThingsNetwork/lorawan-devices,
# vendor/dragino: lwl02.js and lwl03a.js.
# thethingsindustries.com/docs: "Data Formats", uplink and join-accept messages.

DEVICE = {
    "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "ChirpStack",
    "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97", "applicationName": "Test application",
    "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad", "deviceProfileName": "Test device-profile",
    "deviceName": "Test device", "devEui": "0101010101010101", "tags": {"key": "value"},
}  # fmt: skip
CHIRP = "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event"
CHIRP_VARS = "vars: {app: 17c82e96-be03-4f38-aef3-f83d48582d97, eui: '0101010101010101'}"
CHIRP_NOW = 1_658_136_900.0  # 2022-07-18T09:35:00Z


def up(object_: dict[str, Any], time: str = "2022-07-18T09:34:15.775023242+00:00") -> dict[str, Any]:
    return {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d", "time": time, "deviceInfo": DEVICE,
        "devAddr": "00189440", "dr": 1, "fPort": 85, "data": "AXVcA2c0AQRoZQUAAA==", "object": object_,
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -36, "snr": 10.5, "context": "E3OWOQ=="}],
        "txInfo": {"frequency": 867100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11}}},
    }  # fmt: skip


def test_chirpstack_milesight(connected: Any) -> None:
    ears = connected(f"chirpstack-milesight-leak, {CHIRP_VARS}", now=CHIRP_NOW)
    dry = {"battery": 92, "temperature": 30.8, "humidity": 50.5, "leakage_status": "normal"}
    assert ears.hear(f"{CHIRP}/up", up(dry)) == [
        {"leak": False, "temperature": 30.8, "humidity": 50.5, "battery": 92, "rssi": -36}
    ]
    assert ears.inlet.scans[-1].source_time == pytest.approx(1_658_136_855.775, abs=1e-3)
    later = "2022-07-18T09:34:59.000000000+00:00"
    assert ears.hear(f"{CHIRP}/up", up({"leakage_status": "leak"}, later))[0]["leak"] is True


def test_chirpstack_milesight_history_is_no_news(connected: Any) -> None:
    """EM300 README, second example: a reading that waited for a link, with its own time."""
    ears = connected(f"chirpstack-milesight-leak, {CHIRP_VARS}", now=1_665_565_400.0)
    ears.hear(f"{CHIRP}/up", up({"leakage_status": "normal"}, "2022-10-12T09:00:00+00:00"))
    kept = {
        "history": [
            {"temperature": 27.2, "humidity": 46.5, "leakage_status": "leak", "timestamp": 1665561758}
        ]
    }
    ears.hear(f"{CHIRP}/up", up(kept, "2022-10-12T09:01:00+00:00"))
    past = [scan for scan in ears.inlet.scans if scan.source_time == 1665561758]
    assert [(scan.historical, scan.values[scan.plan.index["leak"]]) for scan in past if scan.historical] == [
        (True, True)
    ]


@pytest.mark.parametrize(
    ("decoded", "said"),
    [
        (
            {"BAT_V": 3.008, "MOD": 2, "WATER_LEAK_STATUS": 1, "WATER_LEAK_TIMES": 4, "LAST_WATER_LEAK_DURATION": 6},
            {"leak": True, "leaks": 4, "battery": 3.008},
        ),
        (
            {"BAT_V": 3.008, "MOD": 2, "WATER_LEAK_STATUS": 0, "WATER_LEAK_TIMES": 4, "LAST_WATER_LEAK_DURATION": 6},
            {"leak": False, "leaks": 4, "battery": 3.008},
        ),
        ({"BAT_V": 3.008, "MOD": 3, "DOOR_OPEN_STATUS": 1, "WATER_LEAK_STATUS": 0, "ALARM": 0},
         {"leak": False, "door": "open", "battery": 3.008}),
        (
            {"TDC": "NO", "ALARM": "FALSE", "WATER_LEAK_STATUS": "LEAK", "WATER_LEAK_TIMES": 1,
             "LAST_WATER_LEAK_DURATION": 0, "TIME": "2022-07-18 09:34:10"},
            {"leak": True, "leaks": 1},
        ),
        ({"TDC": "YES", "ALARM": "FALSE", "WATER_LEAK_STATUS": "NO LEAK", "WATER_LEAK_TIMES": 1,
          "LAST_WATER_LEAK_DURATION": 3, "TIME": "2022-07-18 09:34:10"}, {"leak": False, "leaks": 1}),
        ({"SENSOR_MODEL": "LWL03A", "FIRMWARE_VERSION": "1.1.4", "FREQUENCY_BAND": "EU868", "SUB_BAND": "NULL", "BAT": 3.1},
         {"battery": 3.1}),
        ({"WATER_LEAK_STATUS": "PERHAPS"}, {"leak": BAD}),
    ],
)  # fmt: skip
def test_dragino_by_chirpstack_and_by_the_things_stack(
    connected: Any, decoded: dict[str, Any], said: dict[str, Any]
) -> None:
    chirp = connected(f"chirpstack-dragino-leak, {CHIRP_VARS}", now=CHIRP_NOW)
    assert chirp.hear(f"{CHIRP}/up", up(decoded)) == [{**said, "rssi": -36}]
    stack = connected("tts-dragino-leak, topic: app1@ttn, vars: {device: dev1}", now=TTS_NOW)
    assert stack.hear("v3/app1@ttn/devices/dev1/up", tts(decoded)) == [{**said, "rssi": -35}]


def test_chirpstack_status_and_join(connected: Any) -> None:
    ears = connected(f"chirpstack-milesight-leak, {CHIRP_VARS}", now=CHIRP_NOW + 60)
    head = {
        "deduplicationId": "bf2a9746-1c8b-49be-a92e-f0b89c8534e4",
        "time": "2022-07-18T09:35:06.927172638+00:00",
        "deviceInfo": DEVICE,
    }
    assert ears.hear(f"{CHIRP}/status", {**head, "margin": 10, "batteryLevel": 88.3}) == [
        {"level": 88.3, "margin": 10}
    ]
    powered = {
        **head,
        "margin": 10,
        "externalPowerSource": True,
        "batteryLevelUnavailable": False,
        "batteryLevel": 0.0,
    }
    assert ears.hear(f"{CHIRP}/status", powered) == [{"level": SENTINEL, "margin": 10}]
    assert ears.hear(f"{CHIRP}/status", {**head, "margin": 10, "batteryLevelUnavailable": True}) == [
        {"margin": 10}
    ]
    assert ears.hear(f"{CHIRP}/join", {**head, "devAddr": "00189440"}) == [{"address": "00189440"}]


TTS_NOW = 1_581_520_600.0  # 2020-02-12T15:16:40Z


def tts(decoded: dict[str, Any]) -> dict[str, Any]:
    return {
        "end_device_ids": {"device_id": "dev1", "application_ids": {"application_id": "app1"}, "dev_eui": "0004A30B001C0530",
                           "join_eui": "800000000000000C", "dev_addr": "00BCB929"},
        "correlation_ids": ["as:up:01E0WZGT6Y7657CPFPE5WEYDSQ", "gs:conn:01E0WDEC6T0T21DTDM5VXWK9RN"],
        "received_at": "2020-02-12T15:15:45.787231042Z",
        "uplink_message": {
            "session_key_id": "AXBSH1Pk6Z0G166uPXjz6w==", "f_port": 10, "f_cnt": 3, "frm_payload": "gqQCAAAEAAAG",
            "decoded_payload": decoded,
            "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"}, "time": "2020-02-12T15:15:45.571Z",
                             "timestamp": 2463457000, "rssi": -35, "channel_rssi": -35, "snr": 5.2}],
            "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}, "frequency": "868300000"},
            "received_at": "2020-02-12T15:15:45.573651347Z", "consumed_airtime": "0.056576s",
        },
    }  # fmt: skip


def test_the_things_stack_milesight(connected: Any) -> None:
    ears = connected("tts-milesight-leak, topic: app1@ttn, vars: {device: dev1}", now=TTS_NOW)
    message = tts({"battery": 92, "temperature": 30.8, "humidity": 50.5, "water_leak": "leak"})
    message["uplink_message"]["last_battery_percentage"] = {
        "f_cnt": 1,
        "value": 87.3,
        "received_at": "2020-02-12T14:00:00Z",
    }
    assert ears.hear("v3/app1@ttn/devices/dev1/up", message) == [
        {"leak": True, "temperature": 30.8, "humidity": 50.5, "battery": 92, "rssi": -35, "level": 87.3}
    ]
    join = {"end_device_ids": message["end_device_ids"], "received_at": "2020-02-12T15:16:00.0Z",
            "join_accept": {"session_key_id": "AXBSH1Pk6Z0G166RlH16CQ==", "received_at": "2020-02-12T15:15:59.9Z"}}  # fmt: skip
    assert ears.hear("v3/app1@ttn/devices/dev1/join", join) == [{"address": "00BCB929"}]


def test_a_lorawan_codec_that_failed_says_nothing(connected: Any) -> None:
    """Without a decoded payload (no codec, or its error) there is no value, and none is made up."""
    ears = connected(f"chirpstack-milesight-leak, {CHIRP_VARS}", now=CHIRP_NOW)
    bare = up({})
    del bare["object"]
    assert ears.hear(f"{CHIRP}/up", bare) == [{"rssi": -36}]


# ---------------------------------------------------------------- ThingsBoard gateway, Alink, OneNET
# thingsboard.io/docs: "MQTT Gateway API", telemetry upload.
# help.aliyun.com: "设备属性、事件、服务" (thing.event.property.post), with and without times.
# open.iot.10086.cn: OneJSON, thing/property/post has the same shape without `method`.


def test_thingsboard_gateway(connected: Any) -> None:
    ears = connected('thingsboard-climate, key: "Device A"', now=1_483_228_900.0)
    message = {
        "Device A": [
            {"ts": 1483228800000, "values": {"temperature": 42, "humidity": 80}},
            {"ts": 1483228801000, "values": {"temperature": 43, "humidity": 82}},
        ],
        "Device B": [{"ts": 1483228800000, "values": {"temperature": 12, "humidity": 20}}],
    }
    assert ears.hear("v1/gateway/telemetry", message) == [
        {"temperature": 42, "humidity": 80},
        {"temperature": 43, "humidity": 82},
    ]
    assert [scan.source_time for scan in ears.inlet.scans] == [1483228800.0, 1483228801.0]


PROPERTIES = {
    "CurrentTemperature": {"value": 23.6, "time": 1524448722000},
    "CurrentHumidity": {"value": 51, "time": 1524448721000},
}


def test_alink(connected: Any) -> None:
    ears = connected("alink-climate, vars: {product: a1B2c3, device: room7}", now=1_524_448_800.0)
    topic = "/sys/a1B2c3/room7/thing/event/property/post"
    frame = {"id": "123", "version": "1.0", "sys": {"ack": 0}, "method": "thing.event.property.post"}
    assert ears.hear(topic, {**frame, "params": PROPERTIES}) == [{"humidity": 51}, {"temperature": 23.6}]
    assert [scan.source_time for scan in ears.inlet.scans] == [1524448721.0, 1524448722.0]
    assert ears.hear(topic, {**frame, "params": {"CurrentTemperature": 24.0}}) == [{"temperature": 24.0}]
    assert ears.hear(topic, {**frame, "params": {"Power": "on"}}) == []


def test_alink_leak_by_its_own_property_names(connected: Any) -> None:
    ears = connected("alink-leak, vars: {product: p, device: d, leak: 'sink:Wet'}", now=1_524_448_800.0)
    message = {"id": "1", "version": "1.0", "params": {"sink:Wet": {"value": 1, "time": 1524448722000}}}
    assert ears.hear("/sys/p/d/thing/event/property/post", message) == [{"leak": True}]


def test_onenet(connected: Any) -> None:
    ears = connected("onenet-climate, vars: {product: Ur1p, device: d1}", now=1_706_673_200.0)
    message = {
        "id": "123",
        "version": "1.0",
        "params": {"temp": {"value": "23.5", "time": 1706673129818}, "humi": {"value": 40}},
    }
    assert ears.hear("$sys/Ur1p/d1/thing/property/post", message) == [{"temperature": 23.5}, {"humidity": 40}]
    leak = connected("onenet-leak, vars: {product: Ur1p, device: d2}", now=1_706_673_200.0)
    wet = {"id": "7", "version": "1.0", "params": {"leak": {"value": True, "time": 1706673129818}}}
    assert leak.hear("$sys/Ur1p/d2/thing/property/post", wet) == [{"leak": True}]


def test_every_rule_of_a_shipped_type_says_what_to_do_first_in_every_language(tmp_path: Path) -> None:
    types = [
        path
        for path in (CONFIG / "types").glob("*.yaml")
        if "\ndriver: mqtt\n" in path.read_text(encoding="utf-8")
    ]
    names = "topic: t, key: k, vars: {app: a, eui: e, device: d, product: p}"
    for path in types:
        site = read(tmp_path, f"{{id: x, name: X, connection: hub, type: {path.stem}, {names}}}")
        for rule in site.equipment["x"].rules:
            assert set(rule.card.action) == {"en", "zh-Hant", "zh-Hans"}, rule.id
        for point in site.equipment["x"].source.plan.points:
            assert not point.label or set(point.label) == {"en", "zh-Hant", "zh-Hans"}, point.id
    assert len(types) > 20
