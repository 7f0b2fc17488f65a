"""Quotes: content and who is quoted.

Gold and predicted quotes are matched one to one so that the summed token F1 of their contents is largest (Hungarian
assignment, Kuhn 1955); ties go to the larger overlap of cues, then to text order. Contents are sets of the article's
tokens (`tokens`, `token_starts` of the entities config), so split contents and their order do not matter.

The headline, **attribution**, counts a matched pair as right when its token F1 is at least 0.5 and the speaker is
right. A predicted speaker is a span; it is right when it is exactly a mention of the gold speaker or of a co-speaker:
a name where the article names that entity, else any mention. No speaker is right only against no speaker. Beside it:

- `content`: pairs with a token F1 of at least 0.5; of them `exact content`, `cue`, `source`, `medium` by equal spans,
  and `label` by equal type. `content tokens`: the article's tokens that stand in any content.
- `relays`: quotes with a medium, right when both of such a pair have the same; `nesting`: quotes with a parent, right
  when their parents are such a pair too.
- Recall of attribution by what gold says of a quote: `type: T`, `source class: C`, `nested: yes|no` (it has a parent),
  `relayed: yes|no` (it has a medium), `pronoun source: yes|no`, `split content: yes|no`.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from communique import scoring
from communique.annotation import contents_by_quote
from communique.files import json_line
from communique.predictions import load_rows
from communique.schema import PREDICTED, QUOTE_TYPES, SOURCE_CLASSES, Row, decode_labels
from communique.scoring import Counts, count_articles, count_sets, f1_score

HEADLINE = "attribution"
MATCHING = "content token F1 >= 0.5 and speaker mention"
MACROS: tuple[str, ...] = ()
THRESHOLD = 0.5
_CUE_WEIGHT = 1e-7
_ORDER_WEIGHT = 1e-12

Spans = tuple[tuple[int, int], ...]


def content_spans(row: Row) -> list[Spans]:
    """The content spans of each quote, in text order."""
    parts = contents_by_quote(row)
    return [tuple((part["start"], part["end"]) for part in parts[quote["id"]]) for quote in row["quotes"]]


def _tokens(spans: Spans, starts: NDArray[np.int_], ends: NDArray[np.int_]) -> frozenset[int]:
    """Numbers of the tokens that the spans touch."""
    found: set[int] = set()
    for start, end in spans:
        found.update(range(int(np.searchsorted(ends, start, "right")), int(np.searchsorted(starts, end, "left"))))
    return frozenset(found)


def content_tokens(row: Row, spans: Sequence[Spans]) -> list[frozenset[int]]:
    """Numbers of the article's tokens that each quote's content spans touch; `row` has `tokens` and `token_starts`."""
    starts = np.asarray(row["token_starts"])
    ends = starts + np.asarray([len(token) for token in row["tokens"]])
    return [_tokens(quote, starts, ends) for quote in spans]


def _overlap(one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> float:
    """Characters shared by two spans over characters in either; 1 when both are absent, 0 when one is."""
    if one[0] is None or other[0] is None or one[1] is None or other[1] is None:
        return float(one == other)
    shared = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    return shared / (one[1] - one[0] + other[1] - other[0] - shared)


def _attributes(quote: Row) -> str:
    """What a predicted quote says besides its contents and ids: quotes alike in both cannot be told apart."""
    return json_line({name: value for name, value in quote.items() if name not in ("id", "parent")})


def match(gold: Row, predicted: Row) -> list[tuple[int, int, float]]:
    """Pairs of (gold quote number, predicted quote number, content token F1) with F1 above zero.

    The order in which quotes were predicted does not matter: they are sorted before they are matched.
    """
    if not gold["quotes"] or not predicted["quotes"]:
        return []
    right = content_tokens(gold, content_spans(gold))
    spans = content_spans(predicted)
    order = sorted(range(len(spans)), key=lambda number: (spans[number], _attributes(predicted["quotes"][number])))
    found = content_tokens(gold, [spans[number] for number in order])
    scores = np.zeros((len(right), len(found)))
    tied = np.zeros_like(scores)
    for i, gold_quote in enumerate(gold["quotes"]):
        for j, number in enumerate(order):
            quote = predicted["quotes"][number]
            scores[i, j] = f1_score(len(right[i] & found[j]), len(found[j]), len(right[i])) if found[j] else 0.0
            cues = (gold_quote["cue_start"], gold_quote["cue_end"]), (quote["cue_start"], quote["cue_end"])
            tied[i, j] = _CUE_WEIGHT * _overlap(*cues) - _ORDER_WEIGHT * abs(i - j)
    rows, columns = linear_sum_assignment(scores + tied, maximize=True)
    return [(int(i), order[j], float(scores[i, j])) for i, j in zip(rows, columns, strict=True) if scores[i, j] > 0]


def speaker_spans(gold: Row, quote: Row) -> set[tuple[int, int]]:
    """Spans that name the speaker or a co-speaker of a gold quote; empty when it has no speaker."""
    speakers = {quote["speaker"]} | {item["entity"] for item in gold["co_speakers"] if item["quote"] == quote["id"]}
    spans: set[tuple[int, int]] = set()
    for entity in speakers - {None}:
        mentions = [item for item in gold["mentions"] if item["entity"] == entity]
        names = [item for item in mentions if item["level"] == "name"]
        spans |= {(item["start"], item["end"]) for item in names or mentions}
    return spans


def _groups(gold: Row) -> dict[str, list[bool]]:
    """For each slice that gold alone knows, which of its quotes are in it."""
    parts = contents_by_quote(gold)
    pronouns = {(item["start"], item["end"]) for item in gold["mentions"] if item["level"] == "pronoun"}
    marks = {
        "nested": [quote["parent"] is not None for quote in gold["quotes"]],
        "relayed": [quote["medium"] is not None for quote in gold["quotes"]],
        "pronoun source": [(quote["source_start"], quote["source_end"]) in pronouns for quote in gold["quotes"]],
        "split content": [len(parts[quote["id"]]) > 1 for quote in gold["quotes"]],
    }
    groups = {f"type: {label}": [quote["type"] == label for quote in gold["quotes"]] for label in QUOTE_TYPES}
    groups |= {
        f"source class: {label}": [quote["source_class"] == label for quote in gold["quotes"]]
        for label in SOURCE_CLASSES
    }
    for name, marked in marks.items():
        groups |= {f"{name}: yes": marked, f"{name}: no": [not mark for mark in marked]}
    return groups


def count(gold: Row, predicted: Row) -> dict[str, Counts]:
    """Counts of one article per slice, the headline first."""
    right = dict.fromkeys((HEADLINE, "content", "exact content", "cue", "source", "medium", "label"), 0)
    having = dict.fromkeys(("relays", "nesting"), 0)
    attributed = set()
    gold_contents, found_contents = content_spans(gold), content_spans(predicted)
    pairs = [(i, j) for i, j, score in match(gold, predicted) if score >= THRESHOLD]
    ids = {(gold["quotes"][i]["id"], predicted["quotes"][j]["id"]) for i, j in pairs}
    for i, j in pairs:
        quote, found = gold["quotes"][i], predicted["quotes"][j]
        allowed = speaker_spans(gold, quote)
        speaker = (found["speaker_start"], found["speaker_end"])
        right["content"] += 1
        if speaker in allowed or (not allowed and speaker == (None, None)):
            right[HEADLINE] += 1
            attributed.add(i)
        right["exact content"] += gold_contents[i] == found_contents[j]
        right["label"] += quote["type"] == found["type"]
        for part in ("cue", "source", "medium"):
            right[part] += all(quote[f"{part}_{end}"] == found[f"{part}_{end}"] for end in ("start", "end"))
        medium = quote["medium_start"], quote["medium_end"]
        having["relays"] += medium[0] is not None and medium == (found["medium_start"], found["medium_end"])
        having["nesting"] += (quote["parent"], found["parent"]) in ids
    totals = len(predicted["quotes"]), len(gold["quotes"])
    fields = {"relays": "medium_start", "nesting": "parent"}
    tokens = [set[int]().union(*content_tokens(gold, spans)) for spans in (gold_contents, found_contents)]
    return (
        {name: Counts(tp, *totals) for name, tp in right.items()}
        | {"content tokens": count_sets(*tokens)}
        | {
            name: Counts(
                tp, *(sum(quote[fields[name]] is not None for quote in side["quotes"]) for side in (predicted, gold))
            )
            for name, tp in having.items()
        }
        | {
            name: Counts(sum(inside[i] for i in attributed), math.nan, sum(inside))
            for name, inside in _groups(gold).items()
        }
    )


def load(path: Path, gold_rows: Sequence[Row]) -> list[Row]:
    """The predictions in a file; raises `ProblemsError` with everything that is wrong with them."""
    return load_rows("quotes", path, gold_rows)


def counts(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> pd.DataFrame:
    """Counts per article and slice (see `communique.scoring.COLUMNS`), the headline first."""
    return count_articles(count, HEADLINE, gold_rows, predicted_rows)


def evaluate(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> dict[str, Any]:
    """`f1`, `precision`, `recall` of attribution, `macro` (empty), `slices`; raises `ProblemsError` for bad ones."""
    table = counts(gold_rows, scoring.checked("quotes", gold_rows, predicted_rows))
    return scoring.summarize(table, HEADLINE, MACROS)


def as_prediction(gold: Row) -> Row:
    """The gold row of an article as a prediction, each speaker given by its first mention; it scores exactly 1.0."""
    row = decode_labels(gold)
    quotes = []
    for quote in row["quotes"]:
        spans = sorted(speaker_spans(row, quote | {"id": None}) or speaker_spans(row, quote))
        start, end = spans[0] if spans else (None, None)
        quotes.append({**quote, "speaker_start": start, "speaker_end": end})
    return {
        "id": row["id"],
        "quotes": [{field.name: quote[field.name] for field in PREDICTED["quotes"]} for quote in quotes],
        "contents": [{field.name: item[field.name] for field in PREDICTED["contents"]} for item in row["contents"]],
    }
