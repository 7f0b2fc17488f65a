"""Submissions: a folder per system with a card and prediction files, read and checked before anything is scored.

    SYSTEMS/SYSTEM/card.yaml            who made it, from what
    SYSTEMS/SYSTEM/TASK.SPLIT.jsonl     its predictions, or .parquet

Nothing in a submission is executed, unpacked or used as a path; sizes are looked at before a file is read.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import yaml

from communique.parquet import count_rows
from communique.predictions import MOST_BYTES, read_predictions
from communique.problems import Problem, ProblemsError, refuse
from communique.rows import row_problems
from communique.schema import PREDICTED_TABLES, SPLITS, Field, Row

CARD_FIELDS = (
    Field("name"),
    Field("description"),
    Field("authors"),
    Field("date", "date"),
    Field("training_data"),
    Field("parameters"),
    Field("compute"),
    Field("link", nullable=True),
)
MOST_CARD_BYTES = 1 << 16

_UNPRINTABLE = ("Cc", "Cf", "Cs", "Co")
LINK = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?(/[!#$%&'()*+,./:;=?@\[\]~\w-]*)?")


def _unprintable(place: str, card: Row) -> list[Problem]:
    """Texts of a card that are blank, or that hold control, formatting or broken characters."""
    return [
        Problem(place, "bad-value", f"{name} is {value!r}", "words, without control or formatting characters")
        for name, value in card.items()
        if value is not None
        and (not value.strip() or any(unicodedata.category(one) in _UNPRINTABLE for one in value.replace("\n", " ")))
    ]


def _is_day(given: str) -> bool:
    try:
        return date.fromisoformat(given).isoformat() == given
    except ValueError:
        return False


def read_card(folder: Path) -> Row:
    """A system's card. Raises `ProblemsError` when it is absent, not YAML, or lacks a field."""
    path = folder / "card.yaml"
    place = f"{folder.name}/card.yaml"
    names = "fields: " + ", ".join(field.name for field in CARD_FIELDS)
    if not path.is_file():
        raise ProblemsError([Problem(place, "missing-file", "no card", names)])
    if path.stat().st_size > MOST_CARD_BYTES:
        raise ProblemsError([Problem(place, "too-large", f"{path.stat().st_size:,} bytes", f"{MOST_CARD_BYTES:,}")])
    try:
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise ProblemsError([Problem(place, "bad-yaml", f"not YAML: {error}", "key: value lines")]) from None
    if not isinstance(card, dict):
        raise ProblemsError([Problem(place, "wrong-type", "a card is lines of a name and a text", names)])
    refuse(
        Problem(
            place, "wrong-type", f"{str(name)[:40]} is no text", 'write a text, in "quotes" if it looks like a number'
        )
        for name, value in card.items()
        if not isinstance(value, str | date | None)
    )
    card = {name: value.isoformat() if isinstance(value, date) else value for name, value in card.items()}
    problems = row_problems(place, card, CARD_FIELDS) or _unprintable(place, card)
    if not problems and card["link"] is not None and not LINK.fullmatch(card["link"]):
        problems.append(Problem(place, "bad-value", f"link is {card['link']!r}", "an https:// address, or null"))
    if not problems and not _is_day(card["date"]):
        problems.append(Problem(place, "bad-value", f"date is {card['date']!r}", "a day, YYYY-MM-DD"))
    refuse(problems)
    return card


def _misnamed(folder: Path) -> list[Problem]:
    """Files in a system's folder that would be overlooked."""
    wanted = re.compile(rf"({'|'.join(PREDICTED_TABLES)})\.({'|'.join(SPLITS)})\.(jsonl|parquet)|card\.yaml|\..*")
    hint = "card.yaml and TASK.SPLIT.jsonl or .parquet, as entities.test.jsonl"
    return [
        Problem(folder.name, "bad-value", f"the file {path.name!r}", hint)
        for path in sorted(folder.iterdir())
        if not (wanted.fullmatch(path.name) and path.is_file())
    ]


def prediction_file(folder: Path, task: str, split: str) -> Path | None:
    """The file with a system's predictions for a task and split, None if it has none.

    Raises `ProblemsError` when there are two.
    """
    found = [path for ending in (".jsonl", ".parquet") if (path := folder / f"{task}.{split}{ending}").is_file()]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise ProblemsError([Problem(folder.name, "bad-value", f"both {names}", "one file for a task and split")])
    return found[0] if found else None


def refuse_large(path: Path, articles: int) -> None:
    """Raise `ProblemsError` for a prediction file with too many bytes, or with more rows than there are articles."""
    place = f"{path.parent.name}/{path.name}"
    hint = f"at most {articles:,} rows, one per article, and {MOST_BYTES:,} bytes"
    size = path.stat().st_size
    if size > MOST_BYTES:
        refuse([Problem(place, "too-large", f"{size:,} bytes", hint)])
    if path.suffix == ".parquet":
        rows = count_rows(path, place)
    else:
        with path.open("rb") as file:
            rows = sum(1 for line in file if line.strip())
    if rows > articles:
        refuse([Problem(place, "too-large", f"{rows:,} rows", hint)])


def submissions(systems: Path, task: str, split: str) -> Sequence[tuple[Path, Path]]:
    """The folders with predictions for a task and split, by name, each with its prediction file."""
    found = []
    for folder in sorted(path for path in systems.iterdir() if path.is_dir()):
        refuse(_misnamed(folder))
        path = prediction_file(folder, task, split)
        if path is not None:
            found.append((folder, path))
    return found


def predictions_by_system(systems: Path, task: str, split: str) -> dict[str, dict[str, Row]]:
    """The predicted rows of every system that has been scored, by the name on its card and by article."""
    return {
        read_card(folder)["name"]: {row["id"]: row for _, row in read_predictions(path)}
        for folder, path in submissions(systems, task, split)
    }
