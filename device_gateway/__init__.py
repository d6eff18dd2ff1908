"""The process beside the breathalyser: reads the device, keeps readings until they are receipted."""

VERSION = "0.1.0"
"""Version of the gateway as it stands in every message it signs."""
