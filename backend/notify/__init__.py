"""Channels: how a message leaves the platform, one module per channel. None of them knows a database or a client."""
