"""What gateways announce: messages with the structure that Zigbee2MQTT, ESPHome and OpenMQTTGateway give them.

Keys are those of home-assistant.io/integrations/mqtt, MQTT Discovery, in full and abbreviated; Zigbee2MQTT's are documented
on zigbee2mqtt.io, Home Assistant integration; the device form is the example of the Home Assistant page.
"""

from __future__ import annotations

from typing import Any

HA = "homeassistant"


def z2m(device: str, object_id: str, component: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """One entity of a Zigbee2MQTT device."""
    return f"{HA}/{component}/{device}/{object_id}/config", {
        "availability": [
            {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
            {"topic": f"zigbee2mqtt/{device}/availability", "value_template": "{{ value_json.state }}"},
        ],
        "availability_mode": "all",
        "device": {
            "identifiers": [f"zigbee2mqtt_{device}"], "manufacturer": "Aqara", "model": "Water leak sensor (SJCGQ11LM)",
            "name": device, "sw_version": "3000-0001", "via_device": "zigbee2mqtt_bridge_0x00124b0024c8b7a1",
        },
        "object_id": f"{device}_{object_id}",
        "origin": {"name": "Zigbee2MQTT", "sw": "2.1.0", "url": "https://www.zigbee2mqtt.io"},
        "state_topic": f"zigbee2mqtt/{device}",
        "unique_id": f"{device}_{object_id}_zigbee2mqtt",
        "value_template": f"{{{{ value_json.{object_id} }}}}",
        **fields,
    }  # fmt: skip


def leak_sensor(name: str) -> list[tuple[str, dict[str, Any]]]:
    battery = {"device_class": "battery", "unit_of_measurement": "%", "state_class": "measurement"}
    return [
        z2m(name, "water_leak", "binary_sensor", device_class="moisture", payload_on=True, payload_off=False),
        z2m(name, "battery", "sensor", entity_category="diagnostic", **battery),
        z2m(name, "linkquality", "sensor", unit_of_measurement="lqi", name="Linkquality"),
        z2m(name, "update", "update", payload_install='{"id": "x"}'),
    ]


ESPHOME = [
    (f"{HA}/sensor/boiler/flow_temperature/config", {
        "dev_cla": "temperature", "unit_of_meas": "°C", "stat_cla": "measurement", "name": "Flow Temperature",
        "stat_t": "boiler/sensor/flow_temperature/state", "avty_t": "boiler/status", "uniq_id": "ESPsensorflow",
        "dev": {"ids": "a4cf12b1e31c", "name": "boiler", "sw": "esphome v2023.12.5", "mdl": "esp32dev", "mf": "espressif"},
    }),
    (f"{HA}/binary_sensor/boiler/burner/config", {
        "name": "Burner", "stat_t": "boiler/binary_sensor/burner/state", "avty_t": "boiler/status",
        "dev": {"ids": "a4cf12b1e31c", "name": "boiler", "mdl": "esp32dev", "mf": "espressif"},
    }),
    (f"{HA}/button/boiler/restart/config", {"name": "Restart", "cmd_t": "boiler/button/restart/command"}),
]  # fmt: skip
DEVICE = (f"{HA}/device/0AFFD2/config", {
    "dev": {"ids": "ea334450945afc", "name": "Kitchen", "mf": "Bla electronics", "mdl": "xya", "sw": "1.0"},
    "o": {"name": "bla2mqtt", "sw": "2.1", "url": "https://bla2mqtt.example.com/support"},
    "cmps": {
        "some_unique_component_id1": {
            "p": "sensor", "device_class": "temperature", "unit_of_measurement": "°C",
            "value_template": "{{ value_json.temperature | float / 10 }}", "unique_id": "temp01ae_t",
        },
        "some_unique_id2": {
            "p": "sensor", "device_class": "humidity", "unit_of_measurement": "%", "expire_after": 600,
            "value_template": "{{ value_json.humidity }}", "unique_id": "temp01ae_h",
        },
        "bla1": {"p": "device_automation", "automation_type": "trigger", "payload": "short_press", "topic": "foobar/triggers"},
        "odd": {"p": "sensor", "name": "Odd", "value_template": "{{ 'a' if value_json.x else 'b' }}"},
    },
    "state_topic": "sensorBedroom/state",
    "qos": 2,
})  # fmt: skip
OMG = (f"{HA}/sensor/D4AD20-batt/config", {
    "~": "home/OMG/BTtoMQTT/", "stat_t": "~D4AD20", "avty_t": "home/OMG/LWT", "pl_avail": "online", "pl_not_avail": "offline",
    "val_tpl": "{{ value_json.batt | is_defined }}", "unit_of_meas": "%", "dev_cla": "battery", "name": "batt",
    "dev": {"ids": ["D4AD20"], "name": "LYWSD03MMC", "mdl": "LYWSD03MMC"},
})  # fmt: skip
