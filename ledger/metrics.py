"""Every metric, declared once; whoever causes an event counts it here.

Times are seconds and sizes are bytes (https://prometheus.io/docs/practices/naming/). No label ever
carries an organization, a key, an event or a record: metrics are public to the operator's network
and their number must stay bounded.
"""

from __future__ import annotations

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

HTTP_REQUESTS = Counter(
    "provenance_http_requests_total",
    "Answered requests by route template, method and status.",
    ["route", "method", "status"],
)
HTTP_SECONDS = Histogram(
    "provenance_http_request_seconds",
    "From the first byte of a request to the end of its answer.",
    ["route"],
    buckets=_REQUEST_BUCKETS,
)
HTTP_IN_FLIGHT = Gauge("provenance_http_requests_in_flight", "Requests being answered now.")
PROBLEMS = Counter("provenance_problems_total", "Problem answers by stable error code.", ["code"])

EVENTS_CAPTURED = Counter(
    "provenance_events_captured_total",
    "Single events durably stored by this process; repeats are `repeated`.",
    ["outcome"],
)
JOBS_ACCEPTED = Counter("provenance_capture_jobs_accepted_total", "Capture documents accepted.")
JOBS_UNFINISHED = Gauge("provenance_capture_jobs_unfinished", "Capture documents still waiting.")
READINGS = Counter(
    "provenance_mqtt_readings_total", "Readings of devices from the MQTT broker.", ["outcome"]
)

LOG_SIZE = Gauge("provenance_log_size", "Leaves in the newest checkpoint.")
ANCHORED_SIZE = Gauge("provenance_anchored_size", "Leaves in the newest confirmed head on chain.")
ANCHOR_AGE = Gauge(
    "provenance_unanchored_seconds",
    "Age of the oldest checkpoint that is not confirmed on chain; 0 when all are.",
)
TIMESTAMP_AGE = Gauge(
    "provenance_unstamped_seconds",
    "Age of the oldest transaction no time-stamp covers; 0 when all are, or without an authority.",
)
TIMESTAMPS = Counter(
    "provenance_timestamps_total", "Time-stamps asked for, by `kept` or `failed`.", ["outcome"]
)
TIMESTAMP_SECONDS = Histogram(
    "provenance_timestamp_seconds",
    "From the request to a time-stamp that holds.",
    buckets=(0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 180.0),
)
READY = Gauge("provenance_ready", "1 when the part works, by part.", ["part"])

RELAYED_CALLS = Counter(
    "provenance_chain_relay_calls_total",
    "JSON-RPC calls relayed to a node for browsers, by method and outcome.",
    ["method", "outcome"],
)
VERDICTS = Counter("provenance_verdicts_total", "Verdicts given over HTTP.", ["verdict"])


def exposition() -> tuple[bytes, str]:
    """Every metric of this process in the Prometheus text format, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
