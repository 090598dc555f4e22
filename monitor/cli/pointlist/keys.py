"""A key of a point from its name: small letters, digits and _, from English or from the usual Chinese terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

TERMS: Final[Mapping[str, str]] = {
    "正向有功": "active_import", "反向有功": "active_export", "正向无功": "reactive_import", "反向无功": "reactive_export",
    "有功功率": "active_power", "无功功率": "reactive_power", "视在功率": "apparent_power", "功率因数": "power_factor",
    "电流互感器变比": "ct_ratio", "电压互感器变比": "pt_ratio", "线电压": "line_voltage", "相电压": "phase_voltage",
    "电压": "voltage", "电流": "current", "功率": "power", "频率": "frequency", "电能": "energy", "电量": "energy",
    "温度": "temperature", "湿度": "humidity", "压力": "pressure", "液位": "level", "水位": "level", "流量": "flow",
    "转速": "speed", "变比": "ratio", "运行时间": "run_time", "启动次数": "starts", "运行": "run", "停止": "stop",
    "故障": "fault", "报警": "alarm", "告警": "alarm", "状态": "state", "远程": "remote", "本地": "local",
    "手动": "manual", "自动": "auto", "合闸": "closed", "分闸": "open", "跳闸": "tripped", "开关": "switch", "断路器": "breaker",
    "变压器": "transformer", "绕组": "winding", "风机": "fan", "水泵": "pump", "电池": "battery", "室内": "room",
    "环境": "ambient", "室外": "outdoor", "供水": "supply", "回水": "return", "给水": "supply", "进水": "inlet",
    "出水": "outlet", "热量": "heat", "冷量": "cooling", "倍率": "factor", "系数": "factor", "比例因子": "scale_factor",
    "液位低": "level_low", "液位高": "level_high", "水箱": "tank", "集水井": "pit", "阀门": "valve", "阀": "valve",
    "开度": "opening", "给定": "setpoint", "设定": "setpoint", "反馈": "feedback", "烟雾": "smoke", "漏水": "leak",
    "门": "door", "照明": "lighting", "油温": "oil_temperature", "上限": "high_limit", "下限": "low_limit", "高": "high",
    "低": "low",
    "总": "total", "平均": "mean", "最大": "max", "最小": "min", "累计": "total", "当前": "present", "泵": "pump",
    "A相": "a", "B相": "b", "C相": "c", "相": "phase", "号": "", "位": "", "值": "",
}  # fmt: skip
"""Longer terms first. Only names that these cover wholly are translated: half a name misleads."""
_TRADITIONAL: Final = str.maketrans(
    "電壓電流無視數線頻濕壓運時間啟動狀態報遠本手動閘開關斷變繞組風機環總號値溫給進熱係閥開饋煙門設",
    "电压电流无视数线频湿压运时间启动状态报远本手动闸开关断变绕组风机环总号值温给进热系阀开馈烟门设",
)
_ORDERED: Final = sorted(TERMS, key=len, reverse=True)


def key_of(name: str, read: str, bit: int | None) -> str:
    """The key of a name; its place (`holding_100`) where the name has too little that can be written so."""
    plain = _numbered_last(_translated(name)) if re.search(r"[^\x00-\x7f]", name) else name
    key = re.sub(r"[^a-z0-9]+", "_", (plain or "").casefold()).strip("_")[:48].rstrip("_")
    if re.search(r"[a-z]", key):
        return key
    table, _, address = read.partition(":")
    return f"{table}_{address}" + (f"_{bit}" if bit is not None else "")


def _translated(name: str) -> str | None:
    """English terms in the order of the Chinese ones; None where a part of the name is not known."""
    left = name.translate(_TRADITIONAL)
    for term in _ORDERED:
        left = left.replace(term, f" {TERMS[term]} ")
    left = re.sub(r"[（）()【】\[\]、，：:·\s]+", " ", left)
    return None if re.search(r"[^\x00-\x7f]", left) else left


def _numbered_last(name: str | None) -> str | None:
    """`pump 1 fault` of `1 pump fault`, as 1号泵故障 comes out: its points then stand together."""
    return name and re.sub(r"^\s*(\d+)[#\s]+([a-z_]+)\b", r"\2 \1", name)
