"""A pass on disk, replaced as a whole: its layers are of one pull, and the former pass is kept.

`annotations/first` is the pass, `annotations/first.former/1`, `2`, ... what stood there before, oldest first. The new
layers are written into `.first.new.*` and then committed: that folder becomes `.first.next`, the pass moves to the
former ones, `.first.next` becomes the pass. Whoever is cut off between two steps leaves the former pass, or a commit
that the next call completes.
"""

import fcntl
import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from communique.problems import Problem, refuse
from communique.schema import LAYERS

FILES = tuple(f"{layer}.jsonl" for layer in LAYERS)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else is in such a block with this folder; a dead process holds no lock."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def formers(folder: Path) -> list[Path]:
    """The folders of the passes that stood in `folder` before, oldest first."""
    kept = folder.with_name(f"{folder.name}.former")
    found = kept.iterdir() if kept.is_dir() else ()
    return sorted((path for path in found if path.name.isdecimal()), key=lambda path: int(path.name))


def _commit(folder: Path) -> None:
    """Let the complete `.NAME.next` take the place of the pass; nothing when there is none."""
    following = folder.with_name(f".{folder.name}.next")
    if following.exists():
        if folder.exists() and any(folder.iterdir()):
            kept = formers(folder)
            number = int(kept[-1].name) + 1 if kept else 1
            folder.with_name(f"{folder.name}.former").mkdir(exist_ok=True)
            folder.rename(folder.with_name(f"{folder.name}.former") / str(number))
        following.rename(folder)


def _same(one: Path, other: Path) -> bool:
    return all((one / name).exists() and filecmp.cmp(one / name, other / name, shallow=False) for name in FILES)


@contextmanager
def replaced_pass(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write all three layers into; when the block ends without an error, it is the pass.

    The former pass stays where it is until then, and is kept beside it. When the layers are equal to it nothing is
    changed. Calls on folders with the same parent wait for each other.

    Raises `ProblemsError` when `folder` is a file, or holds other files than layers: these would move with it.
    """
    folder = folder.resolve()
    if folder.exists():
        others = sorted({path.name for path in folder.iterdir()} - {*FILES}) if folder.is_dir() else ["(a file)"]
        hint = "choose a folder that holds a pass and nothing else, or a new one"
        refuse(Problem(str(folder), "bad-value", f"{name} is no layer of a pass", hint) for name in others)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.parent):
        _commit(folder)
        for path in folder.parent.iterdir():
            if path.name.startswith(f".{folder.name}.new."):
                shutil.rmtree(path)
        new = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.new."))
        try:
            yield new
            new.chmod(0o755)
            if not _same(folder, new):
                new.rename(folder.with_name(f".{folder.name}.next"))
                _commit(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
