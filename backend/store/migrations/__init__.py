"""The migrations: plain SQL, applied in the order of their numbers and never changed afterwards."""
