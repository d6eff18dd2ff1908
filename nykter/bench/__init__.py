"""Benchmarks: one module each with `run(place)`, listed in `BENCHMARKS`, measured side by side in one run."""

BENCHMARKS = {
    "ingest": "readings per second from a backlog into committed rows, beside bare paho and raw COPY",
    "arrival": "from publishing a reading to its commit",
    "pages": "triage list and client page",
    "browser": "list and client page in a real Chromium: opening, dragging, memory of a day's updates",
    "live": "from publishing a reading to an open page",
    "gateway": "a hundred breathalyzers tested at once through one radio; memory and idling of the gateway process",
    "scoring": "risk scores of 100,000 clients, of one on arrival, and training, beside a loop and scikit-learn",
}
"""Name of the module in this package, and what it measures. One whose module is not there is left out."""
