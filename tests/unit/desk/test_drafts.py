"""Files on their way from a browser: they grow from their beginning, and go on after a break."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.desk.desk import new_draft_id
from ledger.desk.drafts import MOST_FILE, Drafts
from ledger.errors import Conflict, InvalidInput, NotFound, TooLarge


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path / "drafts")


def test_chunks_make_the_file(drafts: Drafts) -> None:
    draft = new_draft_id()
    begun = drafts.add_file(draft, "../Công văn 1.pdf", 5)
    assert (begun.number, begun.name, begun.there) == (0, "Công văn 1.pdf", 0)
    drafts.append(draft, 0, 0, b"abc")
    with pytest.raises(Conflict) as caught:
        drafts.files(draft, [0])
    assert caught.value.code == "desk-draft-unfinished"
    drafts.append(draft, 0, 3, b"de")
    (file,) = drafts.files(draft, [0])
    assert file.path.read_bytes() == b"abcde"
    assert file.media_type == "application/pdf"


@pytest.mark.parametrize(("at", "chunk"), [(0, b"x"), (4, b"x"), (3, b"xyz")])
def test_a_chunk_elsewhere_is_refused_and_changes_nothing(
    drafts: Drafts, at: int, chunk: bytes
) -> None:
    draft = new_draft_id()
    drafts.add_file(draft, "a", 5)
    drafts.append(draft, 0, 0, b"abc")
    with pytest.raises(Conflict) as caught:
        drafts.append(draft, 0, at, chunk)
    assert caught.value.code == "desk-chunk-misplaced"
    assert drafts.get_file(draft, 0).there == 3


def test_what_is_no_draft_is_not_found(drafts: Drafts, tmp_path: Path) -> None:
    for name in ("..", "../x", "", "A" * 32, "0" * 33):
        with pytest.raises(NotFound):
            drafts.list_files(name)
    with pytest.raises(NotFound):
        drafts.get_file(new_draft_id(), 0)
    assert list((tmp_path / "drafts").iterdir()) == []


def test_size_and_name_are_bounded(drafts: Drafts) -> None:
    with pytest.raises(TooLarge):
        drafts.add_file(new_draft_id(), "a", MOST_FILE + 1)
    with pytest.raises(InvalidInput):
        drafts.add_file(new_draft_id(), " ", 1)


def test_dropped_is_gone(drafts: Drafts) -> None:
    draft = new_draft_id()
    drafts.add_file(draft, "a", 0)
    drafts.drop(draft)
    assert drafts.list_files(draft) == []
