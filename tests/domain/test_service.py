"""Out of service and commissioning: an end and a reason, and it ends by itself."""

import math

import pytest

from monitor.domain.instant import Instant
from monitor.domain.service import Mode, Service, ServiceRefusal, refusal

NOW = Instant(1000.0, 5.0)


@pytest.mark.parametrize(
    ("mode", "until", "reason", "wrong"),
    [
        (Mode.IN_SERVICE, None, "", None),
        (Mode.OUT_OF_SERVICE, 2000.0, "new bearing", None),
        (Mode.COMMISSIONING, 2000.0, "first run", None),
        (Mode.OUT_OF_SERVICE, None, "x", ServiceRefusal.END_NOT_IN_FUTURE),
        (Mode.OUT_OF_SERVICE, 1000.0, "x", ServiceRefusal.END_NOT_IN_FUTURE),
        (Mode.OUT_OF_SERVICE, math.inf, "x", ServiceRefusal.END_NOT_IN_FUTURE),
        (Mode.OUT_OF_SERVICE, math.nan, "x", ServiceRefusal.END_NOT_IN_FUTURE),
        (Mode.COMMISSIONING, 1000.0 + 90 * 86_400, "x", None),
        (Mode.COMMISSIONING, 1000.1 + 90 * 86_400, "x", ServiceRefusal.END_TOO_FAR),
        (Mode.COMMISSIONING, 2000.0, "  ", ServiceRefusal.REASON_MISSING),
    ],
)
def test_what_is_refused(mode: Mode, until: float | None, reason: str, wrong: ServiceRefusal | None) -> None:
    assert refusal(mode, until, reason, NOW) is wrong


def test_it_ends_by_itself() -> None:
    one = Service("pit-1", Mode.COMMISSIONING, 1000.0, 2000.0, "wang", "first run")
    assert (one.now(1999.9), one.now(2000.0)) == (Mode.COMMISSIONING, Mode.IN_SERVICE)


def test_equipment_in_service_has_no_end() -> None:
    assert Service("pit-1", Mode.IN_SERVICE, 1000.0, None, "wang", "").now(2000.0) is Mode.IN_SERVICE
    assert Service("pit-1", Mode.OUT_OF_SERVICE, 1000.0, None, "wang", "").now(1.0) is Mode.IN_SERVICE


def test_the_names_that_are_stored() -> None:
    assert [one.value for one in Mode] == ["in_service", "out_of_service", "commissioning"]
    assert [one.value for one in ServiceRefusal] == ["end_not_in_future", "end_too_far", "reason_missing"]
