"""Parquet files of rows, refused before they are unpacked when they would unpack to more than is allowed.

Parquet stores a text once and points at it, and empty items as a count: a file of a kilobyte can unpack to gigabytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from communique.problems import Problem, ProblemsError, refuse
from communique.schema import Row

VALUE_BYTES = 8
"""What a value of a column counts for, a null as well."""


def _text_bytes(array: Any) -> int:
    """Bytes of all texts of an array whose texts are dictionary indices, each as often as it stands there."""
    if pa.types.is_dictionary(array.type):
        return pc.sum(pc.binary_length(array.dictionary).take(array.indices)).as_py() or 0
    if pa.types.is_nested(array.type):
        parts = array.flatten()
        return sum(map(_text_bytes, parts)) if isinstance(parts, list) else _text_bytes(parts)
    return 0


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Turn what Arrow says of a file into a problem at `place`."""
    try:
        yield
    except FileNotFoundError:
        raise ProblemsError([Problem(place, "missing-file", "no such file", "check the path")]) from None
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise ProblemsError([Problem(place, "bad-json", f"not Parquet: {error}", "JSON Lines or Parquet")]) from None


def count_rows(path: Path, place: str) -> int:
    """How many rows a Parquet file says it has; raises `ProblemsError` as `read_bounded`."""
    with _told(place):
        return int(pq.read_metadata(path).num_rows)


def read_bounded(path: Path, place: str, most: int) -> list[Row]:
    """The rows of a Parquet file.

    Args:
        path: the file.
        place: what problems call it.
        most: how many bytes the file may unpack to.

    Raises:
        ProblemsError: for a file that is missing, is no Parquet file, or would unpack to more than `most` bytes.
    """
    with _told(place):
        metadata = pq.read_metadata(path)
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        columns = [group.column(number) for group in groups for number in range(group.num_columns)]
        pages = sum(group.total_byte_size for group in groups)
        _refuse_over(place, most, pages, VALUE_BYTES * sum(column.num_values for column in columns))
        texts = {column.path_in_schema for column in columns if column.physical_type == "BYTE_ARRAY"}
        table = pq.ParquetFile(path, read_dictionary=sorted(texts)).read()
        _refuse_over(place, most, sum(_text_bytes(chunk) for column in table.columns for chunk in column.chunks))
        return list(table.to_pylist())


def _refuse_over(place: str, most: int, *sizes: int) -> None:
    if max(sizes) > most:
        refuse([Problem(place, "too-large", f"{max(sizes):,} bytes unpacked", f"at most {most:,} bytes")])
