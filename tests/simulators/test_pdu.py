"""Answers compared with bytes printed in the Modbus Application Protocol V1.1b3, section 6."""

import pytest

from simulators.wire.pdu import answer
from simulators.wire.registers import RegisterBank, Table


def from_hex(text: str) -> bytes:
    return bytes.fromhex(text)


def test_read_coils_as_in_section_6_1() -> None:
    bank = RegisterBank()
    on = from_hex("CD 6B 05")
    bank.bits(Table.COIL, 19, [bool(on[i // 8] >> (i % 8) & 1) for i in range(19)])
    assert answer(bank, from_hex("01 00 13 00 13")) == from_hex("01 03 CD 6B 05")


def test_read_discrete_inputs_as_in_section_6_2() -> None:
    bank = RegisterBank()
    on = from_hex("AC DB 35")
    bank.bits(Table.DISCRETE, 196, [bool(on[i // 8] >> (i % 8) & 1) for i in range(22)])
    assert answer(bank, from_hex("02 00 C4 00 16")) == from_hex("02 03 AC DB 35")


def test_read_holding_registers_as_in_section_6_3() -> None:
    bank = RegisterBank()
    bank.words(Table.HOLDING, 107, [0x022B, 0x0000, 0x0064])
    assert answer(bank, from_hex("03 00 6B 00 03")) == from_hex("03 06 02 2B 00 00 00 64")


def test_read_input_registers_as_in_section_6_4() -> None:
    bank = RegisterBank()
    bank.words(Table.INPUT, 8, [0x000A])
    assert answer(bank, from_hex("04 00 08 00 01")) == from_hex("04 02 00 0A")


def test_a_float_stands_high_word_first() -> None:
    bank = RegisterBank()
    bank.float32(Table.INPUT, 0, 230.2)  # worked out by hand: 0x43663333
    assert answer(bank, from_hex("04 00 00 00 02")) == from_hex("04 04 43 66 33 33")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        pytest.param("06 00 00 00 01", "86 01", id="write single register"),
        pytest.param("05 00 00 FF 00", "85 01", id="write single coil"),
        pytest.param("0F 00 00 00 01 01 01", "8F 01", id="write coils"),
        pytest.param("10 00 00 00 01 02 00 01", "90 01", id="write registers"),
        pytest.param("17 00 00 00 01 00 00 00 01 02 00 01", "97 01", id="read and write"),
        pytest.param("2B 0E 01 00", "AB 01", id="device identification"),
        pytest.param("03 00 02 00 01", "83 02", id="no such address"),
        pytest.param("03 00 01 00 02", "83 02", id="half outside"),
        pytest.param("04 00 00 00 01", "84 02", id="another table"),
        pytest.param("03 FF FF 00 02", "83 02", id="past the end of the table"),
        pytest.param("03 00 00 00 00", "83 03", id="nothing asked"),
        pytest.param("03 00 00 00 7E", "83 03", id="126 registers"),
        pytest.param("01 00 00 07 D1", "81 03", id="2001 coils"),
        pytest.param("03 00 00 00", "83 03", id="cut short"),
        pytest.param("03 00 00 00 01 00", "83 03", id="too long"),
    ],
)
def test_what_cannot_be_answered_gets_its_exception(asked: str, answered: str) -> None:
    bank = RegisterBank()
    bank.words(Table.HOLDING, 0, [7, 8])
    assert answer(bank, from_hex(asked)) == from_hex(answered)


def test_a_device_may_give_less_than_the_protocol_allows() -> None:
    bank = RegisterBank(max_registers=80)
    bank.reserve(Table.INPUT, 0, 90)
    assert answer(bank, from_hex("04 00 00 00 50"))[:2] == from_hex("04 A0")
    assert answer(bank, from_hex("04 00 00 00 51")) == from_hex("84 03")
