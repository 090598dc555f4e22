"""Tests of the simulated plant: physics in virtual time, bytes on the wire, and judges that are not ours."""
