"""Watchroom cannot write to equipment: no driver has a line that could.

One file has one, for the one message that is ever published and that moves nothing: a Sparkplug rebirth request, off by
default. Nobody else uses the way by which it leaves.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.mqtt.sparkplug.rebirth import NAME, REQUEST

DRIVERS = Path(__file__).parents[2] / "drivers"
SPEAKING = {"publish", "will_set", "publish_single", "publish_multiple"}
MODULES = {"paho.mqtt.publish", "publish"}
REBIRTH = DRIVERS / "mqtt" / "sparkplug" / "rebirth.py"


def speaking(text: str) -> Iterator[str]:
    """Every name in this source by which an MQTT message could leave."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in SPEAKING:
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in SPEAKING:
                yield name
            case ast.ImportFrom(module=module, names=names):
                yield from (f"{module}.{n.name}" for n in names if module in MODULES or n.name in SPEAKING)
            case ast.Import(names=names):
                yield from (n.name for n in names if n.name in MODULES)
            case ast.Constant(value=str(name)) if name in SPEAKING:
                yield name  # getattr(client, "publish")


@pytest.mark.parametrize(
    "path", sorted(DRIVERS.rglob("*.py")), ids=lambda path: str(path.relative_to(DRIVERS))
)
def test_no_driver_can_publish(path: Path) -> None:
    assert list(speaking(path.read_text())) == (["publish"] if path == REBIRTH else [])


def test_what_the_one_file_publishes_is_a_rebirth_request_to_a_node() -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(REBIRTH.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "publish"
    ]
    assert [ast.unparse(call) for call in calls] == [
        "client.publish(f'spBv1.0/{group}/NCMD/{node}', REQUEST, qos=0, retain=False)"
    ]
    assert NAME == b"Node Control/Rebirth"
    assert NAME in REQUEST


def test_nobody_else_borrows_the_client() -> None:
    borrowing = {
        path
        for path in DRIVERS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr == "lend")
        or (isinstance(node, ast.Constant) and node.value == "lend")
    }
    assert borrowing == {REBIRTH}


@pytest.mark.parametrize(
    "text",
    [
        "client.publish('a', 1)",
        "send = client.publish",
        "client.will_set('a')",
        "import paho.mqtt.publish",
        "from paho.mqtt import publish",
        "from paho.mqtt.publish import single",
        "getattr(client, 'publish')('a')",
        "def publish(self): ...",
    ],
)
def test_a_line_that_could_is_found(text: str) -> None:
    assert list(speaking(text)) != []
