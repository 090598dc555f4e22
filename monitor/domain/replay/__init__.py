"""Any moment of the past from what was written down: alarms from their events, values from their samples."""
