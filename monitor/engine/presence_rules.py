"""The alarm that no console could sound."""

from __future__ import annotations

from dataclasses import replace

from monitor.domain.rules import AlarmRule, Card, Priority, Reported
from monitor.engine.own_rules import own, texts

CONSOLE = "console"
NOBODY, BLOCKED, OFF = "nobody", "blocked", "off"
"""Its values: why nothing sounds."""


def presence_rules() -> tuple[AlarmRule, ...]:
    """Nobody would hear the horn. Its delays are those of the watch itself."""
    rule = own(
        CONSOLE,
        Priority.CRITICAL,
        texts("No console can sound the alarm", "無監控台可發出警報聲", "无监控台可发出报警声"),
        Card(
            texts(
                "No console is open, its browser blocks sound, or its horn is off",
                "無人開啟監控台、瀏覽器封鎖聲音，或警報聲已關閉",
                "无人打开监控台、浏览器屏蔽声音，或报警声已关闭",
            ),
            texts(
                "A critical alarm goes unheard; everybody further up is told at once",
                "緊急警報無人聽見，已立即通知後續各級人員",
                "紧急报警无人听见，已立即通知后续各级人员",
            ),
            texts(
                "Go to the control room, sign in, turn the sound on",
                "到值班室登入監控台並啟用聲音",
                "到值班室登录监控台并启用声音",
            ),
        ),
        on_delay=0.0,
    )
    words = {
        NOBODY: texts("nobody connected", "無人連線", "无人连接"),
        BLOCKED: texts("sound blocked by the browser", "聲音遭瀏覽器封鎖", "声音被浏览器屏蔽"),
        OFF: texts("horn switched off", "警報聲已關閉", "报警声已关闭"),
    }
    return (replace(rule, condition=Reported(CONSOLE, words)),)
