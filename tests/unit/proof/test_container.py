"""The container has one spelling, and its manifest names every entry."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import pytest

from ledger.errors import InvalidInput
from ledger.proof.container import MANIFEST, MAX_CONTAINER_BYTES, MEDIA_TYPE, pack, unpack
from ledger.proof.leg_bundle import parse_leg_bundle
from tests.support.leg_story import LegStory

FILES = {"leg.json": b"{}", "documents/0000.pdf": b"%PDF", "evidence/0000.json": b"[]"}


def refusal(data: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        unpack(data, "leg.json")
    return caught.value.code


def _rezip(data: bytes, change: dict[str, bytes | None], compression: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compression) as new:
        names = [*old.namelist(), *(name for name in change if name not in old.namelist())]
        for name in names:
            content = change.get(name, b"") if name in change else old.read(name)
            if content is not None:
                new.writestr(zipfile.ZipInfo(name), content, compression)
    return out.getvalue()


def test_unpack_gives_back_what_was_packed_and_zip_tools_read_it() -> None:
    data = pack(FILES, "leg.json")
    assert unpack(data, "leg.json") == FILES
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "mimetype"
        assert archive.read("mimetype") == MEDIA_TYPE.encode()
        manifest = ElementTree.fromstring(archive.read(MANIFEST))
    named = [one.get("URI") for one in manifest if one.tag.endswith("DataObjectReference")]
    assert set(named) == set(FILES)


def test_entry_added_without_the_manifest_is_refused() -> None:
    data = pack(FILES, "leg.json")
    assert refusal(_rezip(data, {"documents/0001.pdf": b"%PDF"})) == "container-entry-unsigned"
    assert refusal(_rezip(data, {"../../etc/passwd": b"x"})) == "container-entry-unsigned"


def test_entry_changed_without_the_manifest_is_refused() -> None:
    data = pack(FILES, "leg.json")
    assert refusal(_rezip(data, {"documents/0000.pdf": b"%PDG"})) == "container-entry-differs"


def test_other_spellings_are_refused() -> None:
    data = pack(FILES, "leg.json")
    assert refusal(_rezip(data, {"documents/0000.pdf": None})) == "container-malformed"
    assert refusal(_rezip(data, {}, zipfile.ZIP_DEFLATED)) == "container-malformed"
    assert refusal(_rezip(data, {})) == "container-not-canonical"
    assert refusal(data + b"\n") == "container-not-canonical"
    assert refusal(b"") == "container-malformed"
    assert refusal(data[: len(data) // 2]) == "container-malformed"


def test_bomb_is_not_looked_at() -> None:
    bomb = _rezip(pack(FILES, "leg.json"), {"documents/0000.pdf": bytes(10**7)}, 8)
    assert len(bomb) < 20_000
    assert refusal(bomb) == "container-malformed"
    assert refusal(bytes(MAX_CONTAINER_BYTES + 1)) == "container-too-large"
    many = {f"documents/{n:04}.x": b"" for n in range(5_000)} | FILES
    assert refusal(pack(many, "leg.json")) == "container-malformed"


def test_every_flipped_bit_of_a_leg_bundle_is_refused() -> None:
    data = LegStory(with_cover=False).bundle().encode()
    parse_leg_bundle(data)
    for place in range(0, len(data), 3):
        bent = bytearray(data)
        bent[place] ^= 1 << place % 8
        with pytest.raises(InvalidInput):
            parse_leg_bundle(bytes(bent))
