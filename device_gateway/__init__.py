"""The process beside the breathalyser: reads the device, keeps readings until they are receipted."""
