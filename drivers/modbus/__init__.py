"""Modbus: request plan and register decoding beside one small I/O file."""
