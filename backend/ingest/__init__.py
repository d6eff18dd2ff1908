"""From MQTT to committed rows: verification, batches, dead letters and signed receipts."""
