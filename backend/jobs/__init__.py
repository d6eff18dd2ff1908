"""Whatever waits or repeats: procrastinate tasks. A task takes no arguments but identifiers and calls a service."""
