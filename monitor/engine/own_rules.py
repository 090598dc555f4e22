"""The alarms about Watchroom itself: what they are called, how urgent they are, and what to do first."""

from __future__ import annotations

from monitor.domain.point import Text
from monitor.domain.rules import AlarmKind, AlarmRule, Card, Priority, Reported

EQUIPMENT = "watchroom"
"""The id under which the daemon's own alarms stand in lists."""


def rule_id(subject: str) -> str:
    """Alarm id of one of our own subjects."""
    return f"{EQUIPMENT}.{subject}"


def texts(en: str, hant: str, hans: str) -> Text:
    """One text in the three languages."""
    return {"en": en, "zh-Hant": hant, "zh-Hans": hans}


def own(
    subject: str,
    priority: Priority,
    title: Text,
    card: Card,
    *,
    kind: AlarmKind = AlarmKind.SELF,
    incident: bool = False,
    on_delay: float = 5.0,
) -> AlarmRule:
    """A rule whose verdict we state ourselves. `incident`: each time it happens stands for itself."""
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


def own_rules() -> tuple[AlarmRule, ...]:
    """The rules about the daemon itself."""
    return (
        own(
            "historian",
            Priority.MEDIUM,
            texts("History database unreachable", "歷史資料庫無法連線", "历史数据库无法连接"),
            Card(
                texts(
                    "The database is stopped, full or refuses us",
                    "資料庫停止、已滿或拒絕存取",
                    "数据库停止、已满或拒绝访问",
                ),
                texts(
                    "Readings wait on this machine; alarms go on",
                    "讀數暫存本機，警報不受影響",
                    "读数暂存本机，报警不受影响",
                ),
                texts(
                    "Check the database server and its disk",
                    "檢查資料庫伺服器及磁碟",
                    "检查数据库服务器及磁盘",
                ),
            ),
        ),
        own(
            "spool_loss",
            Priority.HIGH,
            texts("Readings were lost", "讀數已有遺失", "读数已有丢失"),
            Card(
                texts(
                    "The buffer was full or a power cut came before its sync",
                    "暫存已滿，或斷電前未及寫入",
                    "缓存已满，或断电前未及写入",
                ),
                texts("History has a dated gap", "歷史資料有一段缺口", "历史数据有一段缺口"),
                texts(
                    "Bring the database back, free disk space",
                    "恢復資料庫並釋放磁碟空間",
                    "恢复数据库并释放磁盘空间",
                ),
            ),
        ),
        own(
            "loops",
            Priority.CRITICAL,
            texts("A part of Watchroom stopped", "監控程式有部分停止運作", "监控程序有部分停止运行"),
            Card(
                texts("A fault in the program", "程式故障", "程序故障"),
                texts("Some equipment may be unwatched", "部分設備可能無人監看", "部分设备可能无人监看"),
                texts(
                    "Watch the plant by hand, call the integrator",
                    "改為人工巡查，並聯絡整合商",
                    "改为人工巡查，并联系集成商",
                ),
            ),
        ),
        own(
            "journal",
            Priority.CRITICAL,
            texts("The record cannot be written", "紀錄無法寫入", "记录无法写入"),
            Card(
                texts(
                    "Disk full or broken, or the database is gone",
                    "磁碟已滿或損壞，或資料庫中斷",
                    "磁盘已满或损坏，或数据库中断",
                ),
                texts("Alarms are shown but not yet stored", "警報可見但尚未存檔", "报警可见但尚未存档"),
                texts(
                    "Free disk space, check the database",
                    "釋放磁碟空間並檢查資料庫",
                    "释放磁盘空间并检查数据库",
                ),
            ),
        ),
        own(
            "duty",
            Priority.HIGH,
            texts("Nobody on duty could be told", "無當值人員可通知", "无当值人员可通知"),
            Card(
                texts("The roster has nobody for this role now", "此職務目前無人當值", "该岗位目前无人当值"),
                texts("The message went to the next step", "訊息已轉至下一步", "消息已转至下一步"),
                texts(
                    "Call somebody, correct the roster", "致電安排人員並更正排班", "致电安排人员并更正排班"
                ),
            ),
            kind=AlarmKind.DUTY,
        ),
        own(
            "channel",
            Priority.HIGH,
            texts("A message channel failed", "通知管道故障", "通知渠道故障"),
            Card(
                texts(
                    "The gateway refuses or does not answer", "通訊閘道拒絕或無回應", "通信网关拒绝或无响应"
                ),
                texts("Duty staff may not be told", "當值人員可能收不到通知", "值班人员可能收不到通知"),
                texts("Telephone the person on duty", "改以電話通知當值人員", "改用电话通知值班人员"),
            ),
        ),
    )


_LINK_CARD = Card(
    texts(
        "Broker, gateway or device stopped, network or password",
        "中介、網關或設備停止，網路或密碼問題",
        "代理、网关或设备停止，网络或密码问题",
    ),
    texts("Nothing behind it can be seen", "其後的設備均無法監看", "其后的设备均无法监看"),
    texts(
        "Check power and network of the broker or gateway",
        "檢查中介或網關的電源與網路",
        "检查代理或网关的电源与网络",
    ),
)


def link_subject(connection: str) -> str:
    """What the alarm about a link is called."""
    return f"link_{connection.replace('-', '_')}"


def link_rule(connection: str) -> AlarmRule:
    """The alarm about the way to a broker, gateway or device."""
    return own(
        link_subject(connection),
        Priority.HIGH,
        texts(
            f"Connection {connection} is down",
            f"連接 {connection} 中斷",
            f"连接 {connection} 中断",
        ),
        _LINK_CARD,
        kind=AlarmKind.COMM,
        on_delay=60.0,
    )


def silent_subject(connection: str) -> str:
    """What the alarm about a connection that yields nothing is called."""
    return f"silent_{connection.replace('-', '_')}"


_SILENT_CARD = Card(
    texts(
        "The gateway is up but its bus is not, or all devices behind it are off",
        "網關在線但其總線故障，或其後設備全部停電",
        "网关在线但其总线故障，或其后设备全部停电",
    ),
    texts("Nothing behind it can be seen", "其後的設備均無法監看", "其后的设备均无法监看"),
    texts(
        "Check bus cable and power of the devices, restart the gateway",
        "檢查總線與設備電源，重啟網關",
        "检查总线与设备电源，重启网关",
    ),
)


def silent_rule(connection: str) -> AlarmRule:
    """The alarm about a polled connection from which no good value comes, be it up or not."""
    return own(
        silent_subject(connection),
        Priority.HIGH,
        texts(
            f"Connection {connection} yields nothing",
            f"連接 {connection} 無任何資料",
            f"连接 {connection} 无任何数据",
        ),
        _SILENT_CARD,
        kind=AlarmKind.COMM,
    )
