"""The shape of every mapping that stands in a configuration, as pydantic models."""
