"""A small site for the console's tests, with a device whose name is an attack."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from monitor.domain.causes import CauseRule
from monitor.domain.conditions import Unproven
from monitor.domain.duty import Always, Roster, ShiftPattern
from monitor.domain.inspection import AnswerKind, Checkpoint, Compare, Item, Round
from monitor.domain.people import Person
from monitor.domain.point import Kind, Point, Text
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
    State,
)
from monitor.domain.ruleset import Ruleset
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource
from monitor.settings.site import (
    Channel,
    Connection,
    Equipment,
    Grade,
    HistorianSettings,
    JournalSettings,
    Site,
)

ATTACK = "<script>window.__attacked=1</script><img src=x onerror=window.__attacked=1>"
LAMPS = 24
EXPLAINED = frozenset({"pit-1.pump_1_fault", "lamps-a.lamps", "lift-1.trapped"})
"""What the board's undervoltage explains."""


def text(en: str, hant: str, hans: str) -> Text:
    return {"en": en, "zh-Hant": hant, "zh-Hans": hans}


def _point(
    owner: str, key: str, label: Text, unit: str = "", kind: Kind = Kind.ANALOG, **more: object
) -> Point:
    return Point(owner, key, kind=kind, unit=unit, label=label, **more)  # type: ignore[arg-type]


def _equipment(
    id_: str,
    name: str,
    type_: str,
    type_title: Text,
    system: str,
    location: str,
    points: tuple[Point, ...],
    rules: tuple[AlarmRule, ...] = (),
    **ledger: str,
) -> Equipment:
    source = EquipmentSource(Plan(id_, points), (), None, None)
    connection = "hub" if system in ("lifts", "water") else "plantroom"
    own = Ruleset(rule.of_none() for rule in rules).of(id_)
    return Equipment(id_, {"": name}, type_, type_title, system, location, connection, source, own, ledger)


def _card(cause: Text, consequence: Text, action: Text, **more: object) -> Card:
    return Card(cause, consequence, action, **more)  # type: ignore[arg-type]


_ELECTRICIAN = text("Electrician on duty", "當值電工", "值班电工")


_LEAK_CARD = _card(
    text("Water on the floor", "地面有水", "地面有水"),
    text("Flooding of plant", "機房水浸，設備受損", "机房水浸，设备受损"),
    text(
        "Go there, close the valve, start the pump",
        "立即到場，關閥門，啟動排水泵",
        "立即到场，关阀门，启动排水泵",
    ),
    call=_ELECTRICIAN,
    role="electrician",
    within=1800.0,
)
_LAMP_CARD = _card(
    text("Failed lamps", "燈具損壞", "灯具损坏"),
    text("Below the contracted share", "完好率低於服務標準", "完好率低于服务标准"),
    text(
        "Open the zone page for the list of lamps", "打開燈區頁面查看壞燈並更換", "打开灯区页面查看坏灯并更换"
    ),
)
_LEVEL_CARD = _card(
    text("Pump failed or inflow too large", "水泵故障或進水過大", "水泵故障或进水过大"),
    text("The pit overflows", "集水井溢水", "集水井溢水"),
    text("Start the standby pump by hand", "手動啟動備用泵", "手动启动备用泵"),
    call=_ELECTRICIAN,
    role="electrician",
    within=3600.0,
)
_TRAPPED_CARD = _card(
    text("Lift stopped with a passenger inside", "電梯停梯，轎廂內有人被困", "电梯停梯，轿厢内有人被困"),
    text("Danger to the passenger", "乘客有危險，須 30 分鐘內解困", "乘客有危险，须 30 分钟内解困"),
    text(
        "Call the lift company, speak to the passenger",
        "聯繫維保單位，安撫乘客，立即到場",
        "联系维保单位，安抚乘客，立即到场",
    ),
    call=text("Lift maintenance company", "電梯維保單位", "电梯维保单位"),
    within=1800.0,
)
_VOLT_CARD = _card(
    text("Supply dip or lost phase", "供電電壓下降或缺相", "供电电压下降或缺相"),
    text("Pumps and lifts may stop", "水泵、電梯可能停運", "水泵、电梯可能停运"),
    text("Check the incomer and call the utility", "檢查進線並聯繫供電局", "检查进线并联系供电局"),
)


def equipment() -> tuple[Equipment, ...]:
    phases = [
        _point("mdb-1", f"v_l{n}", text(f"Voltage L{n}", f"L{n} 電壓", f"L{n} 电压"), "V", range=(0.0, 400.0))
        for n in (1, 2, 3)
    ]
    meter = (
        *phases,
        _point("mdb-1", "p_total", text("Total power", "總功率", "总功率"), "kW"),
        _point("mdb-1", "energy", text("Energy", "電量", "电量"), "kWh", Kind.COUNTER),
    )
    pit = (
        _point("pit-1", "level", text("Level", "水位", "水位"), "m", range=(0.0, 4.0)),
        _point(
            "pit-1", "pump_1_running", text("Pump 1 running", "1 號泵運行", "1 号泵运行"), kind=Kind.DISCRETE
        ),
        _point("pit-1", "pump_1_fault", text("Pump 1 fault", "1 號泵故障", "1 号泵故障"), kind=Kind.DISCRETE),
        _point(
            "pit-1", "pump_2_running", text("Pump 2 running", "2 號泵運行", "2 号泵运行"), kind=Kind.DISCRETE
        ),
        _point(
            "pit-1", "starts", text("Starts per hour", "每小時啟動次數", "每小时启动次数"), "", Kind.COUNTER
        ),
    )
    room = (
        _point("room-1", "winding_a", text("Winding A", "A 相繞組溫度", "A 相绕组温度"), "°C"),
        _point("room-1", "winding_b", text("Winding B", "B 相繞組溫度", "B 相绕组温度"), "°C"),
        _point("room-1", "room_temp", text("Room temperature", "室溫", "室温"), "°C"),
        _point("room-1", "humidity", text("Humidity", "濕度", "湿度"), "%"),
        _point("room-1", "smoke", text("Smoke", "煙霧", "烟雾"), kind=Kind.DISCRETE),
    )
    commanded = _point(
        "lamps-a", "commanded", text("Commanded on", "開燈指令", "开灯指令"), kind=Kind.DISCRETE
    )
    works = [
        _point("lamps-a", f"lamp_{n}", text(f"Lamp {n}", f"{n} 號燈", f"{n} 号灯"), kind=Kind.DISCRETE)
        for n in range(1, LAMPS + 1)
    ]
    lamps = (commanded, *works)
    lift = (
        _point("lift-1", "running", text("Running", "運行中", "运行中"), kind=Kind.DISCRETE),
        _point("lift-1", "floor", text("Floor", "樓層", "楼层")),
        _point("lift-1", "door", text("Door", "轎門", "轿门"), kind=Kind.TEXT),
        _point("lift-1", "trapped", text("Passenger trapped", "困人", "困人"), kind=Kind.DISCRETE),
        _point("lift-1", "fault", text("Fault", "故障", "故障"), kind=Kind.DISCRETE),
    )
    leak = (
        _point("leak-b2-05", "leak", text("Water", "水浸", "水浸"), kind=Kind.DISCRETE),
        _point("leak-b2-05", "battery", text("Battery", "電池", "电池"), "%"),
    )
    odd = (_point("odd-1", "x", {"": ATTACK}, "<b>"),)

    def rule(
        owner: str,
        key: str,
        kind: AlarmKind,
        condition: object,
        priority: Priority,
        card: Card,
        **more: object,
    ) -> AlarmRule:
        return AlarmRule(f"{owner}.{key}", owner, kind, condition, priority, 0.0, 0.0, card=card, **more)  # type: ignore[arg-type]

    return (
        _equipment(
            "mdb-1",
            "1 號總配電櫃",
            "eastron-sdm630",
            text("Three-phase meter", "三相電表", "三相电表"),
            "power",
            "B1/配電房",
            meter,
            (
                rule(
                    "mdb-1",
                    "undervoltage",
                    AlarmKind.LIMIT,
                    Low("v_l1", 198.0, 4.0),
                    Priority.HIGH,
                    _VOLT_CARD,
                ),
            ),
            maker="Eastron",
            model="SDM630Modbus V2",
            installed="2019-06-01",
        ),
        _equipment(
            "room-1",
            "1 號配電房",
            "switch-room",
            text("Distribution room", "配電房", "配电房"),
            "power",
            "B1/配電房",
            room,
            (
                rule(
                    "room-1",
                    "winding_a_high",
                    AlarmKind.LIMIT,
                    High("winding_a", 120.0, 5.0),
                    Priority.HIGH,
                    _VOLT_CARD,
                ),
                rule("room-1", "comm", AlarmKind.COMM, Comm(), Priority.MEDIUM, Card()),
            ),
        ),
        _equipment(
            "pit-1",
            "B1 東集水井",
            "sump-pit",
            text("Sump pit", "集水井", "集水井"),
            "pumps",
            "B1/東",
            pit,
            (
                rule(
                    "pit-1",
                    "level_high",
                    AlarmKind.LIMIT,
                    High("level", 2.4, 0.2),
                    Priority.HIGH,
                    _LEVEL_CARD,
                ),
                rule(
                    "pit-1",
                    "pump_1_fault",
                    AlarmKind.STATE,
                    State("pump_1_fault", True),
                    Priority.MEDIUM,
                    _LEVEL_CARD,
                ),
            ),
            maker="Grundfos",
            installed="2019-06-01",
        ),
        _equipment(
            "lamps-a",
            "A 座樓道燈",
            "lamp-zone",
            text("Lamp zone", "樓道燈區", "楼道灯区"),
            "lighting",
            "A 座",
            lamps,
            (
                rule(
                    "lamps-a",
                    "lamps",
                    AlarmKind.AVAILABILITY,
                    AvailabilityBelow(tuple(p.key for p in lamps[1:]), "commanded", 0.95),
                    Priority.MEDIUM,
                    _LAMP_CARD,
                ),
            ),
        ),
        _equipment(
            "lift-1",
            "1 號客梯",
            "demo-lift",
            text("Passenger lift", "客梯", "客梯"),
            "lifts",
            "A 座",
            lift,
            (
                rule(
                    "lift-1",
                    "trapped",
                    AlarmKind.STATE,
                    State("trapped", True),
                    Priority.CRITICAL,
                    _TRAPPED_CARD,
                    latching=True,
                ),
            ),
        ),
        _equipment(
            "leak-b2-05",
            "B2 五號水浸",
            "zigbee2mqtt-leak",
            text("Water leak sensor", "水浸傳感器", "水浸传感器"),
            "water",
            "B2/泵房",
            leak,
            (
                rule(
                    "leak-b2-05",
                    "untested",
                    AlarmKind.QUALITY,
                    Unproven("leak", 180 * 86_400.0),
                    Priority.LOW,
                    Card(),
                    title=text(
                        "Leak sensor not tested for half a year",
                        "水浸傳感器半年未測試",
                        "水浸传感器半年未测试",
                    ),
                ),
                rule(
                    "leak-b2-05",
                    "leak",
                    AlarmKind.LEAK,
                    Leak("leak", 1),
                    Priority.CRITICAL,
                    _LEAK_CARD,
                    latching=True,
                ),
                rule(
                    "leak-b2-05", "battery", AlarmKind.LIMIT, Low("battery", 15.0, 5.0), Priority.LOW, Card()
                ),
            ),
        ),
        _equipment(
            "odd-1",
            ATTACK,
            "odd",
            {"": ATTACK},
            "other",
            ATTACK,
            odd,
            (
                rule(
                    "odd-1",
                    "x",
                    AlarmKind.LIMIT,
                    High("x", 1.0),
                    Priority.LOW,
                    Card({"": ATTACK}, {"": ATTACK}, {"": ATTACK}),
                ),
            ),
            note=ATTACK,
        ),
    )


def _checkpoints() -> dict[str, Checkpoint]:
    switchroom = (
        Item("smell", text("Smell, noise, smoke?", "有無異味、異響、煙霧", "有无异味、异响、烟雾")),
        Item(
            "room_temp",
            text("Room temperature", "室溫", "室温"),
            AnswerKind.NUMBER,
            "°C",
            (-10.0, 60.0),
            compare=Compare("room-1.room_temp", 3.0),
        ),
        Item("door", text("Door", "門鎖", "门锁"), AnswerKind.CHOICE, choices=("鎖好", "未鎖")),
        Item("remarks", text("Remarks", "備註", "备注"), AnswerKind.TEXT),
    )
    pit = (Item("floats", text("Floats free of rags?", "浮球有無纏繞", "浮球有无缠绕")),)
    return {
        "switchroom-1": Checkpoint("switchroom-1", "1 號配電房", "B1", ("mdb-1", "room-1"), switchroom),
        "pit-1-door": Checkpoint("pit-1-door", "B1 東集水井", "B1/東", ("pit-1",), pit),
    }


def _roster() -> Roster:
    people = {
        "chen": Person("chen", "陳師傅", "+8613800000001", "zh-Hant", ("electrician",)),
        "li": Person("li", "李師傅", "+8613800000002", "zh-Hant", ("electrician",)),
        "zhou": Person("zhou", "周師傅", "+8613800000003", "zh-Hans", ("electrician",)),
        "wang": Person("wang", "王經理", "+8613800000009", "zh-Hans", ("manager",)),
    }
    shifts = {"night": (0, 480), "day": (480, 960), "evening": (960, 1440)}
    pattern = ShiftPattern("electrician", shifts, (("chen",), ("li",), ("zhou",)), 1, date(2026, 1, 1))
    return Roster("Asia/Shanghai", people, (pattern, Always("manager", ("wang",))))


def site() -> Site:
    """The configuration as the loader would give it."""
    rounds = (
        Round(
            "switchroom-twice",
            "配電房巡視",
            ("switchroom-1",),
            ((450, 510), (1170, 1230)),
            grace=600.0,
            role="electrician",
        ),
        Round(
            "pits-twice",
            "排污泵巡視",
            ("pit-1-door",),
            ((540, 600), (1260, 1320)),
            grace=1800.0,
            role="electrician",
        ),
    )
    return Site(
        id="riverside",
        name={"": "河畔花園"},
        timezone="Asia/Shanghai",
        language="zh-Hant",
        grade=Grade("1", 0.95, 1800.0, 2 * 86400.0, 5 * 86400.0),
        journal=JournalSettings("sqlite:journal.db"),
        historian=HistorianSettings("sqlite:history.db", 90 * 86400.0),
        listen=("127.0.0.1", 0),
        connections={
            "plantroom": Connection("plantroom", "modbus", None),
            "hub": Connection("hub", "mqtt", None),
        },
        channels={"phone": Channel("phone", "simulated", None)},
        equipment={item.id: item for item in equipment()},
        roster=_roster(),
        policies=(),
        checkpoints=_checkpoints(),
        rounds=rounds,
        causes=(CauseRule("mdb-1.undervoltage", EXPLAINED),),
        directory=Path(),
    )
