"""Sparkplug B (Eclipse Sparkplug specification 3.0.0) on the MQTT session: births, data, deaths."""
