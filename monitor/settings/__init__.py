"""Level 1: YAML to checked, frozen values, with every error as file:line:column."""
