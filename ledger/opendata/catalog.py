"""The catalogue of all days, in DCAT 3 (W3C Recommendation) as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ledger.clock import format_time
from ledger.opendata.dataset import EVENTS, Dataset, PublishedFile, media_type_of

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_MEDIA = "https://www.iana.org/assignments/media-types/"
_EPCIS = "https://ref.gs1.org/standards/epcis/2.0.0/"


def describe(
    datasets: Iterable[Dataset], *, base_url: str, publisher: str, licence: str
) -> dict[str, Any]:
    """The catalogue at `{base_url}/opendata/`, newest day first."""
    days = sorted(datasets, key=lambda one: one.day, reverse=True)
    home = f"{base_url}/opendata/"
    return {
        "@context": _CONTEXT,
        "@id": home,
        "@type": "dcat:Catalog",
        "dct:title": _words("Dữ liệu mở truy xuất nguồn gốc", "Open traceability data"),
        "dct:description": _words(
            "Các bản ghi công khai theo ngày, kèm điểm kiểm tra và bằng chứng: ai cũng kiểm tra "
            "được mà không cần tin máy chủ này.",
            "Public records by day, with checkpoint and proofs: anyone can check them without "
            "trusting this server.",
        ),
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": publisher},
        "dct:license": {"@id": licence},
        "dct:language": ["vi", "en"],
        "dcat:dataset": [_dataset(one, home, licence) for one in days],
    }


DAY_COLUMNS = ("day", "as_of", "records", "events", "tree_size", "bytes", "address")


def day_rows(datasets: Iterable[Dataset], base_url: str) -> Iterator[tuple[str, ...]]:
    """The same in short, as rows of a table with these columns."""
    for one in datasets:
        day = one.day.isoformat()
        counts = (one.records, one.events, one.tree_size, one.size)
        yield day, format_time(one.as_of), *map(str, counts), f"{base_url}/opendata/{day}/"


def _dataset(dataset: Dataset, home: str, licence: str) -> dict[str, Any]:
    day = dataset.day.isoformat()
    date = {"@type": "xsd:date", "@value": day}
    return {
        "@id": f"{home}{day}/",
        "@type": "dcat:Dataset",
        "dct:identifier": day,
        "dct:title": _words(f"Bản ghi công khai ngày {day}", f"Public records of {day}"),
        "dct:issued": {"@type": "xsd:dateTime", "@value": format_time(dataset.as_of)},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime", "dcat:startDate": date, "dcat:endDate": date
        },
        "dct:accrualPeriodicity": {
            "@id": "http://publications.europa.eu/resource/authority/frequency/DAILY"
        },
        "dcat:distribution": [_file(one, f"{home}{day}/", licence) for one in dataset.files],
    }  # fmt: skip


def _file(file: PublishedFile, folder: str, licence: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "@id": folder + file.name,
        "@type": "dcat:Distribution",
        "dct:title": file.name,
        "dct:license": {"@id": licence},
        "dcat:accessURL": {"@id": folder},
        "dcat:downloadURL": {"@id": folder + file.name},
        "dcat:mediaType": {"@id": _MEDIA + media_type_of(file.name)},
        "dcat:byteSize": file.size,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": file.sha256,
        },
    }
    if file.name == EVENTS:
        described["dct:conformsTo"] = {"@id": _EPCIS}
    return described


def _words(vi: str, en: str) -> list[dict[str, str]]:
    return [{"@language": "vi", "@value": vi}, {"@language": "en", "@value": en}]
