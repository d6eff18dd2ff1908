"""What the running processes tell about themselves, in words: NYKTER_METRICS_URLS names where, with commas between."""

import urllib.request
from collections.abc import Iterator, Mapping

from nykter.diagnosis.finding import Finding, fault, note, ok

VARIABLE = "NYKTER_METRICS_URLS"
_TIMEOUT_S = 5.0
_FULL = 0.8
"""A queue fuller than this share of its limit is held back by something (assumption)."""
_SLOW_RECEIPT_S = 5.0
_SLOW_PAGE_S = 1.0
_ENOUGH = 20
"""Fewer observations than this tell nothing about a 95th percentile."""
_HINTS = {
    "unknown_gateway": "Enrol the gateway, then try its messages again on the page of messages not stored.",
    "unknown_key": "Somebody signs with another key: was the gateway enrolled anew?",
    "signature": "Somebody publishes what a gateway did not sign. Check the broker's logins.",
    "clock_far_off": "Set the gateway's clock, then release its messages on the page of messages not stored.",
    "version": "A gateway is newer than this backend: upgrade the backend.",
}

Samples = Mapping[str, list[tuple[dict[str, str], float]]]


def processes(addresses: str | None) -> Iterator[Finding]:
    """Each address in turn: an ingest, a web process, or nobody."""
    for address in filter(None, (one.strip() for one in (addresses or "").split(","))):
        try:
            samples = _samples(address)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            yield fault(
                "metrics",
                f"{address} does not answer: {reason}",
                f"Start the process, or correct {VARIABLE}.",
            )
            continue
        if "nykter_ingest_queued" in samples:
            yield from ingest(samples)
        if "nykter_web_request_seconds_bucket" in samples:
            yield from web(samples)


def ingest(samples: Samples) -> Iterator[Finding]:
    """What an ingest's numbers mean."""
    value = _values(samples)
    if not value.get("nykter_ingest_broker_connected"):
        yield fault("ingest", "is not connected to the broker", "Start the broker; see the ingest's log.")
    queued, limit = value.get("nykter_ingest_queued", 0.0), value.get("nykter_ingest_queue_limit", 1.0)
    if queued >= _FULL * limit:
        yield note(
            "ingest",
            f"holds {queued:.0f} messages and takes no more than {limit:.0f}: more come than are stored",
            "Look at the database; a second ingest with NYKTER_INGEST_SHARE takes half of the stream.",
        )
    slow = _percentile(samples, "nykter_ingest_receipt_seconds", {}, 0.95)
    if slow is not None and slow > _SLOW_RECEIPT_S:
        yield note(
            "ingest", f"one batch in twenty is answered later than {slow:g} s", "Look at the database."
        )
    for name, text in (
        ("database_failures", "lost the database {times:.0f} times since it started"),
        ("receipts_dropped", "could not send {times:.0f} receipts; gateways sent those messages again"),
        ("judges_lost", "lost {times:.0f} judging processes: is the memory enough?"),
        ("splits", "cut up {times:.0f} batches because of a row the database refused"),
    ):
        if times := value.get(f"nykter_ingest_{name}_total", 0.0):
            yield note("ingest", text.format(times=times), "See the ingest's log.")
    for labels, times in samples.get("nykter_ingest_dead_letters_total", []):
        reason = labels["reason"]
        yield note("ingest", f"set aside {times:.0f} messages ({reason})", _HINTS.get(reason, ""))
    stored = value.get("nykter_ingest_stored_total", 0.0)
    yield ok("ingest", f"has stored {stored:.0f} messages; {queued:.0f} wait")


def web(samples: Samples) -> Iterator[Finding]:
    """Which routes are slow or fail."""
    counts = samples.get("nykter_web_request_seconds_count", [])
    for labels, number in counts:
        if labels["status"] == "5xx" and number:
            yield note("web", f"{labels['route']} failed {number:.0f} times", "See the web process's log.")
        slow = _percentile(samples, "nykter_web_request_seconds", labels, 0.95)
        if slow is not None and slow > _SLOW_PAGE_S:
            yield note("web", f"{labels['route']} takes longer than {slow:g} s one time in twenty")
    yield ok("web", f"has answered {sum(number for _, number in counts):.0f} requests")


def _percentile(samples: Samples, name: str, labels: Mapping[str, str], share: float) -> float | None:
    """The largest bucket bound that more than 1 - `share` lie above; None for too few observations."""
    buckets = [
        (float(of["le"]), number)
        for of, number in samples.get(f"{name}_bucket", [])
        if labels.items() <= of.items()
    ]
    if not buckets or (total := max(number for _, number in buckets)) < _ENOUGH:
        return None
    return max((bound for bound, number in buckets if number < share * total), default=0.0)


def _values(samples: Samples) -> dict[str, float]:
    return {name: found[0][1] for name, found in samples.items() if len(found) == 1 and not found[0][0]}


def _samples(address: str) -> Samples:
    from prometheus_client.parser import text_string_to_metric_families

    if not address.startswith(("http://", "https://")):
        raise ValueError("not an http address")
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:  # noqa: S310 (checked above)
        text = answer.read().decode()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), float(sample.value)))
    return found
