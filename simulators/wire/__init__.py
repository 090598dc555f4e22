"""What goes over the wire: a Modbus TCP server, an MQTT publisher, a broker, and the drill socket."""
