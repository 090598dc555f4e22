"""Are the domain's tests sharp? Each small change of the code (a mutant) must make one of them fail: `make mutants`.

Libraries for this were tried and left: mutmut 3 passes over decorated functions and class bodies, and so over every property and
default of `domain/alarm.py`; cosmic-ray starts an interpreter for each mutant, which would take most of an hour.
"""
