"""What the gateway counts. Labels are enumerations, never ids of people."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["Metrics"]

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0)


class Metrics:
    """One registry for one daemon; every metric is documented in docs/reference/metrics.md."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rpc_seconds = Histogram(
            "tillgate_rpc_seconds",
            "Time to answer a call",
            ["method", "reason"],
            registry=self.registry,
            buckets=SECONDS,
        )
        self.journal_commit_seconds = Histogram(
            "tillgate_journal_commit_seconds", "Time of one group commit", registry=self.registry, buckets=SECONDS
        )
        self.journal_group_rows = Histogram(
            "tillgate_journal_group_rows",
            "Writes in one group commit",
            registry=self.registry,
            buckets=(1, 2, 4, 8, 16, 32, 64),
        )
        self.queue_rows = Gauge(
            "tillgate_queue_rows", "Events the central service has not acknowledged", registry=self.registry
        )
        self.queue_age_seconds = Gauge(
            "tillgate_queue_age_seconds", "Age of the oldest such event", registry=self.registry
        )
        self.uplink_online = Gauge(
            "tillgate_uplink_online", "1 while connected to the central service", registry=self.registry
        )
        self.device_events = Counter(
            "tillgate_device_events", "Events from devices", ["category", "kind"], registry=self.registry
        )
        self.device_ready = Gauge(
            "tillgate_device_ready", "1 while the device is online", ["device"], registry=self.registry
        )
        self.host_restarts = Counter(
            "tillgate_host_restarts", "Driver hosts started again after a failure", ["device"], registry=self.registry
        )
        self.print_jobs = Counter("tillgate_print_jobs", "Print jobs by outcome", ["outcome"], registry=self.registry)
