"""The deployment's own certificate authority: who is who at the broker, by certificate instead of password."""
