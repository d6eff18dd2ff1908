"""The HTTP API: one router per resource, each a thin face over the services."""
