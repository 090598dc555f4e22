"""Checksums of Modbus over Serial Line V1.02, written from its text and not shared with any driver."""

from __future__ import annotations


def crc16(data: bytes) -> bytes:
    """The cyclic redundancy check of RTU frames, low byte first (section 6.2.2, bit by bit)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def lrc(data: bytes) -> int:
    """The longitudinal redundancy check of ASCII frames: the two's complement of the sum (section 6.2.1)."""
    return -sum(data) & 0xFF
