"""The JSON API: one router per resource, a thin face over the services."""
