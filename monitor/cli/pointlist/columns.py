"""Which column holds what, guessed from its heading in English or Chinese, or told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.cli.pointlist.table import Row, Unreadable

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "address": (
        *(
            "address",
            "addr",
            "register",
            "register address",
            "modbus address",
            "reg",
            "offset",
            "register no",
        ),
        *(
            "地址",
            "寄存器地址",
            "寄存器",
            "寄存器号",
            "modbus地址",
            "通讯地址",
            "点地址",
            "暫存器",
            "暫存器地址",
            "位址",
        ),
    ),
    "name": (
        *("name", "point", "point name", "parameter", "description", "signal", "variable", "item", "data"),
        *(
            "名称",
            "点名",
            "点位名称",
            "参数",
            "参数名称",
            "数据项",
            "信号名称",
            "变量名称",
            "描述",
            "内容",
            "名稱",
            "點位名稱",
            "參數",
        ),
    ),
    "key": (
        "key",
        "tag",
        "symbol",
        "id",
        "identifier",
        "english name",
        "标识",
        "标识符",
        "英文名",
        "英文名称",
        "變量",
        "变量",
    ),
    "type": (
        *("type", "data type", "datatype", "format", "data format"),
        *("类型", "数据类型", "数据格式", "格式", "類型", "數據類型", "資料類型"),
    ),
    "length": (
        *("length", "size", "registers", "count", "words", "number of registers", "qty", "quantity"),
        *("长度", "寄存器个数", "寄存器数量", "字数", "个数", "数量", "字长", "長度", "寄存器數量"),
    ),
    "unit": ("unit", "units", "uom", "单位", "單位", "量纲"),
    "scale": (
        *("scale", "factor", "multiplier", "gain", "resolution", "coefficient", "scaling", "ratio", "k"),
        *("倍率", "系数", "比例", "分辨率", "精度", "缩放", "比例系数", "係數", "解析度"),
    ),
    "function": (
        *("function", "function code", "fc", "func", "table", "register type", "area"),
        *("功能码", "功能碼", "读功能码", "寄存器类型", "区域", "功能"),
    ),
    "access": (
        "access",
        "r/w",
        "rw",
        "read/write",
        "permission",
        "读写",
        "读写属性",
        "读/写",
        "属性",
        "权限",
        "讀寫",
        "屬性",
    ),
    "order": (
        "order",
        "byte order",
        "word order",
        "endian",
        "endianness",
        "字节序",
        "字序",
        "字节顺序",
        "位元組順序",
    ),
    "bit": ("bit", "bit no", "bit number", "位", "位号", "bit位", "位元"),
    "range": ("range", "valid range", "量程", "范围", "取值范围", "範圍"),
    "states": (
        *(
            "states",
            "values",
            "enum",
            "enumeration",
            "meaning",
            "remark",
            "remarks",
            "note",
            "notes",
            "comment",
        ),
        *("备注", "说明", "含义", "枚举", "取值", "状态", "定义", "備註", "說明", "定義"),
    ),
}
"""Headings by what stands below them, small and without signs. The first that fits exactly wins, then one that begins so."""
ROLES: Final = tuple(HEADINGS)
_NEEDED: Final = ("address", "name")


@dataclass(frozen=True, slots=True)
class Columns:
    """Place of each role's column, and the row of the headings."""

    header: Row
    place: Mapping[str, int]

    def of(self, row: Row, role: str) -> str:
        """The text of a role in a row; empty where there is none."""
        at = self.place.get(role)
        return row.cells[at] if at is not None and at < len(row.cells) else ""

    def heading(self, role: str) -> str:
        """What the column is called in the file."""
        at = self.place.get(role)
        return self.header.cells[at] if at is not None else role

    def unused(self) -> list[str]:
        """Headings that nothing was made of."""
        used = set(self.place.values())
        return [text for at, text in enumerate(self.header.cells) if text and at not in used]


def find_columns(rows: Sequence[Row], told: Mapping[str, str]) -> Columns:
    """The columns of the first row that looks like headings. `told` maps roles to headings, letters or numbers from 1.

    Raises Unreadable when there is no column for the address or the name.
    """
    best: Columns | None = None
    for row in rows[:30]:
        found = Columns(row, {**_guessed(row), **_told(row, told)})
        if best is None or len(found.place) > len(best.place):
            best = found
    missing = [role for role in _NEEDED if best is None or role not in best.place]
    if best is None or missing:
        raise Unreadable(
            f"no column for {' and '.join(missing) or 'anything'} was recognised: name it, such as "
            f"--map {missing[0] if missing else 'address'}=C or --map {missing[0] if missing else 'address'}=HEADING"
        )
    return best


def _guessed(row: Row) -> dict[str, int]:
    found: dict[str, int] = {}
    texts = [_plain(text) for text in row.cells]
    for fits in (str.__eq__, str.startswith, str.__contains__):
        for role, headings in HEADINGS.items():
            if role in found:
                continue
            for heading in headings:
                at = next(
                    (
                        i
                        for i, text in enumerate(texts)
                        if text and i not in found.values() and _worth(heading, fits) and fits(text, heading)
                    ),
                    None,
                )
                if at is not None:
                    found[role] = at
                    break
    return found


def _worth(heading: str, fits: object) -> bool:
    """A short heading such as `k` or `id` only counts when it is the whole."""
    return fits is str.__eq__ or len(heading) >= (2 if ord(heading[0]) > 127 else 4)


def _told(row: Row, told: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for role, where in told.items():
        place = _place(row, where)
        if place is not None:
            found[role] = place
    return found


def _place(row: Row, where: str) -> int | None:
    texts = [text.casefold() for text in row.cells]
    if where.casefold() in texts:
        return texts.index(where.casefold())
    if where.isdecimal():
        return int(where) - 1
    if re.fullmatch(r"[A-Za-z]{1,2}", where):
        number = 0
        for letter in where.upper():
            number = number * 26 + ord(letter) - 64
        return number - 1
    return None


def _plain(text: str) -> str:
    """`Register Address (Dec)` -> `register address`: small, without brackets, breaks and signs."""
    text = re.sub(r"[(（\[].*?[)）\]]", " ", text.casefold())
    return re.sub(r"[\s_.:：\-]+", " ", text).strip()
