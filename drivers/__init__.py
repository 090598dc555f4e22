"""Level 4: equipment protocols. Drivers read; none of them can write."""
