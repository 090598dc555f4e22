"""The evidence pack of an incident: what happened, in files that anybody can read and anybody can prove."""
