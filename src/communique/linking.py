"""Propose which gold entity each annotator's entity id means: a draft of a line of `links.jsonl`, to be corrected.

Annotators do not see the knowledge base and name entities as they like. A proposal rests on the ids and on the surface
strings of names alone, so it cannot know that two generic institutions differ: every line is to be read by whoever
adjudicates.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from communique.agreement import align_entities
from communique.check import LOCAL
from communique.schema import Row


def by_name(knowledge_base: Iterable[Row]) -> dict[str, list[str]]:
    """Ids of the knowledge base by every printed name, case folded."""
    found: dict[str, list[str]] = {}
    for row in knowledge_base:
        for name in {row["name"].casefold(), *(alias.casefold() for alias in row["aliases"])}:
            found.setdefault(name, []).append(row["id"])
    return found


def propose_links(
    article: str, first: Mapping[str, Row], second: Mapping[str, Row], knowledge_base: Sequence[Row]
) -> Row:
    """A line of `links.jsonl` for one article: `{"id", "first": {annotator's id: gold id}, "second": {...}}`.

    An id of the knowledge base is kept. Else most names of the entity (metonyms and roles apart) that belong to a
    single row of the knowledge base decide. Else the entity is `local:` and its own id. What the passes mark with the
    same spans gets one gold id, that of the first pass unless only the second finds the knowledge base.
    """
    ids = {row["id"] for row in knowledge_base}
    names = by_name(knowledge_base)
    aligned = align_entities(first["entities"], second["entities"])
    sides = [_found(rows, ids, names) for rows in (first, second)]
    proposal = [{entity: gold or LOCAL + entity for entity, gold in side.items()} for side in sides]
    for theirs, ours in aligned.items():
        gold = sides[0][ours] or sides[1][theirs] or LOCAL + ours
        proposal[0][ours] = proposal[1][theirs] = gold
    return {"id": article, "first": proposal[0], "second": proposal[1]}


def _found(layers: Mapping[str, Row], ids: set[str], names: Mapping[str, list[str]]) -> dict[str, str | None]:
    """The knowledge base's id for each entity id of a pass, in order of appearance; None where there is none."""
    votes: dict[str, Counter[str]] = {}
    for mention in layers["entities"]["mentions"]:
        if mention["entity"] is None:
            continue
        counts = votes.setdefault(mention["entity"], Counter())
        found = names.get(mention["text"].casefold(), [])
        if mention["level"] == "name" and not mention["metonym"] and mention["type"] != "ROLE" and len(found) == 1:
            counts[found[0]] += 1
    return {
        entity: entity if entity in ids else max(sorted(counts), key=lambda id_: counts[id_], default=None)
        for entity, counts in votes.items()
    }
