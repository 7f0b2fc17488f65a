"""What mentions mean: figures of the entities task beside its headline, which does not depend on them.

Each is absent for predictions that give no `entity`, or no `metonym`, anywhere.

- `links`: of the gold names of knowledge-base entities that were found with span and type, how many have the right id:
  accuracy, the `InKB` micro figure of GERBIL (Usbeck et al. 2015) for given mentions.
- `local clusters`: the same names of entities that only the article has, grouped by predicted id, which is free;
  `clusters`: all mentions of all levels that have an entity, by span, whatever their type. Both are CEAF-m, the
  mention-based CEAF of Luo (2005): gold and predicted clusters of an article are matched one to one so that they share
  most mentions; with c shared ones, p predicted and g gold mentions, precision is c / p, recall c / g, F1 2c / (p + g).
- `metonyms`: names that stand for an institution, right with span, type and mark.
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from communique.check import LOCAL
from communique.schema import Row
from communique.scoring import Counts, count_sets

Clustering = Mapping[Hashable, str]
"""The entity of each mention that has one."""


def ceaf(gold: Clustering, predicted: Clustering) -> Counts:
    """CEAF-m of one article. Mentions are equal where their keys are; nothing at all gives zeros."""
    rows, columns = ({entity: n for n, entity in enumerate(dict.fromkeys(side.values()))} for side in (gold, predicted))
    shared = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for mention in gold.keys() & predicted.keys():
        shared[rows[gold[mention]], columns[predicted[mention]]] += 1
    best = linear_sum_assignment(shared, maximize=True)
    return Counts(int(shared[best].sum()), len(predicted), len(gold))


def _names(row: Row) -> dict[tuple[int, int, str], Row]:
    return {
        (item["start"], item["end"], item["type"]): item for item in row["mentions"] if item["level"] == "name"
    }  # fmt: skip


def _entities(row: Row) -> dict[Hashable, str]:
    """The entity of each span that has one; of mentions with the same span that of the first type and level."""
    items = sorted(row["mentions"], key=lambda item: (item["type"], item["level"]), reverse=True)
    return {
        (item["start"], item["end"]): item["entity"] for item in items if item.get("entity") is not None
    }  # fmt: skip


def count(gold: Row, predicted: Row) -> dict[str, Counts]:
    """Counts of one article per figure."""
    right, given = _names(gold), _names(predicted)
    found: dict[Hashable, str] = {
        name: item["entity"] for name, item in right.items() if name in given and item["entity"] is not None
    }
    linked: dict[Hashable, str] = {
        name: given[name]["entity"]  # type: ignore[index]
        for name in found
        if given[name].get("entity") is not None  # type: ignore[index]
    }
    known = [name for name, entity in found.items() if not entity.startswith(LOCAL)]
    local = found.keys() - set(known)
    return {
        "links": Counts(sum(linked.get(name) == found[name] for name in known), len(known), len(known)),
        "local clusters": ceaf(
            {name: found[name] for name in found if name in local},
            {name: entity for name, entity in linked.items() if name in local},
        ),
        "clusters": ceaf(_entities(gold), _entities(predicted)),
        "metonyms": count_sets(
            *({name for name, item in side.items() if item.get("metonym")} for side in (right, given))
        ),
    }


def counts(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> dict[str, list[Counts]]:
    """Counts per article, in the order of the gold rows, of the figures that the predictions have.

    Rows hold string labels and are paired by `id`.
    """
    by_id = {row["id"]: row for row in predicted_rows}
    given = {
        field: any(item.get(field) is not None for row in predicted_rows for item in row["mentions"])
        for field in ("entity", "metonym")
    }
    per_article = [count(row, by_id[row["id"]]) for row in gold_rows] if any(given.values()) else []
    return {
        name: [found[name] for found in per_article]
        for name, needed in (("links", "entity"), ("local clusters", "entity"), ("clusters", "entity"),
                             ("metonyms", "metonym"))
        if given[needed]
    }  # fmt: skip
