"""How long pages and API take, by route. Measured until the answer begins: an open stream is not slow."""

import time
from typing import Any

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class WebMetrics:
    """The registry of one web process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "nykter_web_request_seconds",
            "Until the answer begins.",
            ["method", "route", "status"],
            buckets=_BOUNDS,
            registry=self.registry,
        )

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request, under the route's pattern: an address itself could name a client."""
        route: Any = scope.get("route")
        path = getattr(route, "path", None) or "none"
        self._seconds.labels(scope.get("method", ""), path, f"{status // 100}xx").observe(seconds)


class Timed:
    """Middleware that measures each request."""

    def __init__(self, app: ASGIApp, metrics: WebMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note when its answer began."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.add(scope, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:  # answered with 500 further out
            self._metrics.add(scope, 500, time.perf_counter() - began)
            raise
