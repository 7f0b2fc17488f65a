"""The prediction format: one object per article of a split, with the tables of its task.

`entities`: `mentions`; `events`: `events` and `arguments`; `quotes`: `quotes` and `contents`, where the speaker is a
span, `speaker_start, speaker_end`. Shapes as in the dataset; predicted ids are free, `text`, `entity` and `metonym`
optional.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from communique.check import table_problems
from communique.files import read_json_lines
from communique.parquet import read_bounded
from communique.problems import Problem, refuse
from communique.rows import duplicates
from communique.schema import OPTIONAL_IN_PREDICTIONS, PREDICTED, PREDICTED_TABLES, Row

_SAME = {
    "mentions": ("start", "end", "type", "level"),
    "events": ("start", "end", "type"),
    "arguments": ("event", "role", "start", "end"),
    "contents": ("quote", "start", "end"),
}
"""What makes two predicted rows of a table the same: they would count twice."""


MOST_BYTES = 1 << 30
"""The largest prediction file that is read, and the largest that a Parquet file may unpack to."""
COMMON = 5
"""From so many spans on with the same mistake in their offsets the mistake is told once for all."""


def read_predictions(path: Path) -> list[tuple[str, Row]]:
    """Read a prediction file, JSON Lines or Parquet by its ending, as `(place, row)` pairs; rows are not checked yet.

    Raises `ProblemsError` for a file that is missing or cannot be read, and for Parquet that would unpack to more than
    `MOST_BYTES`.
    """
    if path.suffix == ".parquet":
        found = read_bounded(path, f"{path.parent.name}/{path.name}", MOST_BYTES)
        return [(f"{path.name} row {number}", row) for number, row in enumerate(found)]
    return read_json_lines(path)


def prediction_problems(task: str, gold_rows: Sequence[Row], predicted: Sequence[tuple[str, Row]]) -> list[Problem]:
    """Everything that keeps predictions from being scored: articles missing, extra or twice, and faults in their rows.

    Args:
        task: `entities`, `events` or `quotes`.
        gold_rows: rows with `id` and `text` of every article of the split.
        predicted: `(place, row)` pairs as `read_predictions` gives them.
    """
    texts = {row["id"]: row["text"] for row in gold_rows}
    tables = {table: PREDICTED[table] for table in PREDICTED_TABLES[task]}
    optional = {name for name in OPTIONAL_IN_PREDICTIONS if name[0] in tables}
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for place, row in predicted:
        article = row.get("id")
        if not isinstance(article, str) or article not in texts:
            hint = "one row for each article of the split, no other"
            problems.append(Problem(place, "unknown-article", f"the id {article!r}", hint))
            continue
        if article in seen:
            message = f"the id {article!r} again, first at {seen[article]}"
            problems.append(Problem(place, "duplicate-article", message, "one row per article"))
        seen[article] = place
        problems += [
            Problem(place, "unknown-field", f"the field {name!r}", "fields: id, " + ", ".join(tables))
            for name in row
            if name != "id" and name not in tables
        ]
        faults = table_problems(place, texts[article], row, tables, optional)
        problems += faults or _repeated(place, row, tables)
        if not faults and task == "quotes":
            problems += _quote_faults(place, row)
    problems = _common_hints(task, problems) + problems
    problems += [
        Problem(f"predictions of {task}", "missing-article", f"no row for {article!r}", "predict every article")
        for article in texts
        if article not in seen
    ]
    return problems


def _common_hints(task: str, problems: Sequence[Problem]) -> list[Problem]:
    """What would mend many spans at once, told first: the same shift, or the same other unit of offsets."""
    hints = Counter(problem.hint for problem in problems if problem.code == "text-mismatch")
    return [
        Problem(f"predictions of {task}", "text-mismatch",
                f"of {hints.total()} spans that do not match, {count}: {hint}", "mend all offsets in the same way")
        for hint, count in hints.most_common()
        if count >= COMMON and hint.startswith(("it matches if", "the offsets look"))
    ]  # fmt: skip


def _repeated(place: str, row: Row, tables: Iterable[str]) -> list[Problem]:
    problems: list[Problem] = []
    for table in tables:
        if table in _SAME:
            keys = [
                (number, tuple(item[name] for name in _SAME[table]), "the same span and label")
                for number, item in enumerate(row[table])
            ]
            problems += duplicates(f"{place} {table}", keys, "duplicate-span", "each span and label once")
    return problems


def _quote_faults(place: str, row: Row) -> list[Problem]:
    filled = {part["quote"] for part in row["contents"]}
    known = {quote["id"] for quote in row["quotes"]}
    problems = []
    for number, quote in enumerate(row["quotes"]):
        where = f"{place} quotes[{number}]"
        if quote["id"] not in filled:
            problems.append(Problem(where, "empty-quote", "a quote without content", "give it a content span"))
        if quote["parent"] is not None and quote["parent"] not in known:
            message = f"parent is {quote['parent']!r}"
            problems.append(Problem(where, "dangling-reference", message, "the id of one of the article's quotes"))
    return problems


def load_rows(task: str, path: Path, gold_rows: Sequence[Row]) -> list[Row]:
    """The rows of a prediction file, validated; raises `ProblemsError` with everything that is wrong with them."""
    predicted = read_predictions(path)
    refuse(prediction_problems(task, gold_rows, predicted))
    return [row for _, row in predicted]
