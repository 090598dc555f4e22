"""Level 1: YAML to checked, frozen values, with every error as file:line:column."""

from monitor.settings.description import describe
from monitor.settings.loader import load
from monitor.settings.problems import ConfigurationError, Problem

__all__ = ["ConfigurationError", "Problem", "describe", "load"]
