"""What the breathalyzers say on the air, as pure values: no Bluetooth stack, no clock, no I/O."""
