"""Simulated people, devices and faults; one seeded generator drives them all."""
