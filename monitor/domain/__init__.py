"""Level 0: the rules of the field. Standard library only; `now` is always an argument."""
