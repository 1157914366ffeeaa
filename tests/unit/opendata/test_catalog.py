"""Datasets and their catalogue."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.clock import format_time
from ledger.errors import NotFound
from ledger.opendata.catalog import describe
from ledger.opendata.dataset import Dataset, PublishedFile, cut_off, parse_day

DAY = date(2026, 3, 1)
FILES = (PublishedFile("events.jsonld", "ab" * 32, 17), PublishedFile("events.csv", "cd" * 32, 4))
DATASET = Dataset(DAY, cut_off(DAY), 3, 2, 9, FILES)


def test_manifest_reads_back() -> None:
    assert Dataset.from_json(DATASET.to_json()) == DATASET


def test_day_speaks_as_of_an_hour_after_its_end() -> None:
    assert format_time(cut_off(DAY)) == "2026-03-02T01:00:00.000Z"


@pytest.mark.parametrize("text", ["", "2026-02-30", "2026-3-1", "..", "2026-03-01/", "٢٠٢٦-03-01"])
def test_other_day_is_unknown(text: str) -> None:
    with pytest.raises(NotFound):
        parse_day(text)
    assert parse_day("2026-03-01") == DAY


def test_catalogue_lists_newest_first_with_sizes_and_digests() -> None:
    older = Dataset(date(2026, 2, 1), cut_off(date(2026, 2, 1)), 0, 0, 0, ())
    found = describe(
        [older, DATASET], base_url="https://x.vn", publisher="Sở KH&CN", licence="https://l"
    )
    assert found["@type"] == "dcat:Catalog"
    assert {title["@language"] for title in found["dct:title"]} == {"vi", "en"}
    assert [one["dct:identifier"] for one in found["dcat:dataset"]] == ["2026-03-01", "2026-02-01"]
    first, second = found["dcat:dataset"][0]["dcat:distribution"]
    assert first["dcat:downloadURL"]["@id"] == "https://x.vn/opendata/2026-03-01/events.jsonld"
    assert first["dcat:byteSize"] == 17
    assert second["spdx:checksum"]["spdx:checksumValue"] == "cd" * 32
    assert second["dcat:mediaType"]["@id"].endswith("/text/csv")
