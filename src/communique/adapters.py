"""Other people's models: their output as predictions for the task `entities` (and, from brat, `events`).

Each adapter takes the row of an article and what a model says about its text, and gives one row of the prediction
format. `labels` maps the model's labels to entity types of this project, or to None for what the scheme does not have
(the model's TIME, PERCENT and so on): a label that is not a key is refused, so that nothing is dropped unseen.
Identical spans with identical types are one prediction.

Types do not carry over one to one. `LABELS` has the types of CoNLL-2003 and OntoNotes; `in_scheme` brings gold and
predictions to what a label set can tell apart (for CoNLL-2003: a state, a region and a building are all GPE here, its
MISC is NORP, and posts, dates and sums of money are left out), so that a model is scored on what it was made for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from communique.problems import Problem, refuse
from communique.rows import offsets_hint
from communique.schema import ENTITY_TYPES, EVENT_TYPES, MODALITIES, POLARITIES, ROLES, Row, decode_labels

Labels = Mapping[str, str | None]

CONLL2003: Labels = {"PER": "PERSON", "LOC": "GPE", "ORG": "ORG", "MISC": "NORP"}
ONTONOTES: Labels = {label: label for label in ENTITY_TYPES if label != "ROLE"} | {
    "WORK_OF_ART": None, "LANGUAGE": None, "TIME": None, "PERCENT": None, "QUANTITY": None, "ORDINAL": None,
    "CARDINAL": None,
}  # fmt: skip
SAME: Labels = {label: label for label in ENTITY_TYPES}
LABELS: Mapping[str, Labels] = {"communique": SAME, "conll2003": CONLL2003, "ontonotes": ONTONOTES}
"""What the labels of well-known label sets mean here."""

_IN_SCHEME: Mapping[str, Labels] = {
    "communique": SAME,
    "conll2003": {
        "PERSON": "PERSON", "ORG": "ORG", "GPE": "GPE", "LOC": "GPE", "FAC": "GPE", "NORP": "NORP", "LAW": "NORP",
        "EVENT": "NORP", "PRODUCT": "NORP", "ROLE": None, "DATE": None, "MONEY": None,
    },
    "ontonotes": {label: None if label == "ROLE" else label for label in ENTITY_TYPES},
}  # fmt: skip


def in_scheme(row: Row, scheme: str) -> Row:
    """A gold or predicted row with the types that a label set can tell apart; names of no such type are left out.

    Args:
        row: a row with `mentions`; nothing else in it changes.
        scheme: a key of `LABELS`.
    """
    types = _IN_SCHEME[scheme]
    decoded = decode_labels(row)
    kept = [item | {"type": types[item["type"]]} for item in decoded["mentions"] if types[item["type"]] is not None]
    return decoded | {"mentions": kept}


def _prediction(row: Row, spans: Iterable[tuple[int, int, str]], labels: Labels, place: str) -> Row:
    """The prediction row of labelled spans; raises `ProblemsError` for labels that `labels` does not know."""
    found = list(spans)
    hint = "map it to an entity type or to None; known: " + ", ".join(labels)
    refuse(
        Problem(place, "unknown-label", f"the label {label!r}", hint)
        for label in dict.fromkeys(label for *_, label in found)
        if label not in labels
    )
    mapped = dict.fromkeys((start, end, labels[label]) for start, end, label in found)
    return {
        "id": row["id"],
        "mentions": [
            {"id": f"m{number}", "start": start, "end": end, "type": label, "level": "name"}
            for number, (start, end, label) in enumerate((span for span in mapped if span[2] is not None), start=1)
        ],
    }


def from_tags(row: Row, tags: Sequence[str], labels: Labels = SAME) -> Row:
    """Names out of one tag per token of the row: BIO or IOB2, BILOU or BIOES, as `B-GPE` or `O`.

    A span begins at B, U or S, and at I, L or E after another label or O (as conlleval reads them).
    Raises `ProblemsError` when the number of tags is not that of the tokens, or for a tag that is none of these.
    """
    place = f"tags of {row['id']}"
    if len(tags) != len(row["tokens"]):
        refuse([Problem(place, "bad-value", f"{len(tags)} tags for {len(row['tokens'])} tokens", "one for each token")])
    hint = "O, or one of B I L E U S, a hyphen and a label"
    refuse(
        Problem(f"{place}[{number}]", "bad-value", f"the tag {tag!r}", hint)
        for number, tag in enumerate(tags)
        if tag != "O" and not re.match(r"[BILEUS]-.", tag)
    )
    begins = [
        number
        for number, (before, tag) in enumerate(pairwise(["O", *tags]))
        if tag != "O" and (tag[0] in "BUS" or before == "O" or before[2:] != tag[2:] or before[0] in "LEUS")
    ]
    spans = []
    for first in begins:
        last = first + 1
        while last < len(tags) and tags[last][2:] == tags[first][2:] and tags[last] != "O" and last not in begins:
            last += 1
        end = row["token_starts"][last - 1] + len(row["tokens"][last - 1])
        spans.append((row["token_starts"][first], end, tags[first][2:]))
    return _prediction(row, spans, labels, place)


def from_spacy(row: Row, doc: Any, labels: Labels = ONTONOTES) -> Row:
    """Names out of `doc.ents` of a spaCy `Doc` made of the row's text; its tokens may differ from ours.

    Raises `ProblemsError` when the `Doc` has another text.
    """
    if doc.text != row["text"]:
        refuse([Problem(f"doc of {row['id']}", "text-changed", "the Doc has another text", "nlp(row['text'])")])
    spans = ((entity.start_char, entity.end_char, entity.label_) for entity in doc.ents)
    return _prediction(row, spans, labels, f"doc of {row['id']}")


def from_pipeline(row: Row, found: Sequence[Mapping[str, Any]], labels: Labels = CONLL2003) -> Row:
    """Names out of a Hugging Face token classification pipeline with an `aggregation_strategy`, run on the row's text.

    `found` is its output: mappings with `entity_group`, `start` and `end`. Raises `ProblemsError` for output without
    groups, as the pipeline gives without a strategy.
    """
    place = f"pipeline on {row['id']}"
    hint = "pipeline(..., aggregation_strategy='simple')"
    refuse(
        Problem(f"{place}[{number}]", "missing-field", f"fields {sorted(item)}", hint)
        for number, item in enumerate(found)
        if not {"entity_group", "start", "end"} <= set(item)
    )
    refuse(
        Problem(f"{place}[{number}]", "wrong-type", f"start {item['start']!r}, end {item['end']!r}", "whole numbers")
        for number, item in enumerate(found)
        if not (type(item["start"]) is int and type(item["end"]) is int)
    )
    spans = ((item["start"], item["end"], str(item["entity_group"])) for item in found)
    return _prediction(row, spans, labels, place)


_TEXT_BOUND = re.compile(r"(T\S+)\t(\S+) ([0-9]{1,9} [0-9]{1,9}(?:;[0-9]{1,9} [0-9]{1,9})*)\t(.*)")
_EVENT = re.compile(r"(E\S+)\t(\S+):(T\S+)((?: +\S+:\S+)*)\s*")
_ATTRIBUTE = re.compile(r"[AM]\S+\t(\S+) +(\S+)(?: +(\S+))?\s*")


def _lines(annotation: str, place: str) -> list[tuple[str, str]]:
    """The lines of a brat file with their places; raises `ProblemsError` for T, E, A and M lines it cannot read."""
    lines = [
        (f"{place}:{number}", line.removesuffix("\r"))
        for number, line in enumerate(annotation.removeprefix("\ufeff").split("\n"), start=1)
    ]
    shapes = {"T": _TEXT_BOUND, "E": _EVENT, "A": _ATTRIBUTE, "M": _ATTRIBUTE}
    refuse(
        Problem(where, "bad-line", repr(line), "a line of brat standoff, its parts separated by tabs")
        for where, line in lines
        if line[:1] in shapes and not shapes[line[0]].fullmatch(line)
    )
    ids = Counter(line.split("\t")[0] for _, line in lines if line[:1] in ("T", "E"))
    refuse(Problem(place, "duplicate-id", f"the id {name!r} again", "ids are unique") for name in ids if ids[name] > 1)
    return lines


def _text_bound(text: str, lines: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int, str]]:
    """The text-bound annotations by id; a discontinuous one as the span from its first to its last character."""
    found, problems = {}, []
    for place, line in lines:
        match = _TEXT_BOUND.fullmatch(line)
        if match is None:
            continue
        ends = [int(part) for part in re.findall(r"[0-9]+", match[3])]
        start, end = min(ends), max(ends)
        pieces = " ".join(text[first:last] for first, last in zip(ends[::2], ends[1::2], strict=True))
        if pieces != match[4] or not start < end <= len(text):
            message = f"{match[4]!r} is said to stand at {match[3]}, where {pieces!r} stands"
            hint = offsets_hint(text, start, end, match[4])
            problems.append(Problem(place, "text-mismatch", message, hint))
        found[match[1]] = (start, end, match[2])
    refuse(problems)
    return found


def from_brat(row: Row, annotation: str, labels: Labels = SAME) -> Row:
    """Names out of a brat `.ann` file of the row's text: its text-bound annotations that are no event's trigger.

    A discontinuous annotation becomes the span from its first to its last character. Raises `ProblemsError` where the
    quoted text is not what stands at the offsets.
    """
    place = f"{row['id']}.ann"
    lines = _lines(annotation, place)
    bound = _text_bound(row["text"], lines)
    triggers = {match[3] for _, line in lines if (match := _EVENT.fullmatch(line))}
    return _prediction(row, (span for name, span in bound.items() if name not in triggers), labels, place)


def events_from_brat(row: Row, annotation: str) -> Row:
    """Events out of a brat `.ann` file that uses this project's event types and roles (`agent2` is a second agent).

    Arguments are text-bound annotations; an argument that is an event stands for its trigger. Attributes `Modality` and
    `Polarity` are read (by default asserted, positive). Raises `ProblemsError` for types, roles, references and
    attributes that are not known.
    """
    place = f"{row['id']}.ann"
    lines = _lines(annotation, place)
    bound = _text_bound(row["text"], lines)
    matches = [match for _, line in lines if (match := _EVENT.fullmatch(line))]
    triggers = {match[1]: match[3] for match in matches}
    given = {(match[1], match[2]): match[3] for _, line in lines if (match := _ATTRIBUTE.fullmatch(line))}
    problems = [
        Problem(place, "unknown-label", f"attribute {name} of {of}", "Modality and Polarity of an event")
        for name, of in given
        if name not in ("Modality", "Polarity") or of not in triggers
    ]
    events: list[Row] = []
    arguments: list[Row] = []

    def allowed(name: str, value: str, labels: Sequence[str]) -> str:
        if value not in labels:
            problems.append(Problem(f"{place} {name}", "unknown-label", repr(value), "allowed: " + ", ".join(labels)))
        return value

    def span(name: str, target: str) -> dict[str, int]:
        start, end, _ = bound.get(triggers.get(target, target), (0, 0, ""))
        if not end:
            hint = "the id of a text-bound annotation or of an event"
            problems.append(Problem(f"{place} {name}", "dangling-reference", repr(target), hint))
        return {"start": start, "end": end}

    for match in matches:
        name = match[1]
        modality = allowed(name, given.get(("Modality", name)) or "asserted", MODALITIES)
        polarity = allowed(name, given.get(("Polarity", name)) or "positive", POLARITIES)
        kind = allowed(name, match[2], EVENT_TYPES)
        events.append({"id": name, "type": kind, **span(name, match[3]), "modality": modality, "polarity": polarity})
        for part in match[4].split():
            role, _, target = part.partition(":")
            role = allowed(name, role.rstrip("0123456789"), ROLES)
            arguments.append({"event": name, "role": role, **span(name, target)})
    refuse(problems)
    return {"id": row["id"], "events": events, "arguments": arguments}
