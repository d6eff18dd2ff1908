"""Pure decisions: windows, attendance, results, silence, alerts and triage. No I/O; `now` is always an argument."""
