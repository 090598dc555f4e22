"""`watchroom import`: lists as vendors write them, and what is said of what they do not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor import catalogue
from monitor.cli.pointlist.address import NotUnderstood, Written, numbered, parse, place, table_of
from monitor.cli.pointlist.encodings import Encoding, encoding_of
from monitor.cli.pointlist.keys import key_of
from monitor.cli.pointlist.numbers import invalid_of, range_of, scale_of, states_of, unit_of
from monitor.cli.program import program
from monitor.settings import load
from tests.support.yaml_text import parse_yaml

app = program()

CHINESE = """电力仪表点表,,,,,,,
序号,点位名称,寄存器地址,数据类型,倍率,单位,读写,备注
1,A相电压,40001,无符号16位,0.1,V,R,
2,总有功功率,40003,有符号32位,0.001,kW,R,
3,正向有功电能,40005,浮点,1,kWh,R,
4,运行状态,40007,UINT16,,,R,0:停止 1:运行 2:故障
5,故障位,40008.3,bit,,,R,
6,远程启动,40009,UINT16,,,W,
7,温度,40010,奇怪,0.1,℃,R,
"""
ENGLISH = """Register Address (hex);Description;Data Type;Function code;Length;Scale;Unit;Access;Range
0000;Voltage L1;UINT16;03/06;1;/10;V;R/W;0-300
000A;Active power;INT32 word swap;04;2;;W;RO;
0010;Relay 1;;01;;;;R;
0020;Serial;ASCII;03;4;;;R;
zz;What;INT16;03;1;;;R;
"""


def run(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["import", str(path), *arguments])


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding=encoding)
    return path


def points(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = parse_yaml(done.stdout)["points"]
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_chinese_list_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    done = run(write(tmp_path, CHINESE, encoding))
    assert points(done) == {
        "a_phase_voltage": {"read": "holding:0", "as": "uint16", "scale": 0.1, "unit": "V", "label": "A相电压"},
        "total_active_power": {"read": "holding:2", "as": "int32", "scale": 0.001, "unit": "kW", "label": "总有功功率"},
        "active_import_energy": {
            "read": "holding:4", "as": "float32", "unit": "kWh", "kind": "counter", "label": "正向有功电能",
        },
        "run_state": {
            "read": "holding:6", "as": "uint16", "values": {0: "停止", 1: "运行", 2: "故障"}, "label": "运行状态",
        },
        "fault": {"read": "holding:7", "as": "bool", "bit": 3, "label": "故障位"},
    }  # fmt: skip


def test_what_is_not_understood_is_told_by_row_and_column_and_kept_in_the_file(tmp_path: Path) -> None:
    done = run(write(tmp_path, CHINESE))
    told = done.stderr.splitlines()
    assert told[0] == "5 points, 2 rows not understood"
    assert told[1] == "row 8, column 读写: `W`: it can only be written, which Watchroom never does"
    assert told[2].startswith("row 9, column 数据类型: `奇怪` is no data type known here")
    assert told[3] == "columns that nothing was made of: 序号"
    assert "# row 8, column 读写" in done.stdout
    assert "[6 | 远程启动 | 40009 | UINT16 |" in done.stdout


def test_an_english_list_in_hexadecimal_with_functions(tmp_path: Path) -> None:
    done = run(write(tmp_path, ENGLISH))
    assert points(done) == {
        "voltage_l1": {
            "read": "holding:0", "as": "uint16", "scale": 0.1, "unit": "V", "range": [0, 300], "label": "Voltage L1",
        },
        "active_power": {"read": "input:10", "as": "int32", "order": "CDAB", "unit": "W", "label": "Active power"},
        "relay_1": {"read": "coil:16", "as": "bool", "label": "Relay 1"},
        "serial": {"read": "holding:32", "as": "string:8", "label": "Serial"},
    }  # fmt: skip
    assert "row 6, column Register Address (hex): `zz` is no address" in done.stderr


def test_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")  # in the lock files; a worktree may be older than they are
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Points")
    sheet.append(["Address", "Name", "Type", "Unit", "Factor"])
    sheet.append([0, "Voltage", "uint16", "V", 0.1])
    sheet.append([1.0, "Current", "uint16", "A", "0.01"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    found = points(run(path, "--sheet", "Points"))
    assert found["voltage"] == {
        "read": "holding:0",
        "as": "uint16",
        "scale": 0.1,
        "unit": "V",
        "label": "Voltage",
    }
    assert found["current"]["read"] == "holding:1"
    assert "no sheet is called 'Pints'; there is Cover, Points" in run(path, "--sheet", "Pints").output
    assert "no column for" in run(path).output


def test_what_was_made_passes_check(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "types").mkdir(parents=True)
    done = run(write(tmp_path, CHINESE), "--name", "my-meter", "--output", str(site / "types/my-meter.yaml"))
    assert done.exit_code == 0, done.output
    (site / "site.yaml").write_text(
        "site: {id: s, name: S, timezone: Asia/Shanghai}\njournal: {url: 'sqlite:j.db'}\nhistorian: {url: 'sqlite:h.db'}\n"
        "connections: {line: {driver: modbus, url: 'tcp://127.0.0.1:1502'}}\n"
        "equipment: [{id: one, type: my-meter, name: one, connection: line, device_id: 1}]\n"
    )
    loaded = load(
        site, catalogue.driver_settings(), catalogue.notifier_settings(), types=catalogue.shipped_types()
    )
    assert len(loaded.equipment["one"].source.plan.points) == 5
    again = run(tmp_path / "list.csv", "--output", str(site / "types/my-meter.yaml"))
    assert again.exit_code == 1
    assert "is there already" in again.output


PLAIN = "Address,Name,Type\n1,A,uint16\n2,B,uint16\n"


def test_where_counting_from_0_or_1_is_not_said_there_is_a_hint(tmp_path: Path) -> None:
    path = write(tmp_path, PLAIN)
    done = run(path)
    assert points(done)["a"]["read"] == "holding:1"
    assert "if the vendor counts from 1, say --base 1" in done.stderr
    assert "holding registers were taken; --table input if they are not" in done.stderr
    told = run(path, "--base", "1", "--table", "input")
    assert points(told)["a"]["read"] == "input:0"
    assert "hint" not in told.stderr
    assert "hint: addresses" not in run(write(tmp_path, PLAIN + "0,C,uint16\n")).stderr


def test_a_factor_of_ten_may_mean_a_tenth(tmp_path: Path) -> None:
    path = write(tmp_path, "Address,Name,Type,Scale\n0,A,uint16,10\n1,B,uint16,1\n")
    done = run(path)
    assert points(done)["a"]["scale"] == 10
    assert "factors such as 10 are multiplied; if the vendor sends value x 10, say --divide" in done.stderr
    assert points(run(path, "--divide"))["a"]["scale"] == 0.1


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "foo,bar,baz\n7,Volts,uint32\n")
    assert (
        "no column for address and name was recognised: name it, such as --map address=C" in run(path).output
    )
    mapped = run(path, "--map", "address=foo", "--map", "name=B", "--map", "type=3")
    assert points(mapped) == {"volts": {"read": "holding:7", "as": "uint32", "label": "Volts"}}
    assert "did you mean `address`?" in run(path, "--map", "adress=A").output


def test_the_same_name_twice_gets_a_number(tmp_path: Path) -> None:
    path = write(tmp_path, "Address,Name,Type\n0,A,uint16\n1,A,uint16\n2,A 2,uint16\n")
    assert list(points(run(path))) == ["a", "a_2", "a_2_2"]


def test_texts_that_yaml_would_misread_are_quoted(tmp_path: Path) -> None:
    path = write(tmp_path, 'Address,Name,Type,Unit\n0,"on: {1}, #x",uint16,%\n')
    [point] = points(run(path)).values()
    assert (point["label"], point["unit"]) == ("on: {1}, #x", "%")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0rest", "old .xls format"),
        (b"PK\x03\x04rest", "not a workbook that can be read"),
        (b"\xff\xff\xff", "is not UTF-8 nor GB18030"),
        (b"", "no column for"),
        (b"Address,Name,Type\nx,y,z\n", "no point was understood"),
    ],
)
def test_what_is_no_point_list(tmp_path: Path, content: bytes, says: str) -> None:
    if content.startswith(b"PK"):
        pytest.importorskip("openpyxl")
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    done = run(path)
    assert done.exit_code == 1
    assert says in done.output


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = run(tmp_path / "none.csv")
    assert done.exit_code == 1
    assert "No such file" in done.output


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("100", Written(100, "plain")),
        ("0x64", Written(100, "hex")),
        ("64H", Written(100, "hex")),
        ("0x0100", Written(256, "hex")),
        ("40101", Written(40101, "numbered")),
        ("400101", Written(400101, "numbered")),
        ("4x0101", Written(101, "numbered", "holding")),
        ("3X00101", Written(101, "numbered", "input")),
        ("100-101", Written(100, "plain", registers=2)),
        ("40101~40104", Written(40101, "numbered", registers=4)),
        ("0x10 - 0x11", Written(16, "hex", registers=2)),
        ("100.3", Written(100, "plain", bit=3)),
        ("40101:15", Written(40101, "numbered", bit=15)),
    ],
)
def test_addresses(text: str, written: Written) -> None:
    assert parse(text) == written


@pytest.mark.parametrize("text", ["", "x", "-", "100.16", "101-100", "12345678", "1-999"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse(text)


def test_numbers_are_registers_only_when_all_are() -> None:
    """Schneider's 45100 stands beside 3028: an address, not holding register 5100."""
    assert numbered([parse("40001"), parse("30011"), parse("0x10")])
    assert not numbered([parse("45100"), parse("3028")])
    assert place(parse("45100"), False, 1, "holding") == "holding:45099"
    assert place(parse("45100"), True, 0, "holding") == "holding:5099"
    assert place(parse("00001"), True, 0, "holding") == "coil:0"
    with pytest.raises(NotUnderstood, match="outside"):
        place(parse("0"), False, 1, "holding")


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("", None), ("03", "holding"), ("0x04", "input"), ("FC3", "holding"), ("03/06/16", "holding"), ("06,03", "holding"),
        ("保持寄存器", "holding"), ("输入寄存器", "input"), ("Coil", "coil"), ("离散输入", "discrete"), ("4x", "holding"),
    ],
)  # fmt: skip
def test_tables(text: str, table: str | None) -> None:
    assert table_of(text) == table


def test_a_function_that_only_writes_reads_nothing() -> None:
    with pytest.raises(NotUnderstood, match="reads nothing"):
        table_of("06/16")


@pytest.mark.parametrize(
    ("text", "registers", "as_", "order"),
    [
        ("uint16", None, "uint16", None), ("INT", 2, "int32", None), ("INT", None, "int16", None),
        ("无符号整数", 2, "uint32", None),
        ("float", None, "float32", None), ("Float32 CDAB", None, "float32", "CDAB"), ("double", None, "float64", None),
        ("单精度浮点数", 2, "float32", None), ("unsigned long", None, "uint32", None), ("U64", None, "uint64", None),
        ("DWORD", None, "uint32", None), ("Word", None, "uint16", None), ("32位有符号 低字在前", None, "int32", "CDAB"),
        ("S16", None, "int16", None), ("signed 32", None, "int32", None), ("BCD", 1, "bcd16", None), ("BCD", 2, "bcd32", None),
        ("string 10", None, "string:10", None), ("ASCII", 4, "string:8", None), ("", 1, "uint16", None),
        ("16", None, "uint16", None),
        ("int32 little endian", None, "int32", "DCBA"), ("int32 big endian", None, "int32", None),
    ],
)  # fmt: skip
def test_data_types(text: str, registers: int | None, as_: str, order: str | None) -> None:
    assert encoding_of(text, registers, "holding", None) == Encoding(as_, order)


@pytest.mark.parametrize(("text", "registers"), [("", None), ("", 2), ("magic", 1), ("string", None)])
def test_no_data_type_is_told_rather_than_guessed(text: str, registers: int | None) -> None:
    with pytest.raises(NotUnderstood):
        encoding_of(text, registers, "holding", None)


@pytest.mark.parametrize(
    ("text", "divide", "scale"),
    [("", False, 1), ("-", False, 1), ("0.1", False, 0.1), ("×0.1", False, 0.1), ("x 0.01", False, 0.01), ("/10", False, 0.1),
     ("1/100", False, 0.01), ("10^-3", False, 0.001), ("10", False, 10), ("10", True, 0.1), ("1e-2", False, 0.01)],
)  # fmt: skip
def test_factors(text: str, divide: bool, scale: float) -> None:
    assert scale_of(text, divide) == pytest.approx(scale)


@pytest.mark.parametrize("text", ["ten", "0", "/0", "a/b"])
def test_what_is_no_factor(text: str) -> None:
    with pytest.raises(NotUnderstood):
        scale_of(text, False)


def test_units_ranges_and_states() -> None:
    assert unit_of("0.1℃") == ("°C", 0.1)
    assert unit_of("kW·h") == ("kWh", 1.0)
    assert unit_of("/") == ("", 1.0)
    assert range_of("-40~80℃") == (-40, 80)
    assert range_of("0 to 100") == (0, 100)
    assert range_of("see note") is None
    assert states_of("0=off; 1=on") == {0: "off", 1: "on"}
    assert states_of("0：关 1：开") == {0: "关", 1: "开"}
    assert states_of("0-停止，1-运行，2-故障") == {0: "停止", 1: "运行", 2: "故障"}
    assert states_of("value is 1") == {}
    assert states_of("see chapter 4: Modbus") == {}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Voltage L1-N (V)", "voltage_l1_n_v"),
        ("A相电压", "a_phase_voltage"),
        ("B 相電流", "b_phase_current"),
        ("1号水泵故障", "pump_1_fault"),
        ("2#泵运行", "pump_2_run"),
        ("總有功功率", "total_active_power"),
        ("瓦斯浓度", "holding_7"),
        ("A相谐波", "holding_7"),
        ("123", "holding_7"),
    ],
)
def test_keys(name: str, key: str) -> None:
    assert key_of(name, "holding:7", None) == key


REMARKS = """名称,地址,类型,倍率,单位,备注
流量,200,int16,,m3/h,倍率见201
室外温度,320,int16,0.1,℃,0x8000为无效
运行状态,300,uint16,,,0:停止 1:运行
供水温度,100,float,,℃,
"""


def test_a_remark_becomes_states_or_no_values_or_stands_beside_its_point(tmp_path: Path) -> None:
    done = run(write(tmp_path, REMARKS))
    found = points(done)
    assert found["outdoor_temperature"]["invalid"] == [0x8000]
    assert found["run_state"]["values"] == {0: "停止", 1: "运行"}
    assert '"流量"}  # the list says: 倍率见201' in done.stdout
    assert done.stdout.count("the list says") == 1
    assert "the remark on row 2 became nothing: it stands beside the point in the file" in done.stderr


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("0x8000为无效", ("0x8000",)),
        ("值为0x7FFF时无效", ("0x7FFF",)),
        ("invalid: 32767", ("32767",)),
        ("-32768 means no value; 32767 is invalid", ("-32768", "32767")),
        ("0:停止 1:运行", ()),
        ("倍率见201", ()),
        ("valid from 100", ()),
        ("1234.5 invalid", ()),
        ("", ()),
    ],
)
def test_contents_that_mean_no_value(text: str, contents: tuple[str, ...]) -> None:
    assert invalid_of(text) == contents
