"""MQTT: topic mapping and payload decoding beside one small I/O file."""
