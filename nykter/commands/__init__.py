"""One module per subcommand: `add_arguments(parser)` and `run(args) -> int`; loaded by name when asked for."""
