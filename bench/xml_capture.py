"""XML capture: documents of 10,000 distinct events of about 1.4 KB in XML over HTTP, from the first
byte until the chain has confirmed a head that contains the last of them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import orjson

from bench.events import document
from bench.product import Product
from bench.result import Result, at_least, informs
from ledger.epcis.xml_writing import write_query_document

CAPTURES = 4
EVENTS = 10_000


def xml(database: str, url: str | None, seed: int) -> Result:
    """XML capture on one database."""
    result = Result(f"xml_capture_{database}", seed, database, "anvil")
    documents = [_document(seed, number * EVENTS) for number in range(CAPTURES)]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        started = time.monotonic()
        jobs = [product.capture(body, "application/xml") for body in documents]
        ended = product.wait_until_provable(CAPTURES * EVENTS)
        finished = [product.get(job) for job in jobs]
        assert all(job["success"] for job in finished), finished[0]["errors"][:1]
        memory = product.memory()
    result.figures = [
        at_least(
            "XML capture until provable", CAPTURES * EVENTS / (ended - started), "events/s", 1_000
        ),
        informs("bytes of an event in XML", sum(map(len, documents)) / CAPTURES / EVENTS, "bytes"),
        informs("memory after the load (PSS, beside the chain)", memory, "MB"),
    ]
    return result


def _document(seed: int, first: int) -> bytes:
    """The events of the bulk benchmark, as results of a query in XML."""
    told = orjson.loads(document(EVENTS, seed, first))
    told["epcisBody"] = {
        "queryResults": {"queryName": "SimpleEventQuery", "resultsBody": told["epcisBody"]}
    }
    return write_query_document(told)
