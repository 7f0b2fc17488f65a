"""From gold annotation and raw articles to the dataset folder: rows, Parquet files, the card.

The folder is written aside and renamed into place, so a crash leaves the former dataset whole. While the content is
unchanged the Parquet files are not touched, whatever pyarrow version runs.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from communique import croissant
from communique.annotation import join, read_pass
from communique.articles import Article, load_articles
from communique.check import gold_problems
from communique.dataset import CANARY, Rows, content_hash, read_all, write_parquet
from communique.files import replaced_folder, write_bytes
from communique.knowledge_base import load_knowledge_base
from communique.problems import refuse
from communique.report import NOTHING, REPORTS
from communique.schema import CONFIGS, DESCRIPTIONS, LAYERS, SPLITS, TABLES, Field, Row

CARD = "README.md"


def bio_tags(article: Article, mentions: Sequence[Row]) -> list[str]:
    """BIO tags of the names over the article's tokens. Names must be flat and begin and end at token boundaries."""
    tags = ["O"] * len(article.tokens)
    names = sorted((row for row in mentions if row["level"] == "name"), key=lambda row: int(row["start"]))
    position = 0
    for name in names:
        prefix = "B"
        while position < len(article.tokens) and article.tokens[position].start < name["end"]:
            if article.tokens[position].start >= name["start"]:
                tags[position] = f"{prefix}-{name['type']}"
                prefix = "I"
            position += 1
    return tags


def article_rows(article: Article, layers: dict[str, Row]) -> dict[str, Row]:
    """One article's row for each config but the knowledge base."""
    document = join(*(layers[layer] for layer in LAYERS))
    base = {"id": article.id, "text": article.text}
    rows = {layer: base | {table: document[table] for table in tables} for layer, tables in LAYERS.items()}
    rows["entities"] |= {
        "tokens": [article.text[token.start : token.end] for token in article.tokens],
        "token_starts": [token.start for token in article.tokens],
        "ner_tags": bio_tags(article, document["mentions"]),
    }
    rows["articles"] = {
        field.name: getattr(article, field.name) for field in CONFIGS["articles"] if field.name != "sentences"
    } | {"sentences": [sentence._asdict() for sentence in article.sentences]}
    return {config: _ordered(row, CONFIGS[config]) for config, row in rows.items()}


def _ordered(row: Row, fields: Sequence[Field]) -> Row:
    """The row with its fields, and those of its tables, in schema order."""
    return {
        field.name: (
            [{item.name: entry[item.name] for item in TABLES[field.table]} for entry in row[field.name]]
            if field.table
            else row[field.name]
        )
        for field in fields
    }


def checked_rows(seeds: Path, gold: Path) -> Rows:
    """Read articles, knowledge base and gold annotation, and build all rows of the dataset.

    Raises `ProblemsError` with everything that is wrong: unchecked annotation never becomes data.
    """
    articles = load_articles(seeds)
    knowledge_base = load_knowledge_base(seeds)
    annotated = read_pass(gold, articles)
    refuse(gold_problems(articles, annotated, [row["id"] for row in knowledge_base]))
    return build_rows(articles, annotated, knowledge_base)


def build_rows(articles: Sequence[Article], gold: dict[str, dict[str, Row]], knowledge_base: Sequence[Row]) -> Rows:
    """All rows of the dataset by config and split, articles in id order, those without gold left out.

    The gold must have passed the checks.
    """
    rows: dict[str, dict[str, list[Row]]] = {config: {} for config in CONFIGS}
    annotated = [article for article in articles if article.id in gold]
    for article in sorted(annotated, key=lambda article: (SPLITS.index(article.split), article.id)):
        for config, row in article_rows(article, gold[article.id]).items():
            rows[config].setdefault(article.split, []).append(row)
    if knowledge_base:
        rows["knowledge_base"]["train"] = [_ordered(row, CONFIGS["knowledge_base"]) for row in knowledge_base]
    return rows


def _feature(field: Field) -> dict[str, Any]:
    """One column in the card's `dataset_info` notation."""
    if field.table:
        return {"name": field.name, "list": [_feature(item) for item in TABLES[field.table]]}
    dtypes: dict[str, Any] = {"string": "string", "offset": "int32", "boolean": "bool", "date": "date32"}
    names = {str(number): label for number, label in enumerate(field.labels)}
    dtype = {"class_label": {"names": names}} if field.kind == "label" else dtypes[field.kind]
    if not field.listed:
        return {"name": field.name, "dtype": dtype}
    return {"name": field.name, "list": dtype if isinstance(dtype, str) else {"dtype": dtype}}


def card_metadata(rows: Rows, version: str) -> dict[str, Any]:
    """The card's YAML block. The content hash stands in every config: `load_dataset` caches by this block alone."""
    stamp = f"content sha256 {content_hash(rows)}"
    configs: list[dict[str, Any]] = []
    infos: list[dict[str, Any]] = []
    for config, fields in CONFIGS.items():
        if not rows[config]:
            continue
        paths = [{"split": split, "path": f"{config}/{split}.parquet"} for split in rows[config]]
        configs.append({"config_name": config, "data_files": paths, "version": version, "description": stamp})
        infos.append(
            {
                "config_name": config,
                "features": [_feature(field) for field in fields],
            }
        )
    configs[0]["default"] = True
    return {
        "pretty_name": "Communiqué",
        "license": ["cc-by-4.0", "other"],
        "license_name": "cc-by-4.0-except-real-articles",
        "language": ["en"],
        "size_categories": ["n<1K"],
        "task_categories": ["token-classification", "text-classification"],
        "task_ids": ["named-entity-recognition", "coreference-resolution"],
        "language_creators": ["machine-generated", "found"],
        "annotations_creators": ["machine-generated"],
        "multilinguality": ["monolingual"],
        "source_datasets": ["original"],
        "tags": ["diplomacy", "news", "events", "quotations", "attribution", "synthetic"],
        "configs": configs,
        "dataset_info": infos,
    }


def card(rows: Rows, version: str, reports: Mapping[str, str] | None = None) -> str:
    """The dataset card: YAML block, then the prose of `card.md` with the generated tables.

    `reports` are those of `communique.report.card_reports`; without them the card says that there is nothing to report.
    """
    tables = (
        dict.fromkeys(REPORTS, NOTHING)
        | dict(reports or {})
        | {"counts": counts_table(rows), "columns": columns_table(), "canary": CANARY}
    )
    block = yaml.safe_dump(card_metadata(rows, version), sort_keys=False, allow_unicode=True, width=120)
    prose = files("communique").joinpath("card.md").read_text(encoding="utf-8")
    return f"---\n{block}---\n{prose.format(version=version, sha256=content_hash(rows), **tables)}"


def columns_table() -> str:
    """What every column of every config holds, as a Markdown list; a table's columns stand below it."""
    lines = []
    for config, fields in CONFIGS.items():
        lines.append(f"- `{config}`")
        for field in fields:
            told = DESCRIPTIONS.get(f"{config}.{field.name}")
            lines += [f"  - `{field.name}`: {told}"] * bool(told)
            for item in TABLES[field.table] if field.table else ():
                inner = DESCRIPTIONS.get(f"{field.table}.{item.name}")
                lines += [f"  - `{field.name}.{item.name}`: {inner}"] * bool(inner)
    return "\n".join(lines)


def counts_table(rows: Rows) -> str:
    """What each split holds, as a Markdown table."""
    tables = [(layer, table) for layer, names in LAYERS.items() for table in names]
    names = ["split", "storylines", "articles", "words", *(table for _, table in tables)]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for split, articles in rows["articles"].items():
        cells = [
            len({row["storyline"] for row in articles}),
            len(articles),
            sum(len(row["text"].split()) for row in articles),
            *(sum(len(row[table]) for row in rows[layer][split]) for layer, table in tables),
        ]
        lines.append(f"| {split} | " + " | ".join(f"{cell:,}" for cell in cells) + " |")
    return "\n".join(lines)


def export(rows: Rows, folder: Path, version: str, reports: Mapping[str, str] | None = None) -> bool:
    """Write the dataset folder; return whether anything changed. `reports` go into the card.

    When the folder already holds the same content only a differing card or Croissant file is rewritten. Files that do
    not belong to the dataset go with the former folder.
    """
    text = card(rows, version, reports).encode("utf-8")
    if folder.exists() and content_hash(read_all(folder)) == content_hash(rows):
        papers = {CARD: text, croissant.FILE: croissant.croissant(rows, folder, version).encode("utf-8")}
        differing = [
            name for name in papers if not (folder / name).exists() or (folder / name).read_bytes() != papers[name]
        ]
        for name in differing:
            write_bytes(folder / name, papers[name])
        return bool(differing)
    with replaced_folder(folder) as aside:
        for config, splits in rows.items():
            for split, found in splits.items():
                write_parquet(aside, config, split, found)
        write_bytes(aside / CARD, text)
        write_bytes(aside / croissant.FILE, croissant.croissant(rows, aside, version).encode("utf-8"))
    return True
