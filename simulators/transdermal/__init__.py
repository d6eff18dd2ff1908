"""Simulated transdermal sensors: background sources, not breathalyzers."""
