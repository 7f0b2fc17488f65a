"""Names of people, organisations and places in articles of the GUM corpus, read from its CoNLL-U files.

GUM (Zeldes 2017) annotates every noun phrase that refers, nested and with its modifiers; this project annotates flat,
minimal names. A mention of GUM counts as a name when its syntactic head, or a word joined to the head by `flat` (the
"Kaya" of "student Ana Kaya"), is a proper noun. The name is the run of capitalised words around that word, across
hyphens, and for organisations and places also across "of" and "of the"; a person's name holds nothing of a mention
inside the person's (the country in "U.S. President Kaya"), and is neither a plural ("Afghans") nor after a determiner
("the President"). Titles stay in the name, because GUM does not mark them: compare last words, which titles do not
change. Of names that overlap the longest counts.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import conllu
import pandas as pd

from communique.annotation import canonical, empty_layer
from communique.articles import Article
from communique.files import read_text
from communique.problems import Problem, refuse
from communique.schema import LAYERS, Row
from communique.scoring import f1_score

TYPES = {"person": "PERSON", "organization": "ORG", "place": "GPE"}
"""GUM's entity types that are compared, as types of this project."""

PREDICTED_AS = {"PERSON": "PERSON", "ORG": "ORG", "GPE": "GPE", "LOC": "GPE", "FAC": "GPE"}
"""What counts as what: a place of GUM is a state, a city, a region, a water or a building alike."""

_BRACKETS = re.compile(r"\([^()]+\)?|[^()]+\)")


class _Mention(NamedTuple):
    """A mention: half-open numbers of a sentence's words, and its type."""

    start: int
    end: int
    type: str


def _mentions(sentence: Sequence[Any]) -> Iterator[_Mention]:
    """The mentions that the words' `Entity=` brackets open and close, `(3-person-…` to `3)`."""
    opened: list[tuple[str, str, int]] = []
    for number, word in enumerate(sentence):
        for bracket in _BRACKETS.findall((word["misc"] or {}).get("Entity", "")):
            group, _, rest = bracket.strip("()").partition("-")
            label = rest.partition("-")[0]
            if not bracket.startswith("("):
                place = max(place for place, item in enumerate(opened) if item[0] == group)
                _, label, first = opened.pop(place)
                yield _Mention(first, number + 1, label)
            elif bracket.endswith(")"):
                yield _Mention(number, number + 1, label)
            else:
                opened.append((group, label, number))


def _capitalised(word: Any) -> bool:
    return bool(word["form"][:1].isupper())


def _after(words: Sequence[Any], bridges: Sequence[tuple[str, ...]]) -> int:
    """How many of the words that follow a name still belong to it."""
    forms = [word["form"] for word in words]
    if forms[:1] == ["-"] and len(forms) > 1:
        return 2
    sizes = [len(bridge) + 1 for bridge in ((), *bridges) if tuple(forms[: len(bridge)]) == bridge]
    return next((size for size in sizes if len(words) >= size and _capitalised(words[size - 1])), 0)


def _name(sentence: Sequence[Any], mention: _Mention, inner: Sequence[_Mention]) -> tuple[int, int] | None:
    """The half-open word numbers of the name in a mention, or None if the mention is not named."""
    inside = range(mention.start, mention.end)
    numbers = {sentence[place]["id"]: place for place in inside}
    head = next(place for place in inside if sentence[place]["head"] not in numbers)
    children = {place: sentence[place]["deprel"] for place in inside if numbers.get(sentence[place]["head"]) == head}
    flat = [place for place, relation in children.items() if relation == "flat" and sentence[place]["upos"] == "PROPN"]
    if sentence[head]["upos"] != "PROPN" and not flat:
        return None
    person = mention.type == "person"
    if person and (sentence[head]["xpos"] == "NNPS" or "det" in children.values()) and not flat:
        return None
    first = head if sentence[head]["upos"] == "PROPN" else flat[0]
    if not _capitalised(sentence[first]):
        return None
    last = first + 1
    others = {place for item in inner for place in range(item.start, item.end)} if person else set()
    while first > mention.start and first - 1 not in others and _capitalised(sentence[first - 1]):
        first -= 1
    while step := _after(sentence[last : mention.end], () if person else (("of",), ("of", "the"))):
        last += step
    first += sentence[first]["upos"] == "DET" and first < last - 1
    return first, last


def _longest(names: Sequence[Row]) -> list[Row]:
    """Flat names in text order: of those that overlap the longest, of equals the first."""
    kept: list[Row] = []
    for name in sorted(names, key=lambda row: (row["start"] - row["end"], row["start"])):
        if all(name["end"] <= other["start"] or other["end"] <= name["start"] for other in kept):
            kept.append(name)
    return sorted(kept, key=lambda row: int(row["start"]))


def _article(path: Path) -> tuple[Article, list[Row]]:
    """The article in one file and its names: `start`, `end` (code points, half-open) and `type`."""
    text = ""
    names = []
    for sentence in conllu.parse(read_text(path)):
        words = [word for word in sentence if isinstance(word["id"], int)]
        text += "" if not text else "\n" if "newpar" in sentence.metadata else " "
        spans = []
        position = len(text)
        text += sentence.metadata["text"]
        for word in words:
            start = text.index(word["form"], position)
            position = start + len(word["form"])
            spans.append((start, position))
        mentions = list(_mentions(words))
        for mention in mentions:
            inner = [item for item in mentions if mention.start <= item.start and item.end <= mention.end]
            found = _name(words, mention, [item for item in inner if item[:2] != mention[:2]])
            if mention.type in TYPES and found:
                first, last = found
                names.append({"start": spans[first][0], "end": spans[last - 1][1], "type": TYPES[mention.type]})
    article = Article(path.stem, text, None, None, "Wikinews", "report", "real", path.stem, "real", "CC-BY-2.5", "real")
    return article, _longest(names)


def read_gum(folder: Path) -> list[tuple[Article, dict[str, Row]]]:
    """The articles of a folder's `*.conllu` files in file order, each with its layers: the names and nothing else.

    Raises `ProblemsError` when the folder has no such file.
    """
    paths = sorted(folder.glob("*.conllu"))
    if not paths:
        refuse([Problem(str(folder), "missing-file", "no *.conllu file", "give the folder with GUM's CoNLL-U files")])
    found = []
    for path in paths:
        article, names = _article(path)
        layers = {layer: empty_layer(article, layer, "gum", "gum") for layer in LAYERS}
        layers["entities"]["mentions"] = [
            {"id": f"m{number}", **name, "text": article.text[name["start"] : name["end"]], "level": "name"}
            | {"entity": f"local:{number}", "metonym": False}
            for number, name in enumerate(names, start=1)
        ]
        found.append((article, {layer: canonical(row) for layer, row in layers.items()}))
    return found


def transfer_table(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> pd.DataFrame:
    """How names predicted for the articles of `read_gum` compare, by type and in all; both row lists in one order.

    Of a system's names those of `PREDICTED_AS` count. A name is right `exact`ly when start, end and type are, and by
    its `last` word when end and type are. Figures are percentages, micro-averaged; precision is 0 where nothing is
    predicted, recall where nothing is gold.
    """
    labels = dict.fromkeys(PREDICTED_AS.values())
    found: dict[str, list[set[tuple[int, int, int, str]]]] = {"gold": [], "predicted": []}
    for side, rows in (("gold", gold_rows), ("predicted", predicted_rows)):
        for number, row in enumerate(rows):
            names = [item for item in row["mentions"] if item["level"] == "name" and item["type"] in PREDICTED_AS]
            found[side].append({(number, item["start"], item["end"], PREDICTED_AS[item["type"]]) for item in names})
    gold, predicted = set[Any]().union(*found["gold"]), set[Any]().union(*found["predicted"])
    records = []
    for label in (*labels, "all"):
        right, given = ({name for name in names if label in (name[3], "all")} for names in (gold, predicted))
        record: dict[str, Any] = {"type": label, "gold": len(right), "predicted": len(given)}
        for way, first in (("exact", 1), ("last", 2)):
            kept = {(name[0], *name[first:]) for name in right} & {(name[0], *name[first:]) for name in given}
            record[f"{way} P"] = 100 * len(kept) / max(len(given), 1)
            record[f"{way} R"] = 100 * len(kept) / max(len(right), 1)
            record[f"{way} F1"] = 100 * f1_score(len(kept), len(given), len(right))
        records.append(record)
    return pd.DataFrame(records)
