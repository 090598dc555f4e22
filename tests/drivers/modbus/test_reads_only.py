"""Watchroom cannot write: no line of the driver could, and the wire sees function codes 1 to 4 only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import drivers.modbus
from drivers.modbus.connection import ModbusConnection
from drivers.modbus.frames import read_request
from drivers.modbus.location import Table
from drivers.modbus.plan import Block
from drivers.modbus.wire import request
from tests.drivers.modbus.build import connection, equipment
from tests.drivers.modbus.raw_server import RawServer, Send, asked
from tests.support.real_clock import RealClock

SOURCES = sorted(Path(drivers.modbus.__file__).parent.glob("*.py"))
WRITING = re.compile(
    r"writ(e|ing)|preset|mask_?write|diag|file_?record|custom|execute_raw|sendto", re.IGNORECASE
)


def is_a_read_leaving(node: ast.AST) -> bool:
    """`transport.write(read_request(...))`: bytes that leave, and can only be a request with function code 1 to 4."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="write"), args=[ast.Call(func=ast.Name(id="read_request"))], keywords=[]
        ):
            return True
    return False


def names(source: str) -> Iterator[str]:
    """Every name that the code uses, imports or could look up by text; comments and docstrings say what they like."""
    tree = ast.parse(source)
    leaving = {
        id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and is_a_read_leaving(node)
    }
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if id(node) in leaving:
            continue
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.ImportFrom(module=str(name)):
                yield name
            case ast.Constant(value=str(name)) if id(node) not in docs:
                yield name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_line_of_the_driver_names_a_write(path: Path) -> None:
    assert [name for name in names(path.read_text()) if WRITING.search(name)] == []


def test_the_search_would_find_one() -> None:
    for line in (
        "client.write_register(1, 2)",
        "from pymodbus.pdu import WriteSingleCoilRequest",
        "getattr(c, 'write_coil')",
        "transport.write(frame)",
        "transport.write(read_request(1, 1, block) + frame)",
        "send = transport.write",
    ):
        assert [name for name in names(line) if WRITING.search(name)]


def test_there_are_four_function_codes_and_all_read() -> None:
    assert sorted(Table) == [1, 2, 3, 4]
    for table in Table:
        made = request(1, Block(table, 0, 1, ()))
        assert (made.function_code, made.encode()) == (table, b"\x00\x00\x00\x01")
        assert read_request(7, 9, Block(table, 0, 1, ())) == bytes((0, 7, 0, 0, 0, 6, 9, table, 0, 0, 0, 1))


async def test_the_wire_sees_reads_only() -> None:
    def answer(frame: bytes) -> list[Send]:
        ask = asked(frame)
        return [Send(ask.frame(bytes((ask.function, 1, 0))) if ask.function <= 2 else ask.words(0))]

    device = equipment(
        {
            "c": {"read": "coil:0", "as": "bool"},
            "d": {"read": "discrete:0", "as": "bool"},
            "h": {"read": "holding:0", "as": "uint16"},
            "i": {"read": "input:0", "as": "uint16"},
        },
        id="dev",
    )
    async with RawServer(answer) as server:
        driver = ModbusConnection("bus", connection(f"tcp://127.0.0.1:{server.port}"), [device], RealClock())
        await driver.read("dev")
        await driver.probe("dev")
        await driver.close()
        assert sorted(frame[7] for frame in server.requests) == [1, 1, 2, 2, 3, 3, 4, 4]
        assert {len(frame) for frame in server.requests} == {12}
