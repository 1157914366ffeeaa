"""Files on their way from a browser to the desk, chunk by chunk, for a message being written.

A draft is a folder of its own; its files are numbered, and each grows from its beginning. Whoever
was interrupted asks how much is there and goes on. Drafts that nobody touched for a week go.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.desk.content import safe_name
from ledger.desk.draft import File
from ledger.desk.small_file import make_directory, write_file
from ledger.errors import Conflict, InvalidInput, NotFound, TooLarge
from ledger.exchange.description import MOST_NAME
from ledger.exchange.message import MOST_PARTS

MOST_FILE = 8 * 1024**3
_ID = re.compile(r"[0-9a-f]{32}")
_WEEK = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Growing:
    """One file: how much of it is there, of how much. Bytes."""

    number: int
    name: str
    size: int
    there: int


class Drafts:
    """The drafts of one desk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        make_directory(path)

    def add_file(self, draft: str, name: str, size: int) -> Growing:
        """A further file of the draft, empty yet. Raises TooLarge, InvalidInput."""
        if not 0 <= size <= MOST_FILE:
            raise TooLarge("desk-file-too-large", f"at most {MOST_FILE} bytes", pointer="/size")
        if not name.strip() or len(name) > MOST_NAME:
            raise InvalidInput("desk-text-malformed", "1 to 200 characters", pointer="/name")
        folder = self._folder(draft)
        make_directory(folder)
        number = len(self.list_files(draft))
        if number >= MOST_PARTS:
            raise InvalidInput("document-malformed", f"at most {MOST_PARTS} files")
        (folder / f"{number}.bytes").touch(mode=0o600)
        told = json.dumps({"name": safe_name(name, f"p{number + 1}"), "size": size})
        write_file(folder / f"{number}.json", told.encode())
        return self.get_file(draft, number)

    def append(self, draft: str, number: int, at: int, chunk: bytes) -> Growing:
        """Add a chunk that begins at that place. Raises Conflict `desk-chunk-misplaced` where the
        file ends elsewhere: ask how much is there."""
        found = self.get_file(draft, number)
        if at != found.there or at + len(chunk) > found.size:
            raise Conflict("desk-chunk-misplaced", f"{found.there} of {found.size} bytes are there")
        with (self._folder(draft) / f"{number}.bytes").open("ab") as file:
            file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return self.get_file(draft, number)

    def get_file(self, draft: str, number: int) -> Growing:
        """Raises NotFound `desk-draft-unknown`."""
        folder = self._folder(draft)
        try:
            told = json.loads((folder / f"{number}.json").read_bytes())
            there = (folder / f"{number}.bytes").stat().st_size
        except OSError as error:
            raise NotFound("desk-draft-unknown", "no such file of a draft") from error
        return Growing(number, told["name"], told["size"], there)

    def list_files(self, draft: str) -> Sequence[Growing]:
        """All of them, by number."""
        folder = self._folder(draft)
        numbers = sorted(int(path.stem) for path in folder.glob("*.json") if path.stem.isdigit())
        return [self.get_file(draft, number) for number in numbers]

    def files(self, draft: str, numbers: Sequence[int]) -> tuple[File, ...]:
        """These files of a draft, whole. Raises Conflict `desk-draft-unfinished`, NotFound."""
        found = [self.get_file(draft, number) for number in numbers]
        for one in found:
            if one.there != one.size:
                raise Conflict(
                    "desk-draft-unfinished", f"{one.name}: {one.there} of {one.size} bytes"
                )
        folder = self._folder(draft)
        return tuple(File(folder / f"{one.number}.bytes", one.name) for one in found)

    def drop(self, draft: str) -> None:
        """It was sent: its files are kept elsewhere now."""
        shutil.rmtree(self._folder(draft), ignore_errors=True)

    def clear_old(self) -> None:
        """Drop what nobody touched for a week."""
        for folder in self._path.iterdir():
            if time.time() - folder.stat().st_mtime > _WEEK:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, draft: str) -> Path:
        if _ID.fullmatch(draft) is None:
            raise NotFound("desk-draft-unknown", "no such draft")
        return self._path / draft
