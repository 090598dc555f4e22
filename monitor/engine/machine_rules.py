"""The alarms about the machine and about the weekly test."""

from __future__ import annotations

from monitor.domain.rules import AlarmRule, Card, Priority
from monitor.engine.flooding import FLOOD
from monitor.engine.own_rules import own, texts

DISK, DISK_FULL = "disk", "disk_full"
CLOCK_STEP, CLOCK_SYNC = "clock_step", "clock_sync"
SPOOL_FILLING, OUTBOX = "spool_filling", "outbox"
DRILL_SMS, DRILL_HORN, DRILL_FAILED = "drill_sms", "drill_horn", "drill_failed"


def machine_rules() -> tuple[AlarmRule, ...]:
    """Disk, clocks, and what piles up."""
    return (
        own(
            DISK,
            Priority.HIGH,
            texts("Disk space is running short", "磁碟空間不足", "磁盘空间不足"),
            Card(
                texts(
                    "Logs, backups or history fill the disk",
                    "日誌、備份或歷史資料佔滿磁碟",
                    "日志、备份或历史数据占满磁盘",
                ),
                texts(
                    "When it is full, neither alarms nor readings can be stored",
                    "磁碟滿後，警報與讀數均無法存檔",
                    "磁盘满后，报警与读数均无法存档",
                ),
                texts(
                    "Delete old files, or give it a larger disk",
                    "清理舊檔案或擴充磁碟",
                    "清理旧文件或扩充磁盘",
                ),
            ),
        ),
        own(
            DISK_FULL,
            Priority.CRITICAL,
            texts("Disk nearly full", "磁碟即將寫滿", "磁盘即将写满"),
            Card(
                texts("Less than 2 % is free", "可用空間低於 2%", "可用空间低于 2%"),
                texts("The record will stop within hours", "數小時內將無法存檔", "数小时内将无法存档"),
                texts("Free disk space now", "立即清理磁碟空間", "立即清理磁盘空间"),
            ),
        ),
        own(
            CLOCK_STEP,
            Priority.MEDIUM,
            texts("The clock of this machine jumped", "本機時鐘發生跳變", "本机时钟发生跳变"),
            Card(
                texts(
                    "Set by hand, or by time service after a fault",
                    "人工修改，或校時服務故障後校正",
                    "人工修改，或校时服务故障后校正",
                ),
                texts(
                    "Times in the record before and after do not join",
                    "跳變前後的紀錄時間不連續",
                    "跳变前后的记录时间不连续",
                ),
                texts("Compare the clock, note the reason", "核對時間並註明原因", "核对时间并注明原因"),
            ),
            incident=True,
        ),
        own(
            CLOCK_SYNC,
            Priority.LOW,
            texts("The clock is not synchronised", "時鐘未同步", "时钟未同步"),
            Card(
                texts(
                    "Time server or network unreachable",
                    "校時伺服器或網路無法連線",
                    "校时服务器或网络无法连接",
                ),
                texts("Times in the record may drift", "紀錄時間可能漸有偏差", "记录时间可能逐渐偏差"),
                texts("Check the time service of this machine", "檢查本機校時服務", "检查本机校时服务"),
            ),
            on_delay=900.0,
        ),
        own(
            SPOOL_FILLING,
            Priority.MEDIUM,
            texts("Waiting readings fill their space", "待寫讀數佔用過半", "待写读数占用过半"),
            Card(
                texts(
                    "The history database has been away for long",
                    "歷史資料庫長時間中斷",
                    "历史数据库长时间中断",
                ),
                texts(
                    "When it is full the oldest readings are lost",
                    "存滿後最舊的讀數將遺失",
                    "存满后最旧的读数将丢失",
                ),
                texts("Bring the history database back", "恢復歷史資料庫", "恢复历史数据库"),
            ),
        ),
        own(
            OUTBOX,
            Priority.HIGH,
            texts("Messages do not go out", "訊息無法發出", "消息无法发出"),
            Card(
                texts("Every attempt on the channel fails", "通知管道持續發送失敗", "通知渠道持续发送失败"),
                texts("Duty staff are not being told", "當值人員未收到通知", "值班人员未收到通知"),
                texts(
                    "Telephone the person on duty, check the gateway",
                    "電話通知當值人員並檢查通訊閘道",
                    "电话通知值班人员并检查通信网关",
                ),
            ),
        ),
        own(
            FLOOD,
            Priority.MEDIUM,
            texts(
                "Alarms come faster than one person can take them",
                "報警泛濫，一人難以應付",
                "报警泛滥，一人难以应付",
            ),
            Card(
                texts(
                    "One cause behind many alarms, or alarms that chatter",
                    "同一原因引發多個報警，或報警反覆觸發",
                    "同一原因引发多个报警，或报警反复触发",
                ),
                texts(
                    "The important one may be overlooked",
                    "重要的報警可能被忽略",
                    "重要的报警可能被忽略",
                ),
                texts(
                    "Take the critical ones first, look for the common cause, call a second person",
                    "先處理緊急報警，尋找共同原因，並請人支援",
                    "先处理紧急报警，寻找共同原因，并请人支援",
                ),
            ),
            on_delay=0.0,
        ),
    )


def drill_rules() -> tuple[AlarmRule, ...]:
    """The weekly test: two that only pretend, and one for a test that was not passed."""
    pretended = Card(
        texts("The weekly test, as planned", "每週例行測試", "每周例行测试"),
        texts("Nothing is wrong", "並無異常", "并无异常"),
        texts("Acknowledge; nothing else to do", "確認即可，無需處理", "确认即可，无需处理"),
    )
    return (
        own(
            DRILL_SMS,
            Priority.LOW,
            texts("TEST of messages, no alarm", "【測試】通知測試，並非警報", "【测试】通知测试，并非报警"),
            pretended,
            on_delay=0.0,
        ),
        own(
            DRILL_HORN,
            Priority.LOW,
            texts(
                "TEST of the horn, no alarm", "【測試】警報聲測試，並非警報", "【测试】报警声测试，并非报警"
            ),
            pretended,
            on_delay=0.0,
        ),
        own(
            DRILL_FAILED,
            Priority.HIGH,
            texts("The weekly test was not passed", "每週測試未通過", "每周测试未通过"),
            Card(
                texts(
                    "No receipt came, or nobody acknowledged in time",
                    "未收到送達回執，或無人及時確認",
                    "未收到送达回执，或无人及时确认",
                ),
                texts("A real alarm might go unheard", "真正的警報可能無人得知", "真正的报警可能无人知晓"),
                texts(
                    "Try the named part by hand, mend it, test again",
                    "人工測試所列部分，修復後重新測試",
                    "人工测试所列部分，修复后重新测试",
                ),
            ),
            incident=True,
        ),
    )
