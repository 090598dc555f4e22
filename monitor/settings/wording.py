"""Titles of rules that say nothing of their own, in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.domain.point import Text

LANGUAGES = ("en", "zh-Hant", "zh-Hans")

_TITLES: Mapping[str, Text] = {
    "high": {"en": "{label} high", "zh-Hant": "{label}過高", "zh-Hans": "{label}过高"},
    "low": {"en": "{label} low", "zh-Hant": "{label}過低", "zh-Hans": "{label}过低"},
    "true": {"en": "{label}", "zh-Hant": "{label}", "zh-Hans": "{label}"},
    "false": {"en": "{label}: no", "zh-Hant": "{label}：否", "zh-Hans": "{label}：否"},
    "state": {"en": "{label}: {value}", "zh-Hant": "{label}：{value}", "zh-Hans": "{label}：{value}"},
    "leak": {"en": "Leak: {label}", "zh-Hant": "漏水：{label}", "zh-Hans": "漏水：{label}"},
    "availability": {
        "en": "Too few in working order",
        "zh-Hant": "完好率低於標準",
        "zh-Hans": "完好率低于标准",
    },
    "unknown": {"en": "Too many of unknown state", "zh-Hant": "狀態不明者過多", "zh-Hans": "状态不明者过多"},
    "comm": {"en": "No communication", "zh-Hant": "通訊中斷", "zh-Hans": "通讯中断"},
    "stale": {"en": "No fresh data", "zh-Hant": "數據久未更新", "zh-Hans": "数据久未更新"},
    "fault": {
        "en": "Sensor fault: {label}",
        "zh-Hant": "傳感器故障：{label}",
        "zh-Hans": "传感器故障：{label}",
    },
    "unreadable": {
        "en": "Cannot be read: {label}",
        "zh-Hant": "無法讀取：{label}",
        "zh-Hans": "无法读取：{label}",
    },
    "deviation": {
        "en": "Deviates: {label}",
        "zh-Hant": "偏差過大：{label}",
        "zh-Hans": "偏差过大：{label}",
    },
    "rate": {"en": "{label} changes too fast", "zh-Hant": "{label}變化過快", "zh-Hans": "{label}变化过快"},
    "stuck": {
        "en": "{label} does not move",
        "zh-Hant": "{label}數值停滯不變",
        "zh-Hans": "{label}数值停滞不变",
    },
    "starts": {
        "en": "Starts too often: {label}",
        "zh-Hant": "啟停頻繁：{label}",
        "zh-Hans": "启停频繁：{label}",
    },
    "night_flow": {
        "en": "Water never stops: {label}",
        "zh-Hant": "夜間常流水：{label}",
        "zh-Hans": "夜间常流水：{label}",
    },
    "no_fall": {
        "en": "{label} does not fall while pumping",
        "zh-Hant": "抽水時{label}不降",
        "zh-Hans": "抽水时{label}不降",
    },
    "unproven": {
        "en": "Sensor not tested for long: {label}",
        "zh-Hant": "傳感器久未測試：{label}",
        "zh-Hans": "传感器久未测试：{label}",
    },
    "uptime": {
        "en": "Too little in use this month",
        "zh-Hant": "本月可用率低於標準",
        "zh-Hans": "本月可用率低于标准",
    },
    "combined": {"en": "{label}", "zh-Hant": "{label}", "zh-Hans": "{label}"},
    "missed": {"en": "Round missed: {label}", "zh-Hant": "漏巡：{label}", "zh-Hans": "漏巡：{label}"},
}


def title(kind: str, label: Text, otherwise: str, value: object = "") -> Text:
    """The built-in title; `otherwise` stands for a label that is missing in a language."""
    shape = kind
    if kind == "state" and isinstance(value, bool):
        shape = str(value).lower()
    return {
        language: _TITLES[shape][language].format(label=_in(label, language, otherwise), value=value)
        for language in LANGUAGES
    }


def _in(label: Text, language: str, otherwise: str) -> str:
    chinese = [other for other in ("zh-Hant", "zh-Hans") if language.startswith("zh") and other != language]
    for candidate in (language, *chinese, "", "en"):
        if words := label.get(candidate):
            return words
    return otherwise
