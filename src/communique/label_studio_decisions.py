"""Adjudication in Label Studio: disagreements become tasks, and what is chosen on the screen a decision form.

The other half of the server's JSON (see `communique.label_studio`). A task is one layer of one article. It shows the
text twice, as each pass marked it; what both say is grey, and is gold without anything to do. Below, each disagreement
has its two versions side by side and four controls, whose names end in its place in the list (from 0): `choice_N`,
`reason_N`, `note_N` and, for lines of a sheet, `own_N`. In `more` stand lines of a decision form, for what both passes
miss or say wrongly. The labelling config is `annotations/label_studio/adjudicate.xml`.

What is marked is HTML and no regions: nothing of it can be changed on the screen, and nothing of it comes back.
"""

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

from communique.adjudication import Pair
from communique.articles import Article
from communique.decision_form import Block, blocks
from communique.problems import Problem
from communique.schema import Row

_CONTROLS = ("choice", "reason", "note", "own")
_CONTROL = re.compile(rf"(?P<name>{'|'.join(_CONTROLS)})_(?P<number>0|[1-9][0-9]*)|more")
_TYPES = {"choice": "choices", "reason": "choices", "note": "textarea", "own": "textarea", "more": "textarea"}

_STATES = {"agreed": "agreed", "decided": "decided before", "open": "to decide"}
"""What a pair of items is, the first that somebody has to look at last."""

_Mark = tuple[int, int, str, str]
"""A span (code points, half-open), its label and its state."""


def _state(pair: Pair, still_open: Sequence[Pair]) -> str:
    return "open" if pair in still_open else "agreed" if pair[0] == pair[1] else "decided"


def _spans(layer: str, item: Row) -> list[tuple[int, int, str]]:
    """The spans of an item (see `communique.adjudication.items_of`) with their labels."""
    if layer == "entities":
        more = [item["level"]] if item["level"] != "name" else []
        label = [item["type"], item["entity"] or "", *more, *(["metonym"] if item["metonym"] else [])]
        return [(item["start"], item["end"], " ".join(filter(None, label)))]
    if layer == "events":
        more = ["negative"] if item["polarity"] == "negative" else []
        trigger = (item["start"], item["end"], " ".join([item["type"], item["modality"], *more]))
        return [trigger, *((part["start"], part["end"], part["role"]) for part in item["arguments"])]
    parts = [
        (item[f"{name}_start"], item[f"{name}_end"], name)
        for name in ("cue", "source", "medium")
        if item[f"{name}_start"] is not None
    ]
    first, *others = item["contents"]
    parts.append((first["start"], first["end"], item["type"]))
    return parts + [(part["start"], part["end"], "continued") for part in others]


def _marks(layer: str, item: Row | None, name: str, state: str) -> list[_Mark]:
    return [(start, end, f"{name} {label}".strip(), state) for start, end, label in _spans(layer, item)] if item else []


def _paragraph(article: Article, number: int, marks: Sequence[_Mark]) -> str:
    """A paragraph as HTML, cut at every border of a mark; a piece under several is of the last of their states."""
    start, end = (article.paragraphs[number][name] for name in ("start", "end"))
    inside = [mark for mark in marks if mark[0] < end and start < mark[1]]
    borders = {start, end, *(min(max(border, start), end) for mark in inside for border in mark[:2])}
    html = ""
    for first, last in pairwise(sorted(borders)):
        over = [mark for mark in inside if mark[0] <= first and last <= mark[1]]
        piece = escape(article.text[first:last])
        if over:
            state = max((mark[3] for mark in over), key=[*_STATES].index)
            labels = "".join(f"<small>{escape(mark[2])}</small>" for mark in over if mark[0] == first)
            piece = f'<mark class="{state}">{labels}{piece}</mark>'
        html += piece
    return f"<p><b>{number}</b> {html}</p>"


def _line(line: str, other: str) -> str:
    """A line of a sheet as HTML, the parts that the other does not have marked."""
    if line == "-":
        return "<p><code>(nothing)</code></p>"
    known = other.split(" | ")
    parts = [escape(part) if part in known else f'<mark class="open">{escape(part)}</mark>'
             for part in line.split(" | ")]  # fmt: skip
    return f"<p><code>{' | '.join(parts)}</code></p>"


def make_task(article: Article, layer: str, pairs: Sequence[Pair], still_open: Sequence[Row]) -> Row:
    """The task of a layer of an article.

    Args:
        article: the article.
        layer: the layer.
        pairs: all pairs of the layer's items, see `communique.adjudication.disagreements`.
        still_open: the disagreements to decide (templates of this article and layer), not empty.
    """
    sides = [(row["first"], row["second"]) for row in still_open]
    marks: tuple[list[_Mark], list[_Mark]] = ([], [])
    for number, pair in enumerate(pairs, start=1):
        state = _state(pair, sides)
        name = f"D{sides.index(pair) + 1}" if state == "open" else "" if layer == "entities" else str(number)
        for side, item in zip(marks, pair, strict=True):
            side.extend(_marks(layer, item, name, state))
    shown = []
    for number, (pair, block) in enumerate(zip(sides, blocks(article, still_open), strict=True), start=1):
        paragraph, *lines = block
        versions = [
            _line(line, other) + _paragraph(article, paragraph, _marks(layer, item, "", "open"))
            for item, line, other in zip(pair, lines, lines[::-1], strict=True)
        ]
        shown.append(
            {"title": f"D{number}, paragraph {paragraph}", "paragraph": paragraph, "first": lines[0],
             "second": lines[1], "first_shown": versions[0], "second_shown": versions[1]}
        )  # fmt: skip
    texts = ["".join(_paragraph(article, n, side) for n in range(len(article.paragraphs))) for side in marks]
    counts = Counter(_state(pair, sides) for pair in pairs)
    told = ", ".join(f"{counts[state]} {meaning}" for state, meaning in _STATES.items() if counts[state])
    title = f"{article.id}, {layer}: {told}"
    return {"data": {"title": title, "article": article.id, "layer": layer, "sha256": article.sha256,
                     "text": article.text, "first": texts[0], "second": texts[1], "disagreements": shown}}  # fmt: skip


def task_blocks(task: Row) -> list[Block]:
    """The disagreements that a task shows, in order; empty when its data is not as `make_task` made it."""
    rows = task["data"].get("disagreements")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return []
    shown = [(row.get("paragraph"), row.get("first"), row.get("second")) for row in rows]
    return shown if all(list(map(type, block)) == [int, str, str] for block in shown) else []


def form_lines(task: Row, results: Sequence[Any], place: str) -> tuple[list[tuple[str, str]], list[Problem]]:
    """A task's answers as the lines of a decision form, each with its place, and what is wrong with the results.

    The lines are not checked: `communique.decision_form.read_form_lines` does that.
    """
    shown = task_blocks(task)
    answers: dict[str, str] = {}
    problems = []
    for result in results:
        given = result if isinstance(result, dict) else {}
        control, kind, value = str(given.get("from_name")), given.get("type"), given.get("value")
        match = _CONTROL.fullmatch(control)
        values = value.get("choices" if kind == "choices" else "text") if isinstance(value, dict) else None
        if match is None or int(match["number"] or 0) >= len(shown) or kind != _TYPES[match["name"] or "more"]:
            hint = "controls: choice, reason, note and own of each disagreement, and more"
            problems.append(Problem(place, "bad-result", f"a {kind!r} result of the control {control!r}", hint))
        elif not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            problems.append(Problem(place, "bad-result", f"{control} is {values!r}", "a list of strings"))
        elif control in answers or (kind == "choices" and len(values) != 1):
            problems.append(Problem(place, "bad-result", f"{control} has several values", "keep one"))
        else:
            answers[control] = "\n".join(values).strip()
    lines = [(place, f"A {task['data']['article']}")]
    for number, (paragraph, first, second) in enumerate(shown):
        choice, reason, note, own = (answers.get(f"{name}_{number}", "") for name in _CONTROLS)
        block = [f"P {paragraph}", f"D {number + 1}", f"first {first}", f"second {second}"]
        block.append(f"gold {choice} | {reason} | {' '.join(note.split())}")
        block += [f"+ {line}" for line in own.splitlines() if line.strip()]
        lines += [(f"{place} D{number + 1}", line) for line in block]
    more = answers.get("more", "").splitlines()
    if more and not more[0].startswith("P "):
        message = f"the lines below the last disagreement begin with {more[0]!r}"
        problems.append(Problem(place, "bad-line", message, "begin with P and the number of a paragraph"))
        more = []
    lines += [(f"{place} last box, line {number}", line) for number, line in enumerate(more, start=1)]
    return lines, problems
