"""Tables of the card that say how good the data is: agreement, proportions, leakage, as Markdown."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from communique.agreement import agreement
from communique.annotation import read_pass
from communique.articles import Article, load_articles, select
from communique.dataset import Rows, joined
from communique.files import parse_json, read_lines, read_text
from communique.overlap import leakage
from communique.profile import profile_table
from communique.schema import SPLITS, Row

NOTHING = "Nothing to report yet.\n"
REPORTS = ("agreement", "profile", "leakage")
"""The tables that the card has beside its counts."""


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; numbers with one decimal, None as an empty cell. Without rows it says so."""
    if not rows:
        return NOTHING
    lines = [heads, ["---"] * len(heads), *([_cell(value) for value in row] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def agreement_report(found: pd.DataFrame) -> str:
    """The table of `communique.agreement.agreement`, in percent with intervals."""
    rows = [
        (row["layer"], row["part"], 100 * row["f1"],
         "" if pd.isna(row["low"]) else f"{100 * row['low']:.1f} to {100 * row['high']:.1f}", int(row["first"]))
        for row in found.to_dict("records")
    ]  # fmt: skip
    return table(["layer", "part", "F1", "95 % interval", "items of the first pass"], rows)


def profile_report(rows: Sequence[Row], profile: Mapping[str, Any]) -> str:
    """The corpus beside real news, with the bounds it keeps; `rows` are joined gold rows."""
    authored = [row for row in rows if row["origin"] == "authored"]
    if not authored:
        return NOTHING
    cells = []
    for row in profile_table(authored, profile).to_dict("records"):
        low, high = row["low"], row["high"]
        bounds = "" if low is None else f"{low:g} or more" if high is None else f"{low:g} to {high:g}"
        cells.append((row["figure"], row["corpus"], row["real_news"], bounds, row["within"]))
    return table(["figure", "this corpus", "real news", "bounds", "within"], cells)


def _names(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Type and text of every name in joined gold rows."""
    return [(item["type"], item["text"]) for row in rows for item in row["mentions"] if item["level"] == "name"]


def leakage_report(articles: Sequence[Article], rows: Mapping[str, Sequence[Row]]) -> str:
    """What the evaluation splits share with train: sentences, word sequences, names; `rows` are gold rows by split."""
    train = select(articles, "train")
    names = set(_names(rows.get("train", ())))
    cells = []
    for split in SPLITS:
        if split == "train" or not rows.get(split) or not names:
            continue
        shared = leakage(train, select(articles, split))
        mentions = _names(rows[split])
        seen = 100 * sum(mention in names for mention in mentions) / max(1, len(mentions))
        cells.append((split, int(shared["sentences"]), 100 * shared["containment"], 100 * shared["most"], seen))
    heads = ["split", "sentences also in train", "8-grams also in train, mean %", "largest %", "names seen in train, %"]
    return table(heads, cells)


def card_reports(
    articles: Sequence[Article],
    first: Mapping[str, dict[str, Row]],
    second: Mapping[str, dict[str, Row]],
    pilot: Collection[str],
    rows: Rows,
    profile: Mapping[str, Any],
) -> dict[str, str]:
    """The tables named in `REPORTS`. Articles of the pilot, whose passes wrote the guidelines, do not count there."""
    gold = {split: joined(rows, split) for split in rows["articles"]}
    annotated = {row["id"] for found in gold.values() for row in found}
    return {
        "agreement": agreement_report(agreement([a for a in articles if a.id not in pilot], first, second)),
        "profile": profile_report([row for found in gold.values() for row in found], profile),
        "leakage": leakage_report([a for a in articles if a.id in annotated], gold),
    }


def reports_of(seeds: Path, annotations: Path, rows: Rows) -> dict[str, str]:
    """The card's tables for the articles of `seeds`, the passes and pilot of `annotations`, and the dataset's rows."""
    articles = load_articles(seeds)
    first, second = (read_pass(annotations / name, articles) for name in ("first", "second"))
    profile = parse_json(read_text(seeds / "real_news_profile.json"), "real_news_profile.json")
    return card_reports(articles, first, second, read_lines(annotations / "pilot.txt"), rows, profile)
