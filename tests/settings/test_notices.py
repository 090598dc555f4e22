"""What is no mistake but worth saying."""

from __future__ import annotations

from pathlib import Path

from tests.settings.models import load_fixture

SITE = "site: {id: s, name: S, timezone: Asia/Shanghai, grade: 3}\n"
PEOPLE = """people:
  - {id: chen, name: Chen, roles: [cleaner]}
  - {id: li, name: Li, roles: [cleaner]}
"""


def notices(tmp_path: Path, roster: str = "") -> str:
    (tmp_path / "site.yaml").write_text(SITE + (PEOPLE + roster if roster else ""))
    return "\n".join(load_fixture(tmp_path).notices)


def test_grade_3_and_nothing_to_watch(tmp_path: Path) -> None:
    said = notices(tmp_path)
    assert "24 h are assumed" in said
    assert "nothing is watched" in said


def test_a_gap_in_a_role_that_no_alarm_goes_to(tmp_path: Path) -> None:
    said = notices(
        tmp_path,
        'roster:\n  - {role: cleaner, shifts: {day: "08:00-16:00"}, crews: [[chen]], from: 2026-01-01}\n',
    )
    assert "nobody is on duty as cleaner at 16:00-08:00" in said


def test_shifts_of_one_person_that_touch(tmp_path: Path) -> None:
    said = notices(
        tmp_path,
        'roster:\n  - {role: cleaner, shifts: {day: "08:00-16:00", late: "16:00-24:00", night: "00:00-08:00"}, '
        "crews: [[chen], [li]], from: 2026-01-01}\n",
    )
    assert "chen stands longer than 8 h in one go" in said


def test_equipment_for_which_no_position_answers(tmp_path: Path) -> None:
    def said(covers: str) -> str:
        (tmp_path / "site.yaml").write_text(
            "site: {id: s, name: S, timezone: Asia/Shanghai}\nconnections: {bus: {driver: bus, url: x}}\n"
            "equipment:\n  - {id: a, type: meter, name: A, connection: bus, device_id: 1, system: power}\n"
            "  - {id: b, type: meter, name: B, connection: bus, device_id: 2, system: pumps}\n"
            f"positions:\n  - {{id: desk, name: Desk{covers}}}\n"
        )
        return "\n".join(load_fixture(tmp_path).notices)

    assert "no position answers for b: those alarms count for all of them" in said(
        ", covers: [{system: [power]}]"
    )
    assert "no position" not in said("")
