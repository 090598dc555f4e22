"""The fixed words of messages in the three languages. A new language is a new `Phrases` and one line in the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.domain.rules import AlarmKind, Priority

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's words. `{code}` stands for the reply code, `{time}` for a local time."""

    priorities: Mapping[Priority, str]
    kinds: Mapping[AlarmKind, str]
    high: str
    low: str
    over: str
    by: str
    """Until when somebody must have acted."""
    first: str
    call: str
    reply: str
    reply_with_reason: str
    separator: str
    """Between the parts of a message."""
    several: str
    """Before the alarms of one text about `{n}` of them."""
    more: str
    reply_to_all: str
    held_back: str


_ZH_HANT = Phrases(
    priorities={
        Priority.CRITICAL: "緊急報警",
        Priority.HIGH: "重要報警",
        Priority.MEDIUM: "一般報警",
        Priority.LOW: "提示",
    },
    kinds={
        AlarmKind.LEAK: "漏水",
        AlarmKind.LIMIT: "超出限值",
        AlarmKind.STATE: "狀態異常",
        AlarmKind.RATE: "變化過快",
        AlarmKind.DEVIATION: "偏差過大",
        AlarmKind.STALE: "數據停止更新",
        AlarmKind.COMM: "通訊中斷",
        AlarmKind.QUALITY: "傳感器數據異常",
        AlarmKind.AVAILABILITY: "完好率不足",
        AlarmKind.INSPECTION: "漏巡",
        AlarmKind.DUTY: "無人當值",
        AlarmKind.ORDER: "工單逾時未到場",
        AlarmKind.CAUSE: "可能原因",
        AlarmKind.SELF: "監控程式異常",
    },
    high="{what}過高",
    low="{what}過低",
    over="已恢復",
    by="限{time}前",
    first="先：{action}",
    call="聯絡：{who}",
    reply="回覆{code}確認",
    reply_with_reason="回覆{code}及原因",
    separator=" ",
    several="{n}項報警：",
    more="另有{n}項",
    reply_to_all="回覆{code}確認以上各項",
    held_back="另有{n}則未發",
)
_ZH_HANS = Phrases(
    priorities={
        Priority.CRITICAL: "紧急报警",
        Priority.HIGH: "重要报警",
        Priority.MEDIUM: "一般报警",
        Priority.LOW: "提示",
    },
    kinds={
        AlarmKind.LEAK: "漏水",
        AlarmKind.LIMIT: "超出限值",
        AlarmKind.STATE: "状态异常",
        AlarmKind.RATE: "变化过快",
        AlarmKind.DEVIATION: "偏差过大",
        AlarmKind.STALE: "数据停止更新",
        AlarmKind.COMM: "通信中断",
        AlarmKind.QUALITY: "传感器数据异常",
        AlarmKind.AVAILABILITY: "完好率不足",
        AlarmKind.INSPECTION: "漏巡",
        AlarmKind.DUTY: "无人值班",
        AlarmKind.ORDER: "工单超时未到场",
        AlarmKind.CAUSE: "可能原因",
        AlarmKind.SELF: "监控程序异常",
    },
    high="{what}过高",
    low="{what}过低",
    over="已恢复",
    by="限{time}前",
    first="先：{action}",
    call="联系：{who}",
    reply="回复{code}确认",
    reply_with_reason="回复{code}及原因",
    separator=" ",
    several="{n}项报警：",
    more="另有{n}项",
    reply_to_all="回复{code}确认以上各项",
    held_back="另有{n}条未发",
)
_EN = Phrases(
    priorities={
        Priority.CRITICAL: "CRITICAL",
        Priority.HIGH: "HIGH",
        Priority.MEDIUM: "MEDIUM",
        Priority.LOW: "LOW",
    },
    kinds={
        AlarmKind.LEAK: "water leak",
        AlarmKind.LIMIT: "limit exceeded",
        AlarmKind.STATE: "abnormal state",
        AlarmKind.RATE: "changes too fast",
        AlarmKind.DEVIATION: "deviates",
        AlarmKind.STALE: "no fresh data",
        AlarmKind.COMM: "does not answer",
        AlarmKind.QUALITY: "sensor fault",
        AlarmKind.AVAILABILITY: "too few working",
        AlarmKind.INSPECTION: "round missed",
        AlarmKind.DUTY: "nobody on duty",
        AlarmKind.ORDER: "work order overdue",
        AlarmKind.CAUSE: "probable cause",
        AlarmKind.SELF: "monitoring fault",
    },
    high="{what} high",
    low="{what} low",
    over="OVER",
    by="by {time}",
    first="First: {action}",
    call="Call: {who}",
    reply="Reply {code} to acknowledge",
    reply_with_reason="Reply {code} and the reason",
    separator=" ",
    several="{n} alarms:",
    more="and {n} more",
    reply_to_all="Reply {code} to acknowledge those listed",
    held_back="{n} held back",
)

LANGUAGES: Mapping[str, Phrases] = {"zh-Hant": _ZH_HANT, "zh-Hans": _ZH_HANS, "en": _EN}


def phrases(language: str) -> Phrases:
    """The words of a language tag; of its nearest relative, or English, where we do not speak it."""
    return LANGUAGES[spoken(language)]


def spoken(language: str) -> str:
    """The tag of ours that serves a reader of `language`: `zh-TW` reads Traditional, other `zh` Simplified."""
    if language in LANGUAGES:
        return language
    tag = language.lower()
    if tag.startswith("zh"):
        traditional = any(part in tag for part in ("hant", "tw", "hk", "mo"))
        return "zh-Hant" if traditional else "zh-Hans"
    return FALLBACK
