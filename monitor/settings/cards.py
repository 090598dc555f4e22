"""Alarm response cards: those of kinds of rule that bring none, and what a configuration says instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from monitor.domain.rules import Card
from monitor.settings.shape.card import CardShape

_ELECTRICIAN: dict[str, Any] = {
    "role": "electrician",
    "call": {"en": "Electrician on duty", "zh-Hant": "當值電工", "zh-Hans": "值班电工"},
}
_PLUMBER: dict[str, Any] = {
    "role": "plumber",
    "call": {"en": "Plumber on duty", "zh-Hant": "當值水工", "zh-Hans": "值班水工"},
}
_MANAGER: dict[str, Any] = {
    "role": "manager",
    "call": {"en": "Duty manager", "zh-Hant": "當值主管", "zh-Hans": "值班主管"},
}

_CARDS: Mapping[str, Card] = {
    "comm": Card(
        cause={
            "en": "The equipment does not answer: no power, cable, gateway or network",
            "zh-Hant": "設備無應答：斷電、線路、網關或網絡故障",
            "zh-Hans": "设备无应答：断电、线路、网关或网络故障",
        },
        consequence={
            "en": "Nothing is known of it; its other alarms cannot come",
            "zh-Hant": "設備狀態不明，其他報警無法發出",
            "zh-Hans": "设备状态不明，其他报警无法发出",
        },
        action={
            "en": "Look at the equipment on site, then check its power, cable and gateway",
            "zh-Hant": "先到現場查看設備，再檢查電源、線路及網關",
            "zh-Hans": "先到现场查看设备，再检查电源、线路及网关",
        },
        **_ELECTRICIAN,
    ),
    "stale": Card(
        cause={
            "en": "The sensor has gone silent: battery, radio or gateway",
            "zh-Hant": "傳感器長時間無上報：電池、無線信號或網關故障",
            "zh-Hans": "传感器长时间无上报：电池、无线信号或网关故障",
        },
        consequence={
            "en": "The last value is old and not believed; this place is not watched",
            "zh-Hant": "最後數值已過時，不可作準，該處失去監測",
            "zh-Hans": "最后数值已过时，不可作准，该处失去监测",
        },
        action={
            "en": "Inspect the place, replace the battery, test the sensor",
            "zh-Hant": "到現場巡視，更換電池並測試傳感器",
            "zh-Hans": "到现场巡视，更换电池并测试传感器",
        },
        **_ELECTRICIAN,
    ),
    "fault": Card(
        cause={
            "en": "The sensor is broken, disconnected or sends rubbish",
            "zh-Hant": "傳感器損壞、斷線或數據異常",
            "zh-Hans": "传感器损坏、断线或数据异常",
        },
        consequence={
            "en": "The alarms that rest on this sensor cannot be relied upon",
            "zh-Hant": "依賴該傳感器的報警不可靠",
            "zh-Hans": "依赖该传感器的报警不可靠",
        },
        action={
            "en": "Check by eye or with a hand-held meter, then repair the sensor",
            "zh-Hant": "現場目視或用儀表核對，隨後維修傳感器",
            "zh-Hans": "现场目视或用仪表核对，随后维修传感器",
        },
        **_ELECTRICIAN,
    ),
    "unknown": Card(
        cause={
            "en": "The controller does not report many of them",
            "zh-Hant": "控制器未能上報多數狀態",
            "zh-Hans": "控制器未能上报多数状态",
        },
        consequence={
            "en": "The share in working order is a guess",
            "zh-Hant": "完好率無法確定",
            "zh-Hans": "完好率无法确定",
        },
        action={
            "en": "Count by eye on the next round and check the controller",
            "zh-Hant": "下次巡查時人工清點，並檢查控制器",
            "zh-Hans": "下次巡查时人工清点，并检查控制器",
        },
        **_ELECTRICIAN,
    ),
    "unreadable": Card(
        cause={
            "en": "The device answers, but refuses these points or sends rubbish for them",
            "zh-Hant": "設備有應答，但拒絕讀取這些點或數據異常",
            "zh-Hans": "设备有应答，但拒绝读取这些点或数据异常",
        },
        consequence={
            "en": "The alarms of these points cannot come",
            "zh-Hant": "這些點的報警無法發出",
            "zh-Hans": "这些点的报警无法发出",
        },
        action={
            "en": "Look at the panel on site, then compare the addresses with the device",
            "zh-Hant": "先到現場查看盤面，再核對設備的寄存器地址",
            "zh-Hans": "先到现场查看盘面，再核对设备的寄存器地址",
        },
        **_ELECTRICIAN,
    ),
    "stuck": Card(
        cause={
            "en": "The sensor is stuck, or its gateway repeats an old value",
            "zh-Hant": "傳感器卡滯，或網關重複舊數據",
            "zh-Hans": "传感器卡滞，或网关重复旧数据",
        },
        consequence={
            "en": "The alarms that rest on this value cannot come",
            "zh-Hant": "依賴該數值的報警無法發出",
            "zh-Hans": "依赖该数值的报警无法发出",
        },
        action={
            "en": "Compare with what can be seen on site, free or replace the sensor",
            "zh-Hant": "到現場核對實際情況，清理或更換傳感器",
            "zh-Hans": "到现场核对实际情况，清理或更换传感器",
        },
        **_ELECTRICIAN,
    ),
    "starts": Card(
        cause={
            "en": "A leaking check valve, a float set too narrow, or inflow that never ends",
            "zh-Hant": "止回閥漏水、浮球間距過小或來水不斷",
            "zh-Hans": "止回阀漏水、浮球间距过小或来水不断",
        },
        consequence={
            "en": "The motor overheats and fails",
            "zh-Hant": "電機過熱損壞",
            "zh-Hans": "电机过热损坏",
        },
        action={
            "en": "Watch one cycle on site: check valve, floats, pipes",
            "zh-Hant": "現場觀察一個啟停週期：止回閥、浮球、管路",
            "zh-Hans": "现场观察一个启停周期：止回阀、浮球、管路",
        },
        **_PLUMBER,
    ),
    "night_flow": Card(
        cause={
            "en": "A pipe leaks, or a tap or cistern runs on",
            "zh-Hant": "管道漏水，或水龍頭、水箱長流",
            "zh-Hans": "管道漏水，或水龙头、水箱长流",
        },
        consequence={
            "en": "Water is lost day and night and may do damage unseen",
            "zh-Hant": "晝夜失水，可能暗中造成損壞",
            "zh-Hans": "昼夜失水，可能暗中造成损坏",
        },
        action={
            "en": "Close the branches one after another and watch the meter",
            "zh-Hant": "逐一關閉支路，觀察水表",
            "zh-Hans": "逐一关闭支路，观察水表",
        },
        **_PLUMBER,
    ),
    "no_fall": Card(
        cause={
            "en": "The pump turns without lifting: blocked, air, closed valve, broken check valve",
            "zh-Hant": "泵空轉不出水：堵塞、進氣、閥門關閉或止回閥損壞",
            "zh-Hans": "泵空转不出水：堵塞、进气、阀门关闭或止回阀损坏",
        },
        consequence={
            "en": "The pit overflows although the pump runs",
            "zh-Hant": "泵雖運行，集水井仍會溢水",
            "zh-Hans": "泵虽运行，集水井仍会溢水",
        },
        action={
            "en": "Start the other pump, then look at valve and impeller",
            "zh-Hant": "啟動另一台泵，再檢查閥門及葉輪",
            "zh-Hans": "启动另一台泵，再检查阀门及叶轮",
        },
        **_PLUMBER,
    ),
    "unproven": Card(
        cause={
            "en": "The sensor was never wet and nobody noted a test",
            "zh-Hant": "傳感器從未報濕，亦無測試記錄",
            "zh-Hans": "传感器从未报湿，亦无测试记录",
        },
        consequence={
            "en": "Nobody knows whether it would tell of a leak",
            "zh-Hant": "漏水時能否報警不得而知",
            "zh-Hans": "漏水时能否报警不得而知",
        },
        action={
            "en": "Wet the sensor and see the leak alarm come",
            "zh-Hant": "用水試驗傳感器，確認漏水報警發出",
            "zh-Hans": "用水试验传感器，确认漏水报警发出",
        },
        **_PLUMBER,
    ),
    "uptime": Card(
        cause={
            "en": "Out of use for longer than the month allows",
            "zh-Hant": "本月停用時間超過允許值",
            "zh-Hans": "本月停用时间超过允许值",
        },
        consequence={
            "en": "This month misses the service standard, whatever comes",
            "zh-Hant": "本月已無法達到服務標準",
            "zh-Hans": "本月已无法达到服务标准",
        },
        action={
            "en": "Talk to the maintenance company; note the reason for the report",
            "zh-Hant": "與維保單位溝通，並為報告註明原因",
            "zh-Hans": "与维保单位沟通，并为报告注明原因",
        },
        **_MANAGER,
    ),
    "missed": Card(
        cause={
            "en": "The round was not completed within its window",
            "zh-Hant": "未在規定時段內完成巡查",
            "zh-Hans": "未在规定时段内完成巡查",
        },
        consequence={
            "en": "Faults that no sensor sees stay unseen; the service plan is not met",
            "zh-Hant": "傳感器無法發現的隱患可能漏查，不符合服務標準",
            "zh-Hans": "传感器无法发现的隐患可能漏查，不符合服务标准",
        },
        action={
            "en": "Send somebody now; acknowledge with the reason",
            "zh-Hant": "立即派人補巡，並在確認時註明原因",
            "zh-Hans": "立即派人补巡，并在确认时注明原因",
        },
        **_MANAGER,
    ),
}


def built_in(kind: str) -> Card:
    """The card of a kind of rule, empty for kinds where only the plant's people can know."""
    return _CARDS.get(kind, Card())


def made_of(shape: CardShape | None, kind: str) -> Card:
    """A rule's card: its own, else that of its kind. Whom to call comes of the kind where the card does not say."""
    known = built_in(kind)
    if shape is None:
        return known
    call, role = shape.call or (known.call, known.role)
    written = any((shape.cause, shape.consequence, shape.action))
    base = Card(shape.cause, shape.consequence, shape.action) if written else known
    return replace(base, call=call, role=role, within=shape.within)
