"""What the parts of the server share: its error, and the lock and JSON files of its home."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class ServerError(Exception):
    """The server cannot do what was asked; the message says what happened and what to do, and holds no secret."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until nobody else is in such a block with the same lock file; a dead process holds no lock."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        raise ServerError(f"{path.parent} is not there: run scripts/studio.py start") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a file atomically that nobody but its owner can read, at any moment."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty when there is no file. Raises `ServerError` when it holds anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ServerError(f"{path} is not a JSON object: restore it, or stop the server and delete it")
    return value


def read_private(path: Path) -> dict[str, Any]:
    """`read_json` of a file with secrets. Raises `ServerError` also when others than its owner may read or write it."""
    if path.exists() and path.stat().st_mode & 0o077:
        raise ServerError(f"{path} has passwords and tokens, and others may read it: chmod 600 it")
    return read_json(path)


def tail(output: bytes) -> str:
    """The last 20 lines of a program's output, indented."""
    lines = output.decode("utf-8", "replace").strip().splitlines()[-20:]
    return "\n".join(f"  {line}" for line in lines or ["(nothing)"])
