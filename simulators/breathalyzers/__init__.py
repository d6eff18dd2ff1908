"""Simulated breathalyzers, one module per family, each a transport-free `simulators.peripheral.Peripheral`."""
