"""Every shipped equipment type against a recorded exchange: one type file, one example file, no code."""
