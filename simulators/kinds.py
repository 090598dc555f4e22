"""The one table from the `kind:` of a plant file to its class."""

from __future__ import annotations

from simulators.equipment.base import Equipment, ModbusEquipment, MqttEquipment
from simulators.equipment.ends import MODBUS, MQTT, ModbusEnd, MqttEnd
from simulators.equipment.leak import LeakSensor
from simulators.equipment.lifts import Lift
from simulators.equipment.lighting import LampsOnCoils, LampsOnWords
from simulators.equipment.power import Meter, RoomUnit
from simulators.equipment.sump import SumpPit

KINDS: dict[str, type[ModbusEquipment] | type[MqttEquipment]] = {
    "sump-pit": SumpPit,
    "sdm630": Meter,
    "switch-room": RoomUnit,
    "lamps-on-coils": LampsOnCoils,
    "lamps-on-words": LampsOnWords,
    "lift": Lift,
    "leak-sensor": LeakSensor,
}
ENDS: dict[str, type[Equipment]] = {MODBUS: ModbusEnd, MQTT: MqttEnd}
"""What is not equipment and has faults all the same, by the name it is a target under."""
