"""Typed contexts: what each template may show. Templates hold no logic beyond loops and conditions."""
