"""The alarm about a broker that forgot our session."""

from __future__ import annotations

from monitor.domain.rules import AlarmKind, AlarmRule, Card, Priority
from monitor.engine.own_rules import own, texts

_CARD = Card(
    texts(
        "Broker restarted without persistence, or we were away too long",
        "中介未存檔即重啟，或斷線過久",
        "代理未持久化即重启，或断线过久",
    ),
    texts(
        "What sensors said in that time was not heard",
        "該時段的感測器訊息未收到",
        "该时段的传感器消息未收到",
    ),
    texts(
        "Check on site what could have changed; switch on the broker's persistence",
        "到場確認變化，並啟用中介的持久化",
        "到场确认变化，并启用代理的持久化",
    ),
)


def session_rule(connection: str) -> AlarmRule:
    """Each loss stands for itself; the value is the time from which to which messages may be missing."""
    return own(
        f"session_{connection.replace('-', '_')}",
        Priority.MEDIUM,
        texts(
            f"Broker {connection} forgot our session: messages may be missing",
            f"訊息中介 {connection} 遺失連線狀態，訊息可能有缺",
            f"消息代理 {connection} 丢失会话，消息可能有缺",
        ),
        _CARD,
        kind=AlarmKind.COMM,
        incident=True,
    )
