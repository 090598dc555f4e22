"""The alarm about an equipment that sends more than history keeps."""

from __future__ import annotations

from monitor.domain.rules import AlarmKind, AlarmRule, Card, Priority, Reported
from monitor.engine.own_rules import texts

CHATTER = "message_rate"


def chatter_id(equipment: str) -> str:
    """Id of the alarm."""
    return f"{equipment}.{CHATTER}"


def chatter_rule(equipment: str) -> AlarmRule:
    """It is the equipment's own alarm: somebody must look at that device."""
    return AlarmRule(
        id=chatter_id(equipment),
        equipment=equipment,
        kind=AlarmKind.QUALITY,
        condition=Reported(CHATTER),
        priority=Priority.LOW,
        on_delay=0.0,
        off_delay=0.0,
        title=texts(
            "Sends more messages than history keeps",
            "訊息過於頻繁，歷史僅抽樣保存",
            "消息过于频繁，历史仅抽样保存",
        ),
        card=Card(
            texts(
                "Loose contact, wrong reporting interval, or a looping gateway",
                "接觸不良、上報間隔設定錯誤或閘道迴圈",
                "接触不良、上报间隔设置错误或网关循环",
            ),
            texts(
                "Every message is judged; history keeps the newest values only",
                "所有訊息仍會判斷，歷史僅保留最新值",
                "所有消息仍会判断，历史仅保留最新值",
            ),
            texts(
                "Check the device, correct its reporting interval",
                "檢查設備並更正上報間隔",
                "检查设备并更正上报间隔",
            ),
        ),
    )
