"""What the server counts, for Prometheus: requests by route template and status, never by path."""

import math
from collections.abc import Mapping
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from application.ports import Ledger
from application.proofs import Lag

MEDIA_TYPE: Final = b"text/plain; version=1.0.0; charset=utf-8"
UNMATCHED: Final = "(unmatched)"
LEDGERS: Final[tuple[Ledger, ...]] = get_args(Ledger)
NOTHING_WAITS: Final = Lag(0, 0.0)
NOT_KNOWN: Final = Lag(math.nan, math.nan)
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
        self.proof_lag = Gauge(
            "hub_proof_lag_entries",
            "Entries that no quorum of witnesses has cosigned, of the log of a kind that has most of them.",
            ("ledger",),
            registry=self.registry,
        )
        self.proof_age = Gauge(
            "hub_proof_checkpoint_age_seconds",
            "Age of the newest checkpoint of a quorum, where entries wait for one; else 0.",
            ("ledger",),
            registry=self.registry,
        )
        self.erasure_wait = Gauge(
            "hub_erasure_wait_seconds",
            "How long the record waits that was ordered to be erased first and is not; 0 where none does.",
            registry=self.registry,
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

    def proved(self, lags: Mapping[Ledger, Lag] | None) -> None:
        """How far the proofs are behind; None where the database does not say."""
        for ledger in LEDGERS:
            lag = NOT_KNOWN if lags is None else lags.get(ledger, NOTHING_WAITS)
            self.proof_lag.labels(ledger).set(lag.entries)
            self.proof_age.labels(ledger).set(lag.seconds)

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
