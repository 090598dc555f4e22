"""Kinds of fields that the Modbus settings share."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from drivers.modbus.encoding import LONG_ORDERS, Order

_LARGEST: Final = 1.7e308
"""Beyond it there is only infinity."""


def text(value: object, shape: str) -> str:
    """`value` where it is text. Raises ValueError with the shape it should have."""
    if isinstance(value, bool | int | float):
        raise ValueError(f"{value!r} must be text such as {shape}: put it in quotes")
    if not isinstance(value, str):
        raise ValueError(f"must be text such as {shape}")
    return value


def _order(value: object) -> object:
    order = LONG_ORDERS.get(value) if isinstance(value, str) else None
    if order is None:
        raise ValueError(f"{value!r} is not one of ABCD CDAB BADC DCBA")
    return order


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        raise ValueError(f"{value!r} is not a finite number")
    return value


Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, BeforeValidator(_number)]
RawNumber = Annotated[int | float, BeforeValidator(_number)]
AnyOrder = Annotated[Order, BeforeValidator(_order)]


class Fields(BaseModel):
    """Unknown fields are errors, values are frozen, numbers are finite."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )
