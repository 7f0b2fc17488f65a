"""Parquet files: rows as they are, and files that unpack to more than is allowed refused before they do."""

import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique.parquet import count_rows, read_bounded
from communique.problems import ProblemsError

SPANS = pa.list_(pa.struct({"start": pa.int64(), "text": pa.string()}))


def written(path: Path, mentions: list[Any], **options: Any) -> Path:
    table = pa.table({"id": ["a1"], "mentions": pa.array([mentions], SPANS)})
    pq.write_table(table, path, compression="zstd", **options)
    return path


def test_rows_come_as_they_were_written(tmp_path: Path) -> None:
    mentions = [{"start": 1, "text": "Iran"}, {"start": 2, "text": "Iran"}, {"start": None, "text": None}, None]
    path = written(tmp_path / "x.parquet", mentions)
    assert read_bounded(path, "x", 1_000) == [{"id": "a1", "mentions": mentions}]
    assert count_rows(path, "x") == 1


@pytest.mark.parametrize("options", [{}, {"use_dictionary": False}], ids=["stored once", "stored each time"])
def test_a_text_counts_as_often_as_it_stands_there(tmp_path: Path, options: Any) -> None:
    """3,000 times 1,000 letters: nothing of the three megabytes is unpacked."""
    path = written(tmp_path / "x.parquet", [{"start": 1, "text": "x" * 1_000}] * 3_000, **options)
    assert path.stat().st_size < 10_000
    read_bounded(path, "x", 4_000_000)
    tracemalloc.start()
    with pytest.raises(ProblemsError, match=r"x: \[too-large\] [\d,]+ bytes unpacked"):
        read_bounded(path, "x", 2_999_999)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_empty_items_count(tmp_path: Path) -> None:
    path = written(tmp_path / "x.parquet", [None] * 1_000_000)
    assert path.stat().st_size < 2_000
    with pytest.raises(ProblemsError, match=r"\[too-large\] 16,000,008 bytes unpacked"):
        read_bounded(path, "x", 16_000_000)


def test_what_is_no_parquet_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    for read in (lambda: read_bounded(path, "x", 9), lambda: count_rows(path, "x")):
        path.unlink(missing_ok=True)
        with pytest.raises(ProblemsError, match="missing-file"):
            read()
        path.write_bytes(b"PAR1 no")
        with pytest.raises(ProblemsError, match="not Parquet"):
            read()
