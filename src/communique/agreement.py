"""How far two passes agree, per layer and part of it.

Agreement of spans is the F1 of one pass against the other, 2 * both / (first + second): chance agreement on spans among
all the spans that nobody marked is near zero, so F1 and kappa agree in the limit (Hripcsak and Rothschild 2005).
Attributes are compared on the items that both passes have; there F1 is the plain share of equal values. Intervals
resample storylines, by the method of `communique.statistics.f1_interval`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from communique.annotation import join
from communique.articles import Article
from communique.schema import ENTITY_TYPES, EVENT_TYPES, LAYERS, Row
from communique.scoring import Counts, count_sets, f1_score
from communique.statistics import f1_interval
from communique.tasks import quotes


def align_entities(first: Row, second: Row) -> dict[str, str]:
    """Map entity ids of the second pass to those of the first: one to one, so that most mentions agree.

    Ids are the annotators' own, so only the partition they make counts. Ids that share no mention span are not mapped.
    """
    entity_at = {(item["start"], item["end"]): item["entity"] for item in first["mentions"]}
    shared: Counter[tuple[str, str]] = Counter(
        (item["entity"], entity_at[item["start"], item["end"]])
        for item in second["mentions"]
        if item["entity"] is not None and entity_at.get((item["start"], item["end"])) is not None
    )
    theirs, ours = sorted({pair[0] for pair in shared}), sorted({pair[1] for pair in shared})
    if not shared:
        return {}
    weights = np.array([[shared[a, b] for b in ours] for a in theirs])
    rows, columns = linear_sum_assignment(weights, maximize=True)
    return {theirs[i]: ours[j] for i, j in zip(rows, columns, strict=True) if weights[i, j]}


def _equal(pairs: Sequence[tuple[Row, Row]], value: Callable[[Row], object]) -> Counts:
    return Counts(sum(value(a) == value(b) for a, b in pairs), len(pairs), len(pairs))


def _mention_counts(first: Row, second: Row, entity: Mapping[str, str]) -> dict[str, Counts]:
    def spans(row: Row, level: str | None, label: str | None = None) -> set[object]:
        return {
            (item["start"], item["end"], item["type"])
            for item in row["mentions"]
            if level in (None, item["level"]) and label in (None, item["type"])
        }

    counts = {
        "names, exact and type": count_sets(spans(second, "name"), spans(first, "name")),
        "all mentions, exact and type": count_sets(spans(second, None), spans(first, None)),
    }
    at = {(item["start"], item["end"]): item for item in second["mentions"]}
    pairs = [(item, at[item["start"], item["end"]]) for item in first["mentions"] if (item["start"], item["end"]) in at]
    counts["level, given the span"] = _equal(pairs, lambda item: item["level"])
    counts["metonym, given the span"] = _equal(pairs, lambda item: item["metonym"])
    same = sum(a["entity"] == entity.get(b["entity"], b["entity"]) for a, b in pairs)
    counts["entity, given the span"] = Counts(same, len(pairs), len(pairs))
    for label in ENTITY_TYPES:
        counts[f"names {label}"] = count_sets(spans(second, "name", label), spans(first, "name", label))
    return counts


def pair_up(first: Sequence[Row], second: Sequence[Row], label: str) -> list[tuple[Row, Row]]:
    """Items of both passes whose spans overlap, one to one: equal spans first, then equal `label`s, then text order."""
    pairs: list[tuple[Row, Row]] = []
    left, right = list(first), list(second)
    for same_span, same_label in ((True, True), (True, False), (False, True), (False, False)):
        alone = []
        for item in left:
            start, end = item["start"], item["end"]
            for place, other in enumerate(right):
                touches = (
                    (other["start"], other["end"]) == (start, end)
                    if same_span
                    else other["start"] < end and start < other["end"]
                )
                if touches and (not same_label or other[label] == item[label]):
                    pairs.append((item, right.pop(place)))
                    break
            else:
                alone.append(item)
        left = alone
    return pairs


def _event_counts(first: Row, second: Row, entity: Mapping[str, str]) -> dict[str, Counts]:
    pairs = pair_up(first["events"], second["events"], "type")
    totals = len(first["events"]), len(second["events"])
    typed = sum(a["type"] == b["type"] for a, b in pairs)
    exact = sum((a["start"], a["end"]) == (b["start"], b["end"]) for a, b in pairs)
    counts = {
        "triggers, overlap": Counts(len(pairs), *totals),
        "triggers, exact": Counts(exact, *totals),
        "triggers, overlap and type": Counts(typed, *totals),
        "type, given the trigger": _equal(pairs, lambda item: item["type"]),
        "modality, given the trigger": _equal(pairs, lambda item: item["modality"]),
        "polarity, given the trigger": _equal(pairs, lambda item: item["polarity"]),
        "source entity, given the trigger": Counts(
            sum(a["source_entity"] == entity.get(b["source_entity"], b["source_entity"]) for a, b in pairs),
            len(pairs),
            len(pairs),
        ),
    }
    ends: list[set[object]] = [set(), set()]
    spans: list[set[object]] = [set(), set()]
    for number, pair in enumerate(pairs):
        for side, (row, event) in enumerate(zip((first, second), pair, strict=True)):
            for item in row["arguments"]:
                if item["event"] == event["id"]:
                    ends[side].add((number, item["role"], item["end"]))
                    spans[side].add((number, item["role"], item["start"], item["end"]))
    counts["arguments, role and last character, given the trigger"] = count_sets(*reversed(ends))
    counts["arguments, role and span, given the trigger"] = count_sets(*reversed(spans))
    for label in EVENT_TYPES:
        of_type = [sum(item["type"] == label for item in row["events"]) for row in (first, second)]
        both = sum(a["type"] == b["type"] == label for a, b in pairs)
        counts[f"triggers {label}"] = Counts(both, *of_type)
    return counts


def _quote_counts(first: Row, second: Row, entity: Mapping[str, str]) -> dict[str, Counts]:
    matched = quotes.match(first, second)
    pairs = [(first["quotes"][i], second["quotes"][j]) for i, j, _ in matched]
    totals = len(first["quotes"]), len(second["quotes"])
    spans = quotes.content_spans(first), quotes.content_spans(second)
    tokens = [set[object]().union(*quotes.content_tokens(first, side)) for side in spans]
    counts = {
        "quotes, content overlaps": Counts(len(pairs), *totals),
        "quotes, content exact": Counts(sum(spans[0][i] == spans[1][j] for i, j, _ in matched), *totals),
        "tokens of contents": count_sets(*reversed(tokens)),
    }
    attributed = sum(
        f1 >= quotes.THRESHOLD and a["speaker"] == entity.get(b["speaker"], b["speaker"])
        for (a, b), (_, _, f1) in zip(pairs, matched, strict=True)
    )
    counts["quotes, attributed to the same entity"] = Counts(attributed, *totals)
    for name in ("type", "source_class"):
        counts[f"{name}, given the quote"] = _equal(pairs, lambda item, name=name: item[name])  # type: ignore[misc]
    for name in ("cue", "source", "medium"):
        counts[f"{name} exact, given the quote"] = _equal(
            pairs,
            lambda item, name=name: (item[f"{name}_start"], item[f"{name}_end"]),  # type: ignore[misc]
        )
    for name in ("speaker", "medium"):
        same = sum(a[name] == entity.get(b[name], b[name]) for a, b in pairs)
        counts[f"{name} entity, given the quote"] = Counts(same, len(pairs), len(pairs))
    nested = sum((a["parent"] is None) == (b["parent"] is None) for a, b in pairs)
    counts["nested or not, given the quote"] = Counts(nested, len(pairs), len(pairs))
    return counts


COUNTERS: Mapping[str, Callable[[Row, Row, Mapping[str, str]], dict[str, Counts]]] = {
    "entities": _mention_counts,
    "events": _event_counts,
    "quotes": _quote_counts,
}
"""By layer: from an article's documents of two passes (`with_tokens`) and the map of `align_entities` to the counts of
every part. Parts with `entity` in their name need the entities of both passes."""


def with_tokens(article: Article, layers: Iterable[Row]) -> Row:
    """One document of an article's layers, with the article's tokens."""
    return join(*layers) | {
        "tokens": [article.text[token.start : token.end] for token in article.tokens],
        "token_starts": [token.start for token in article.tokens],
    }


def agreement(
    articles: Sequence[Article], first: Mapping[str, dict[str, Row]], second: Mapping[str, dict[str, Row]]
) -> pd.DataFrame:
    """Agreement of two passes over the articles that both have annotated in full.

    Returns a table with the columns layer, part, f1, low, high, both, first, second and articles, the counts summed
    over articles; parts that neither pass has are left out. With fewer than eight storylines, and where nothing varies
    between them, low and high are NaN.
    Without a common article the table is empty.
    """
    found: dict[tuple[str, str], dict[str, list[Counts]]] = {}
    done = 0
    for article in articles:
        sides = [pass_.get(article.id, {}) for pass_ in (first, second)]
        if any(set(side) != set(LAYERS) for side in sides):
            continue
        done += 1
        a, b = (with_tokens(article, side.values()) for side in sides)
        entity = align_entities(a, b)
        for layer, count in COUNTERS.items():
            for part, counts in count(a, b, entity).items():
                found.setdefault((layer, part), {}).setdefault(article.storyline, []).append(counts)
    rows = []
    for (layer, part), by_storyline in found.items():
        sums = np.array([np.sum(counted, axis=0) for counted in by_storyline.values()], dtype=int)
        counts = Counts(*sums.sum(axis=0).tolist())
        if counts.predicted or counts.gold:
            low, high = f1_interval(sums) or (np.nan, np.nan)
            low, high = (np.nan, np.nan) if low == high else (low, high)
            rows.append((layer, part, f1_score(*counts), low, high, *counts, done))
    return pd.DataFrame(rows, columns=["layer", "part", "f1", "low", "high", "both", "first", "second", "articles"])
