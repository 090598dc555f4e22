"""Conditions of rules: from YAML to the domain's, with everything checked that a type alone can tell. A file for each family."""

from __future__ import annotations

from monitor.settings.conditions.maker import ConditionMaker
from monitor.settings.conditions.where import Places

__all__ = ["ConditionMaker", "Places"]
