"""Home Assistant's MQTT discovery as a source of equipment types (home-assistant.io/integrations/mqtt, MQTT Discovery)."""
