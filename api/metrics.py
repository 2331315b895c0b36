"""What the server counts, for Prometheus: requests by route template and status, never by path."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE: Final = b"text/plain; version=1.0.0; charset=utf-8"
UNMATCHED: Final = "(unmatched)"
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "hub_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "hub_http_request_seconds",
            "Time from the first byte read to the last one written.",
            ("method", "route"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.in_flight = Gauge("hub_http_requests_in_flight", "Requests being answered.", registry=self.registry)
        self.spooled = Counter(
            "hub_access_spooled", "Looks that the access ledger could not take at once.", registry=self.registry
        )
        self.spool_waiting = Gauge(
            "hub_access_spool_waiting", "Looks that wait on this disk for the access ledger.", registry=self.registry
        )
        self._requests: dict[tuple[str, str, int], Counter] = {}
        self._seconds: dict[tuple[str, str], Histogram] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        counter = self._requests.get((method, route, status))
        if counter is None:
            counter = self._requests[method, route, status] = self.requests.labels(method, route, str(status))
        counter.inc()
        histogram = self._seconds.get((method, route))
        if histogram is None:
            histogram = self._seconds[method, route] = self.seconds.labels(method, route)
        histogram.observe(seconds)

    def counted(self) -> tuple[int, int]:
        """How many requests were answered, and how many of these failed on our side."""
        answered = failed = 0
        for family in self.requests.collect():
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    answered += int(sample.value)
                    failed += int(sample.value) if sample.labels["status"].startswith("5") else 0
        return answered, failed

    def page(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)
