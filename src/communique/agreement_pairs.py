"""Agreement of every two annotators who share articles, per layer and type, and every place where they differ.

Passes are folders whose rows name their annotators. Two annotators are a pair in a layer where both have annotated an
article, whichever folders hold it; an annotator who did an article twice, in two folders, is compared with themselves
and named with the folder. Measures:

- **F1** of the parts of `communique.agreement`, and for every type *exact* (equal spans, for quotes all content spans,
  and that type in both) and *overlap* (items matched one to one by `pair_up`, for quotes by `communique.tasks.quotes`,
  and that type in both). Arguments are compared within matched triggers, speakers within matched quotes; entities are
  compared by `align_entities`, and not at all in articles where one of the two has no entities layer.
- **kappa** of the labels of matched items (`communique.chance`): types, and each attribute with a closed set. For the
  roles the items are arguments with overlapping spans of matched triggers.
- **alpha** over the articles' tokens (`communique.chance`): a token's label is the type of the shortest mention,
  trigger or quote (by its contents) that touches it, or nothing, so alpha takes in what only one of the two marked. Of
  one type: that type against all else, nothing included.

Pairs together: F1 of the summed counts, which is the pairs' F1 each weighted by the items of both; kappa weighted by
matched items; alpha of all annotators at once, the tokens of articles that an annotator has not done being missing, so
that every token weighs as many labels as it has. Intervals resample storylines, of all pairs together.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from communique.agreement import COUNTERS, align_entities, with_tokens
from communique.agreement_items import KINDS, Observation, observe, token_labels
from communique.articles import Article
from communique.board_text import no_formula
from communique.chance import alpha, coincidences, kappa, one_against_rest
from communique.check import layer_problems
from communique.problems import refuse
from communique.schema import Row
from communique.scoring import Counts, f1_score
from communique.statistics import Array, f1_intervals

ALL = "all pairs"
COLUMNS = ["layer", "type", "part", "measure", "annotator_1", "annotator_2", "value", "low", "high", "both", "first",
           "second", "articles"]  # fmt: skip
ITEMS = {"entities": "all mentions", "events": "triggers", "quotes": "quotes"}
"""What the items of a layer are called in the parts that count all types."""

Passes = Mapping[str, Mapping[str, Mapping[str, Row]]]
"""By the folder's name, article and layer; each folder as `communique.annotation.read_pass` gives it."""


class Rater(NamedTuple):
    """Who annotated: the rows' `annotator`, and the name to show, which is unique."""

    annotator: str
    name: str


Pair = tuple[Rater, Rater]


class Place(NamedTuple):
    """Where observations are from."""

    layer: str
    pair: Pair
    article: str


@dataclass(frozen=True)
class Agreement:
    """What `compare` finds: the table (`COLUMNS`), what is behind it, and the articles of each annotator and layer.

    In the table `type` is empty where all are counted. `both`, `first` and `second` are what F1 follows from: the items
    that both have alike, those of the first annotator and those of the second. Beside kappa and alpha they are the
    items or tokens labelled alike, and twice those compared; beside a type's alpha the tokens that have it from both,
    and twice those that have it from one on average. `articles` counts those that the pair shares in the layer, or that
    any pair shares. `low` and `high` are NaN where there is no interval, `value` where it is not defined.
    """

    table: pd.DataFrame
    pairs: list[Pair]
    observations: list[tuple[Place, list[Observation]]]
    articles: dict[tuple[str, Rater], int]


def _type_counts(layer: str, seen: Sequence[Observation]) -> Iterator[tuple[str, Counts]]:
    """Exact and overlap counts of all types and of each."""
    typed = [item for item in seen if item.kind == "type"]
    exact = [item for item in typed if item.first_spans == item.second_spans]
    sides = [[item.first for item in typed if item.first], [item.second for item in typed if item.second]]
    for how, matched in (("exact", exact), ("overlap", typed)):
        alike = [item.first for item in matched if item.first == item.second]
        yield f"{ITEMS[layer]}, {how} and type", Counts(len(alike), *map(len, sides))
        for label in KINDS[layer]["type"]:
            yield f"{label}, {how}", Counts(alike.count(label), *(side.count(label) for side in sides))


@dataclass
class _Tally:
    """What is counted of one pair, or of all pairs, by storyline."""

    storylines: int
    articles: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    shared: set[int] = field(default_factory=set)
    counts: dict[tuple[str, str], Array] = field(default_factory=dict)
    confusions: dict[tuple[str, str], Array] = field(default_factory=dict)
    tokens: dict[str, Array] = field(default_factory=dict)

    def count(self, layer: str, storyline: int, parts: Mapping[str, Counts]) -> None:
        """Add an article's counts; later parts with a former one's name say the same."""
        self.shared.add(storyline)
        for part, counts in parts.items():
            table = self.counts.setdefault((layer, part), np.zeros((self.storylines, 3), dtype=int))
            table[storyline] += np.array(counts, dtype=int)

    def confuse(self, layer: str, storyline: int, seen: Sequence[Observation]) -> None:
        """Add the labels of an article's matched items."""
        for kind, names in KINDS[layer].items():
            shape = (self.storylines, len(names), len(names))
            table = self.confusions.setdefault((layer, kind), np.zeros(shape))
            for item in seen:
                if item.kind == kind and item.first is not None and item.second is not None:
                    table[storyline, names.index(item.first), names.index(item.second)] += 1

    def coincide(self, layer: str, storyline: int, labels: Array) -> None:
        """Add an article's tokens: how many annotators gave each label, shape (tokens, 1 + types)."""
        shape = (self.storylines, labels.shape[1], labels.shape[1])
        self.tokens.setdefault(layer, np.zeros(shape))[storyline] += coincidences(labels)
        self.articles[layer] += 1


def _raters(passes: Passes) -> dict[tuple[str, str, str], Rater]:
    """Who annotated, by folder, article and layer, in order of appearance."""
    rows = {
        (folder, article, layer): str(row["annotator"])
        for folder, of_folder in passes.items()
        for article, layers in of_folder.items()
        for layer, row in layers.items()
    }
    done, twice = set(), set()
    for (_, article, layer), annotator in rows.items():
        if (annotator, article, layer) in done:
            twice.add(annotator)
        done.add((annotator, article, layer))
    return {
        key: Rater(annotator, f"{annotator} ({key[0]})" if annotator in twice else annotator)
        for key, annotator in rows.items()
    }


def _check(articles: Sequence[Article], passes: Passes) -> None:
    refuse(
        problem
        for folder, of_folder in passes.items()
        for article in articles
        for layer, row in of_folder.get(article.id, {}).items()
        for problem in layer_problems(article, layer, row, f"{folder}/{layer} {article.id}")
    )


def compare(articles: Sequence[Article], passes: Passes) -> Agreement:
    """Compare all annotators of the passes over the given articles; the module's first lines say how.

    Who comes first in the passes comes first in a pair. Without a pair the table is empty. Raises `ProblemsError` with
    everything that is wrong with the layers (`communique.check`).
    """
    ids = {article.id for article in articles}
    passes = {folder: {name: found[name] for name in found if name in ids} for folder, found in passes.items()}
    _check(articles, passes)
    raters = _raters(passes)
    order = {rater: number for number, rater in enumerate(dict.fromkeys(raters.values()))}
    numbers = {name: number for number, name in enumerate(dict.fromkeys(article.storyline for article in articles))}
    together, tallies = _Tally(len(numbers)), defaultdict[Pair, _Tally](lambda: _Tally(len(numbers)))
    observations: list[tuple[Place, list[Observation]]] = []
    done: dict[tuple[str, Rater], int] = defaultdict(int)
    for article in articles:
        storyline = numbers[article.storyline]
        layers = {folder: found[article.id] for folder, found in passes.items() if article.id in found}
        rows = {folder: with_tokens(article, found.values()) for folder, found in layers.items()}
        for layer in KINDS:
            who = {folder: raters[folder, article.id, layer] for folder in layers if layer in layers[folder]}
            size = 1 + len(KINDS[layer]["type"])
            labels = {folder: np.eye(size)[token_labels(layer, rows[folder])] for folder in who}
            for rater in who.values():
                done[layer, rater] += 1
            if len(who) > 1:
                together.coincide(layer, storyline, np.sum(list(labels.values()), axis=0))
            for one, other in combinations(sorted(who, key=lambda folder: order[who[folder]]), 2):
                pair = who[one], who[other]
                a, b = rows[one], rows[other]
                entity = align_entities(a, b) if "mentions" in a and "mentions" in b else None
                seen = list(observe(layer, a, b, entity))
                parts = COUNTERS[layer](a, b, entity or {}) | dict(_type_counts(layer, seen))
                known = {part: parts[part] for part in parts if entity is not None or "entity" not in part}
                for tally in (tallies[pair], together):
                    tally.count(layer, storyline, known)
                tallies[pair].confuse(layer, storyline, seen)
                tallies[pair].coincide(layer, storyline, labels[one] + labels[other])
                observations.append((Place(layer, pair, article.id), seen))
    rows_of_all = _rows(together, list(tallies.values()), (ALL, "")) if len(tallies) > 1 else []
    rows_of_pairs = [
        row for (first, second), tally in tallies.items() for row in _rows(tally, [tally], (first.name, second.name))
    ]
    table = pd.DataFrame(rows_of_all + rows_of_pairs, columns=COLUMNS)
    return Agreement(table, list(tallies), observations, dict(done))


def _rows(tally: _Tally, tallies: Sequence[_Tally], names: tuple[str, str]) -> list[tuple[object, ...]]:
    """The table's rows of one pair, or of all pairs together: then `tallies` are the pairs'."""
    shared = sorted(tally.shared)
    rows: list[tuple[object, ...]] = []

    def add(layer: str, part: str, measure: str, figures: Sequence[float], counts: Sequence[float]) -> None:
        label = next((word for word in re.split("[ ,]+", part) if word in KINDS[layer]["type"]), "")
        rows.append((layer, label, part, measure, *names, *figures, *map(round, counts), tally.articles[layer]))

    present = {key: table[shared] for key, table in tally.counts.items() if table[:, 1:].any()}
    tables = np.array(list(present.values())).reshape(-1, len(shared), 3)
    for (layer, part), table, ends in zip(present, tables, f1_intervals(tables), strict=True):
        low, high = ends if ends is not None and ends[0] != ends[1] else (np.nan, np.nan)
        add(layer, part, "F1", (f1_score(*table.sum(axis=0)), low, high), table.sum(axis=0))
    for layer, tokens in tally.tokens.items():
        for kind, labels in KINDS[layer].items():
            nothing = np.zeros((tally.storylines, len(labels), len(labels)))
            confusions = np.array([one.confusions.get((layer, kind), nothing) for one in tallies])
            total = confusions.sum()
            alike = np.trace(confusions.sum(axis=(0, 1)))
            add(layer, kind, "kappa", kappa(confusions), (alike, total, total))
        total = tokens.sum() / 2
        add(layer, "tokens", "alpha", alpha(tokens), (np.trace(tokens.sum(axis=0)) / 2, total, total))
        for number, label in enumerate(KINDS[layer]["type"], start=1):
            merged = one_against_rest(tokens, number)
            both, mixed = merged.sum(axis=0)[0] / 2
            if both or mixed:
                size = both + mixed
                add(layer, f"tokens {label}", "alpha", alpha(merged), (both, size, size))
    return sorted(rows, key=lambda row: list(KINDS).index(str(row[0])))


def text_table(found: Agreement) -> str:
    """The table for a terminal; a dash where nothing is defined. Empty without a pair.

    Where there are several pairs, all of them together come first, and a pair alone is shown without its types.
    """
    several = len(found.pairs) > 1
    blocks = []
    for (first, second), whole in found.table.groupby(["annotator_1", "annotator_2"], sort=False):
        rows = whole[whole["type"] == ""] if several and first != ALL else whole
        who = f"{first} and {second}" if second else f"{first}: {len(found.pairs)}"
        columns = ["layer", "part", "measure", "value", "low", "high", "both", "first", "second"]
        shown = rows[columns].to_string(index=False, float_format="{:.3f}".format, na_rep="–")
        blocks.append(f"{who}, {rows['articles'].max()} article(s)\n{shown}\n")
    return "\n".join(blocks)


def to_csv(found: Agreement) -> str:
    """The table as CSV, full precision, empty cells where nothing is defined."""
    names = found.table[["annotator_1", "annotator_2"]].map(no_formula)
    return str(found.table.assign(**names).to_csv(index=False, lineterminator="\n"))
