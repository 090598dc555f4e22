"""The equipment of the plant: simple physics, and how each device shows itself on the wire."""
