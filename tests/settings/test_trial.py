"""What only the driver can tell is told by `check`, where the point stands, before anything is started."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitor import catalogue
from monitor.settings import ConfigurationError, load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("scale_from: nowhere", "scale_from: there is no point 'nowhere'"),
        ("scale_from: pump_1_current", "must be a whole number without scale"),
    ],
)
def test_a_reference_that_cannot_work_is_an_error_at_its_point(tmp_path: Path, wrong: str, said: str) -> None:
    types = tmp_path / "types"
    types.mkdir()
    for file in (ROOT / "config").glob("*.yaml"):
        shutil.copyfile(file, tmp_path / file.name)
    good = (ROOT / "config" / "types" / "sump-pit.yaml").read_text(encoding="utf-8")
    assert "scale: 0.001" in good
    (types / "sump-pit.yaml").write_text(good.replace("scale: 0.001", wrong, 1), encoding="utf-8")
    line = next(i for i, text in enumerate(good.splitlines(), 1) if "scale: 0.001" in text)
    with pytest.raises(ConfigurationError) as refused:
        load(
            tmp_path,
            catalogue.driver_settings(),
            catalogue.notifier_settings(),
            types=catalogue.shipped_types(),
        )
    assert {(p.file, p.line) for p in refused.value.problems} == {("types/sump-pit.yaml", line)}
    assert said in str(refused.value.problems[0])
