"""`daily` and `reserve` of a channel, whatever its notifier."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from monitor.notifiers.fields import ChannelSettings


def test_a_channel_may_be_capped_by_the_day() -> None:
    made = ChannelSettings.model_validate({"daily": 50, "reserve": 10})
    assert (made.daily, made.reserve) == (50, 10)
    assert ChannelSettings().daily is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"reserve": 10}, "write `daily` beside it"),
        ({"daily": 10, "reserve": 10}, "nothing would be left"),
        ({"daily": 0}, "greater than or equal to 1"),
        ({"daily": 5, "reserve": -1}, "greater than or equal to 0"),
    ],
)
def test_a_cap_that_makes_no_sense_is_refused(fields: dict[str, int], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ChannelSettings.model_validate(fields)
