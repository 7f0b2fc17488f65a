"""The exported dataset on disk: Parquet files by config and split, read and written with pyarrow.

`load_dataset(folder, config, split=split)` reads the same files; this module serves tools that start fast,
and the export.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from communique.files import json_lines
from communique.problems import Problem, ProblemsError
from communique.schema import CONFIGS, LAYERS, SPLITS, TABLES, Field, Row

Rows = Mapping[str, Mapping[str, Sequence[Row]]]
"""Rows by config and split. A split without rows is absent."""

_TYPES = {"string": pa.string(), "label": pa.string(), "offset": pa.int32(), "boolean": pa.bool_(), "date": pa.date32()}


CANARY = "communique-canary-96596abb-edd7-5dce-9ee2-51b906cb2c86"
"""In the card and in every data file's metadata, never in a text: a model that can say it has read the data."""


def _arrow_type(field: Field) -> Any:
    if field.table:
        return pa.list_(pa.struct([pa.field(item.name, _arrow_type(item)) for item in TABLES[field.table]]))
    return pa.list_(_TYPES[field.kind]) if field.listed else _TYPES[field.kind]


def arrow_schema(config: str) -> Any:
    """The pyarrow schema of a config: labels are plain strings, offsets int32, dates date32."""
    return pa.schema([pa.field(field.name, _arrow_type(field)) for field in CONFIGS[config]], {"canary": CANARY})


def _convert(config: str, row: Row, convert: Any) -> Row:
    dates = {field.name for field in CONFIGS[config] if field.kind == "date"}
    return {name: convert(value) if name in dates and value is not None else value for name, value in row.items()}


def parquet_path(folder: Path, config: str, split: str) -> Path:
    return folder / config / f"{split}.parquet"


def existing_splits(folder: Path, wanted: Sequence[str] = SPLITS) -> list[str]:
    """Which of the wanted splits have articles in a dataset folder, in the order given."""
    return [split for split in wanted if parquet_path(folder, "articles", split).exists()]


def write_parquet(folder: Path, config: str, split: str, rows: Sequence[Row]) -> None:
    """Write one config's split. The same rows give the same bytes under one pyarrow version."""
    path = parquet_path(folder, config, split)
    path.parent.mkdir(parents=True, exist_ok=True)
    converted = [_convert(config, row, date.fromisoformat) for row in rows]
    pq.write_table(pa.Table.from_pylist(converted, schema=arrow_schema(config)), path, compression="zstd")


def read_parquet(folder: Path, config: str, split: str) -> list[Row]:
    """The rows of one config's split, labels as strings and dates as ISO strings.

    Raises `ProblemsError` when the folder has no such file.
    """
    path = parquet_path(folder, config, split)
    if not path.exists():
        there = sorted(file.stem for file in path.parent.glob("*.parquet")) or ["none: run scripts/export.py"]
        hint = f"splits of {config} in {folder.name}: " + ", ".join(there)
        raise ProblemsError([Problem(str(path), "missing-file", f"no split {split!r} of {config}", hint)])
    return [_convert(config, row, date.isoformat) for row in pq.read_table(path).to_pylist()]


def read_gold(folder: Path, split: str) -> list[Row]:
    """The gold rows of a split: per article its metadata and all three layers joined, in file order."""
    return joined({config: {split: read_parquet(folder, config, split)} for config in ("articles", *LAYERS)}, split)


def joined(rows: Rows, split: str) -> list[Row]:
    """The rows of a split with the configs of articles and layers joined by `id`, in the order of `articles`."""
    configs = ("articles", *LAYERS)
    by_id = {config: {row["id"]: row for row in rows[config][split]} for config in configs}
    return [
        {key: value for config in configs for key, value in by_id[config][name].items()} for name in by_id["articles"]
    ]


def content_hash(rows: Rows) -> str:
    """The release's identity: sha256 over the canonical JSON Lines of every config and split, in schema order."""
    digest = hashlib.sha256()
    for config in CONFIGS:
        for split in SPLITS:
            if split in rows.get(config, {}):
                digest.update(f"{config}/{split}\n".encode())
                digest.update(json_lines(rows[config][split]))
    return digest.hexdigest()


def read_all(folder: Path) -> Rows:
    """Every config and split found in a folder; an absent or empty folder gives configs without splits."""
    return {
        config: {
            split: read_parquet(folder, config, split)
            for split in SPLITS
            if parquet_path(folder, config, split).exists()
        }
        for config in CONFIGS
    }
