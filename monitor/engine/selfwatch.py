"""Alarms about ourselves: a loop that died, a journal that does not write, a historian or channel that is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.domain.instant import Instant
from monitor.domain.rules import AlarmKind, AlarmRule, Card, Priority, Reported, Verdict
from monitor.engine.tally import Tally
from monitor.ports import Clock

EQUIPMENT = "watchroom"
"""The id under which the daemon's own alarms stand in lists."""


@dataclass(frozen=True, slots=True)
class Health:
    """What `/healthz` answers. Dead devices or databases are alarms, not ill health."""

    ok: bool
    reasons: tuple[str, ...] = ()


def rule_id(subject: str) -> str:
    """Alarm id of one of our own subjects."""
    return f"{EQUIPMENT}.{subject}"


@dataclass(frozen=True, slots=True)
class _Beat:
    turned_at: Callable[[], float]
    limit: float


class Selfwatch:
    """Loops tell when they last turned; whoever finds a part dead or well again calls `report`."""

    def __init__(self, clock: Clock, tally: Tally) -> None:
        self._clock = clock
        self._tally = tally
        self._beats: dict[str, _Beat] = {}
        self._dead: dict[str, str] = {}
        self.journal_ok: Callable[[], bool] = lambda: True
        self.raise_alarm: Callable[[str, Verdict, Instant], None] = lambda subject, verdict, now: None

    def expect(self, loop: str, turned_at: Callable[[], float], limit: float) -> None:
        """Watch a loop: `turned_at` is the steady time of its last full turn (an answer or a time-out), and one turn
        may take `limit` seconds at most."""
        self._beats[loop] = _Beat(turned_at, limit)

    def died(self, loop: str, reason: str) -> None:
        """A loop ended that never should; it is started anew by its supervisor."""
        self._dead[loop] = reason
        self._tally.add("loop_deaths_total", loop=loop)
        self.report("loops", Verdict.TRUE)

    def revived(self, loop: str) -> None:
        """The loop was started anew; `check` clears the alarm when all turn."""
        self._dead.pop(loop, None)

    def report(self, subject: str, verdict: Verdict) -> None:
        """A part of ours is down (TRUE) or well (FALSE)."""
        self._tally.set("self_trouble", int(verdict is Verdict.TRUE), subject=subject)
        self.raise_alarm(subject, verdict, self._clock.now())

    def check(self) -> Health:
        """Look at all loops; raises or clears the loop alarm as it finds them."""
        health = self.health()
        stuck = [reason for reason in health.reasons if not reason.startswith("journal")]
        self.report("loops", Verdict.TRUE if stuck else Verdict.FALSE)
        return health

    def health(self) -> Health:
        """200 while every supervised loop turns and the journal writes."""
        now = self._clock.now().steady
        reasons = [
            f"loop {loop} has not turned for {now - beat.turned_at():.0f} s"
            for loop, beat in self._beats.items()
            if now - beat.turned_at() > beat.limit
        ]
        reasons += [f"loop {loop} died: {reason}" for loop, reason in self._dead.items()]
        if not self.journal_ok():
            reasons.append("journal does not write")
        return Health(not reasons, tuple(reasons))


def _card(en: str, hant: str, hans: str) -> dict[str, str]:
    return {"en": en, "zh-Hant": hant, "zh-Hans": hans}


def own_rules() -> tuple[AlarmRule, ...]:
    """The rules about the daemon itself."""
    return (
        _own(
            "historian",
            Priority.MEDIUM,
            _card("History database unreachable", "歷史資料庫無法連線", "历史数据库无法连接"),
            Card(
                _card(
                    "The database is stopped, full or refuses us",
                    "資料庫停止、已滿或拒絕存取",
                    "数据库停止、已满或拒绝访问",
                ),
                _card(
                    "Readings wait on this machine; alarms go on",
                    "讀數暫存本機，警報不受影響",
                    "读数暂存本机，报警不受影响",
                ),
                _card(
                    "Check the database server and its disk",
                    "檢查資料庫伺服器及磁碟",
                    "检查数据库服务器及磁盘",
                ),
            ),
        ),
        _own(
            "spool_loss",
            Priority.HIGH,
            _card("Readings were lost", "讀數已有遺失", "读数已有丢失"),
            Card(
                _card(
                    "The buffer was full or a power cut came before its sync",
                    "暫存已滿，或斷電前未及寫入",
                    "缓存已满，或断电前未及写入",
                ),
                _card("History has a dated gap", "歷史資料有一段缺口", "历史数据有一段缺口"),
                _card(
                    "Bring the database back, free disk space",
                    "恢復資料庫並釋放磁碟空間",
                    "恢复数据库并释放磁盘空间",
                ),
            ),
        ),
        _own(
            "loops",
            Priority.CRITICAL,
            _card("A part of Watchroom stopped", "監控程式有部分停止運作", "监控程序有部分停止运行"),
            Card(
                _card("A fault in the program", "程式故障", "程序故障"),
                _card("Some equipment may be unwatched", "部分設備可能無人監看", "部分设备可能无人监看"),
                _card(
                    "Watch the plant by hand, call the integrator",
                    "改為人工巡查，並聯絡整合商",
                    "改为人工巡查，并联系集成商",
                ),
            ),
        ),
        _own(
            "journal",
            Priority.CRITICAL,
            _card("The record cannot be written", "紀錄無法寫入", "记录无法写入"),
            Card(
                _card(
                    "Disk full or broken, or the database is gone",
                    "磁碟已滿或損壞，或資料庫中斷",
                    "磁盘已满或损坏，或数据库中断",
                ),
                _card("Alarms are shown but not yet stored", "警報可見但尚未存檔", "报警可见但尚未存档"),
                _card(
                    "Free disk space, check the database",
                    "釋放磁碟空間並檢查資料庫",
                    "释放磁盘空间并检查数据库",
                ),
            ),
        ),
        _own(
            "duty",
            Priority.HIGH,
            _card("Nobody on duty could be told", "無當值人員可通知", "无当值人员可通知"),
            Card(
                _card("The roster has nobody for this role now", "此職務目前無人當值", "该岗位目前无人当值"),
                _card("The message went to the next step", "訊息已轉至下一步", "消息已转至下一步"),
                _card(
                    "Call somebody, correct the roster", "致電安排人員並更正排班", "致电安排人员并更正排班"
                ),
            ),
            kind=AlarmKind.DUTY,
        ),
        _own(
            "channel",
            Priority.HIGH,
            _card("A message channel failed", "通知管道故障", "通知渠道故障"),
            Card(
                _card(
                    "The gateway refuses or does not answer", "通訊閘道拒絕或無回應", "通信网关拒绝或无响应"
                ),
                _card("Duty staff may not be told", "當值人員可能收不到通知", "值班人员可能收不到通知"),
                _card("Telephone the person on duty", "改以電話通知當值人員", "改用电话通知值班人员"),
            ),
        ),
    )


def link_rule(connection: str) -> AlarmRule:
    """The alarm about the way to a broker."""
    return _own(
        f"link_{connection.replace('-', '_')}",
        Priority.HIGH,
        _card(
            f"Broker {connection} unreachable",
            f"訊息中介 {connection} 無法連線",
            f"消息代理 {connection} 无法连接",
        ),
        Card(
            _card(
                "Broker stopped, network or password", "中介停止、網路或密碼問題", "代理停止、网络或密码问题"
            ),
            _card("Its sensors cannot be heard", "無法接收其感測器訊息", "无法接收其传感器消息"),
            _card("Check the broker and the network", "檢查中介伺服器與網路", "检查代理服务器与网络"),
        ),
        kind=AlarmKind.COMM,
        on_delay=60.0,
    )


def _own(
    subject: str,
    priority: Priority,
    title: dict[str, str],
    card: Card,
    *,
    kind: AlarmKind = AlarmKind.SELF,
    incident: bool = False,
    on_delay: float = 5.0,
) -> AlarmRule:
    return AlarmRule(
        id=rule_id(subject),
        equipment=EQUIPMENT,
        kind=kind,
        condition=Reported(subject),
        priority=priority,
        on_delay=0.0 if incident else on_delay,
        off_delay=0.0 if incident else 10.0,
        incident=incident,
        title=title,
        card=card,
    )
