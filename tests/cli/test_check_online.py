"""`watchroom check --online`: the historian is asked."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.program import program
from tests.servers.ports import free_port

app = program()

SITE = "site: {{id: s, name: S, timezone: Asia/Shanghai}}\nhistorian: {{url: '{}'}}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    return tmp_path / "config"


def test_the_embedded_one_is_in_order(config: Path, tmp_path: Path) -> None:
    (config / "site.yaml").write_text(SITE.format("sqlite:h.db"))
    result = CliRunner().invoke(
        app, ["check", "--config", str(config), "--online", "--state", str(tmp_path / "state")]
    )
    assert result.exit_code == 0, result.output
    assert "h.db" in result.output
    assert "0 points" in result.output


def test_a_server_that_is_not_there_is_exit_1(config: Path, tmp_path: Path) -> None:
    (config / "site.yaml").write_text(SITE.format(f"influxdb1://127.0.0.1:{free_port()}/db"))
    arguments = ["check", "--config", str(config), "--state", str(tmp_path / "state")]
    assert CliRunner().invoke(app, arguments).exit_code == 0, "without --online nothing is asked"
    result = CliRunner().invoke(app, [*arguments, "--online"])
    assert result.exit_code == 1
    assert "PROBLEM" in result.output
