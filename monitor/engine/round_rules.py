"""The alarms that people's duties raise: a missed round, an order without anybody on site."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.domain.inspection import Round
from monitor.domain.rules import AlarmKind, AlarmRule, Card, Priority, Reported
from monitor.settings.inspections import missed_rule

OVERDUE = "orders.overdue"
"""Id of the alarm about late work orders."""


def missed_id(round_: str) -> str:
    """Id of the alarm about missed windows of a round."""
    return f"{round_}.missed"


def people_rules(rounds: Iterable[Round]) -> tuple[AlarmRule, ...]:
    """All rules of this kind for a site. Each trip is one incident; a reason or the next round ends it."""
    return (*(missed_rule(round_) for round_ in rounds), overdue_rule())


def overdue_rule() -> AlarmRule:
    """The rule of work orders whose response clock has run out."""
    return AlarmRule(
        id=OVERDUE,
        equipment="orders",
        kind=AlarmKind.ORDER,
        condition=Reported(OVERDUE),
        priority=Priority.HIGH,
        on_delay=0.0,
        off_delay=0.0,
        incident=True,
        title={
            "en": "Work order: nobody on site in time",
            "zh-Hant": "工單逾時未到場",
            "zh-Hans": "工单超时未到场",
        },
        card=Card(
            cause={
                "en": "The response time of the service grade is over",
                "zh-Hant": "已超過服務標準規定的到場時限",
                "zh-Hans": "已超过服务标准规定的到场时限",
            },
            consequence={
                "en": "The fault goes on and the promise is broken",
                "zh-Hant": "故障持續，未達服務承諾",
                "zh-Hans": "故障持续，未达到服务承诺",
            },
            action={
                "en": "Telephone the repairer or send another",
                "zh-Hant": "致電維修人員或改派他人",
                "zh-Hans": "致电维修人员或改派他人",
            },
        ),
    )
