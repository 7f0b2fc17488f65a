"""Exports of a project: a snapshot taken on the server and checked, and the tasks of an export file, one by one.

A snapshot is written by the server task by task and has an MD5 in its record; the export of the web page is built whole
in the server's memory and has none. Both are the same JSON, an array of tasks.
"""

import codecs
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.request_options import RequestOptions

from communique.problems import Problem, ProblemsError
from communique.server import ServerError

LIMIT_SECONDS = 600
"""How long the server may take for a snapshot: it writes some 200 tasks a second."""
CHUNK_BYTES = 1 << 18
TASK_CHARACTERS = 64 << 20
"""The largest task that is read, in characters of its JSON."""
_PATIENT = RequestOptions(max_retries=0, timeout_in_seconds=LIMIT_SECONDS)


@contextmanager
def snapshot(client: LabelStudio, project_id: int) -> Iterator[BinaryIO]:
    """A file that holds a snapshot of all tasks of a project with their annotations; it is gone after the block.

    Raises `ServerError` when the server does not complete it, or when what arrives has not the MD5 of its record.
    """
    exports = client.projects.exports
    record = exports.create(project_id, request_options=_PATIENT)
    what = f"snapshot {record.id} of project {project_id}"
    try:
        limit = time.monotonic() + LIMIT_SECONDS
        while record.status in ("created", "in_progress") and time.monotonic() < limit:
            time.sleep(0.2)
            record = exports.get(project_id, record.id)
        if record.status != "completed":
            raise ServerError(f"{what} is {record.status}, not completed: see the server's log, then run this again")
        digest = hashlib.md5(usedforsecurity=False)
        with tempfile.TemporaryFile() as file:
            for chunk in exports.download(project_id, record.id, export_type="JSON", request_options=_PATIENT):
                digest.update(chunk)
                file.write(chunk)
            if digest.hexdigest() != record.md5:
                message = f"{what} arrived with the MD5 {digest.hexdigest()}, its record says {record.md5}"
                raise ServerError(f"{message}: run this again")
            file.seek(0)
            yield file
    finally:
        with suppress(ApiError, httpx.HTTPError):
            exports.delete(project_id, record.id, request_options=_PATIENT)


class _Buffer:
    """The part of a JSON text that is being read; it grows until the value in it is whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._scan = json.JSONDecoder().raw_decode
        self._text, self._at, self._ended = "", 0, False

    def _fill(self) -> None:
        """Forget what was read and append as much again as is left, so that a large value is not scanned often."""
        left = self._text[self._at :]
        chunk = self._file.read(max(CHUNK_BYTES, len(left)))
        self._ended = not chunk
        self._text, self._at = left + self._decode(chunk, final=self._ended), 0

    def mark(self) -> str:
        """The next character that is not white space, still unread; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._fill()

    def take(self, wanted: str) -> str:
        """Read one mark, which must be among those wanted."""
        mark = self.mark()
        if not mark or mark not in wanted:
            raise ValueError(f"{mark or 'the end'!r} where one of {wanted!r} belongs")
        self._at += 1
        return mark

    def value(self) -> Any:
        """Read one value."""
        self.mark()
        while True:
            try:
                value, self._at = self._scan(self._text, self._at)
            except json.JSONDecodeError:
                if self._ended or len(self._text) - self._at > TASK_CHARACTERS:
                    raise
                self._fill()
            else:
                return value


def read_tasks(file: BinaryIO, place: str) -> Iterator[Any]:
    """The elements of the JSON array in a file, one by one, in memory that does not grow with their number.

    Raises `ProblemsError` at `place` where the file turns out not to be one JSON array in UTF-8.
    """
    buffer = _Buffer(file)
    number = 0
    try:
        mark = buffer.take("[")
        if buffer.mark() == "]":
            mark = buffer.take("]")
        while mark != "]":
            yield buffer.value()
            number += 1
            mark = buffer.take(",]")
        if buffer.mark():
            raise ValueError(f"{buffer.mark()!r} after the array")
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else error
        hint = "export the project as JSON, and download the file whole"
        raise ProblemsError([Problem(place, "bad-json", f"after {number} task(s): {said}", hint)]) from None
