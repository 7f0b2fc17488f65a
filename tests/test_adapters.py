"""Other models' output becomes predictions: each adapter on an example, and what it refuses."""

from typing import Any

import pytest
import spacy
from spacy.tokens import Span

from communique.adapters import (
    CONLL2003,
    LABELS,
    ONTONOTES,
    events_from_brat,
    from_brat,
    from_pipeline,
    from_spacy,
    from_tags,
    in_scheme,
)
from communique.problems import ProblemsError
from communique.schema import ENTITY_TYPES, Row
from communique.sheet import resolve
from communique.tasks import entities, events
from support import joined, make_article

TEXT = "Talks 🙂\nForeign Minister Harrimb Teirult of Peloumt accused Izeevo on Friday."
SHEET = """P 1
M Foreign Minister | ROLE | harrimb-teirult
M Harrimb Teirult | PERSON | harrimb-teirult
M Peloumt | GPE | peloumt
M Izeevo | GPE | tsaquna | metonym
M Friday | DATE
E accused | ACCUSE | alleged | negative | agent=Harrimb Teirult | target=Izeevo | time=Friday | source_entity=peloumt
"""


def gold() -> Row:
    article = make_article(TEXT)
    return joined(article, resolve(SHEET, article, "ana", "1.0"))


def found(row: Row) -> list[tuple[str, str]]:
    return [(TEXT[item["start"] : item["end"]], item["type"]) for item in row["mentions"]]


@pytest.mark.parametrize("scheme", ["bio", "bilou", "bioes"])
def test_tags_of_gold_are_gold(scheme: str) -> None:
    row = gold()
    tags = list(row["ner_tags"])
    if scheme != "bio":
        last, single = ("L", "U") if scheme == "bilou" else ("E", "S")
        ends = [tag != "O" and not after.startswith("I-") for tag, after in zip(tags, [*tags[1:], "O"], strict=True)]
        tags = [
            tag if not end else (single if tag[0] == "B" else last) + tag[1:]
            for tag, end in zip(tags, ends, strict=True)
        ]
    assert entities.evaluate([row], [from_tags(row, tags)])["f1"] == 1.0


def test_tags_begin_where_conlleval_lets_them_begin() -> None:
    row = {"id": "a", "text": "A B C D", "tokens": ["A", "B", "C", "D"], "token_starts": [0, 2, 4, 6]}
    spans = [(item["start"], item["end"], item["type"]) for item in
             from_tags(row, ["I-PER", "I-PER", "I-LOC", "B-LOC"], CONLL2003)["mentions"]]  # fmt: skip
    assert spans == [(0, 3, "PERSON"), (4, 5, "GPE"), (6, 7, "GPE")]


@pytest.mark.parametrize(
    ("tags", "told"),
    [(["O"], "1 tags for 2 tokens"), (["O", "X"], "the tag 'X'"), (["O", "B-PLANET"], "the label 'PLANET'")],
)
def test_bad_tags_are_refused(tags: list[str], told: str) -> None:
    row = {"id": "a", "text": "A B", "tokens": ["A", "B"], "token_starts": [0, 2]}
    with pytest.raises(ProblemsError) as error:
        from_tags(row, tags)
    assert told in str(error.value)


def test_a_spacy_doc() -> None:
    row = gold()
    doc = spacy.blank("en")(row["text"])
    words = {token.text: token.i for token in doc}
    doc.ents = [
        Span(doc, words["Harrimb"], words["Teirult"] + 1, "PERSON"),
        Span(doc, words["Izeevo"], words["Izeevo"] + 1, "GPE"),
        Span(doc, words["Friday"], words["Friday"] + 1, "TIME"),
    ]
    predicted = from_spacy(row, doc)
    assert found(predicted) == [("Harrimb Teirult", "PERSON"), ("Izeevo", "GPE")]
    assert entities.evaluate([row], [predicted])["precision"] == 1.0
    with pytest.raises(ProblemsError, match="another text"):
        from_spacy(row, spacy.blank("en")("Other."))


def test_a_pipeline() -> None:
    """The shape that transformers' TokenClassificationPipeline documents for aggregation_strategy="simple"."""
    row = gold()
    start = TEXT.index("Peloumt")
    output: list[dict[str, Any]] = [
        {"entity_group": "PER", "score": 0.99, "word": "Harrimb Teirult", "start": TEXT.index("Harrimb"),
         "end": TEXT.index("Harrimb") + 15},
        {"entity_group": "LOC", "score": 0.9, "word": "Peloumt", "start": start, "end": start + 7},
        {"entity_group": "LOC", "score": 0.8, "word": "Peloumt", "start": start, "end": start + 7},
    ]  # fmt: skip
    assert found(from_pipeline(row, output)) == [("Harrimb Teirult", "PERSON"), ("Peloumt", "GPE")]
    with pytest.raises(ProblemsError, match="aggregation_strategy"):
        from_pipeline(row, [{"entity": "B-PER", "start": 0, "end": 1}])


def ann(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def at(string: str) -> str:
    start = TEXT.index(string)
    return f"{start} {start + len(string)}"


BRAT = (
    f"T1\tPERSON {at('Harrimb Teirult')}\tHarrimb Teirult",
    f"T2\tGPE {at('Izeevo')}\tIzeevo",
    f"T3\tACCUSE {at('accused')}\taccused",
    f"T4\tDATE {at('Friday')}\tFriday",
    "E1\tACCUSE:T3 agent:T1 target:T2 time:T4",
    "A1\tModality E1 alleged",
    "A2\tPolarity E1 negative",
    "#1\tAnnotatorNotes T1\tsure",
)


def test_brat_names_and_events() -> None:
    row = gold()
    predicted = from_brat(row, ann(*BRAT))
    assert found(predicted) == [("Harrimb Teirult", "PERSON"), ("Izeevo", "GPE"), ("Friday", "DATE")]
    result = events.evaluate([row], [events_from_brat(row, ann(*BRAT))])
    assert result["f1"] == 1.0
    assert result["macro"] == {"modality": 1.0, "polarity": 1.0}


def test_a_discontinuous_brat_annotation_is_kept_and_counts_against_precision() -> None:
    row = gold()
    start, end = TEXT.index("Foreign"), TEXT.index("Peloumt") + 7
    line = f"T1\tORG {start} {start + 7};{end - 7} {end}\tForeign Peloumt"
    predicted = from_brat(row, ann(line))
    assert found(predicted) == [("Foreign Minister Harrimb Teirult of Peloumt", "ORG")]
    assert entities.evaluate([row], [predicted])["precision"] == 0.0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"T1\tGPE {TEXT.index('Izeevo') + 2} {TEXT.index('Izeevo') + 8}\tIzeevo", "it matches if shifted by -2"),
        ("E1\tACCUSE:T9", "dangling-reference"),
        ("T1 GPE 0 4 Iran", "bad-line"),
        ("T1\tGPE -1 4\tIran", "bad-line"),
        (f"T1\tGPE {at('Izeevo')}\tIzeevo\nT1\tGPE {at('Peloumt')}\tPeloumt", "duplicate-id"),
        ("T1\tGPE 900 904\t", "text-mismatch"),
        (f"T3\tACCUSE {at('accused')}\taccused\nE1\tACCUSE:T3 agent", "bad-line"),
        (f"T3\tACCUSE {at('accused')}\taccused\nE1\tACCUSE:T3\nA1\tModality E9 denied", "attribute Modality of E9"),
        (f"T3\tACCUSE {at('accused')}\taccused\nE1\tACCUSE:T3\nA1\tNegation E1", "attribute Negation"),
        (f"T3\tWAR {at('accused')}\taccused\nE1\tWAR:T3", "'WAR'"),
        (f"T3\tACCUSE {at('accused')}\taccused\nE1\tACCUSE:T3 victim:T3", "'victim'"),
        (f"T3\tACCUSE {at('accused')}\taccused\nE1\tACCUSE:T3\nA1\tModality E1 maybe", "'maybe'"),
    ],
)
def test_bad_brat_is_refused(line: str, told: str) -> None:
    with pytest.raises(ProblemsError) as error:
        events_from_brat(gold(), ann(line))
    assert told in str(error.value)


def test_the_label_sets_are_whole() -> None:
    assert set(CONLL2003) == {"PER", "LOC", "ORG", "MISC"}
    assert len(ONTONOTES) == 18
    for labels in LABELS.values():
        assert {label for label in labels.values() if label} <= set(ENTITY_TYPES)


def test_a_model_is_scored_on_what_its_labels_can_tell() -> None:
    """Gold names: ROLE, PERSON, GPE, GPE, DATE. For CoNLL-2003 three are left; a model that finds them has F1 1."""
    row = gold()
    tags = [tag.replace("PERSON", "PER").replace("GPE", "LOC") if tag[2:] in ("PERSON", "GPE") else "O"
            for tag in row["ner_tags"]]  # fmt: skip
    predicted = from_tags(row, tags, CONLL2003)
    assert entities.evaluate([row], [predicted])["recall"] == 3 / 5
    coarse = entities.evaluate([in_scheme(row, "conll2003")], [in_scheme(predicted, "conll2003")])
    assert coarse["f1"] == 1.0
    assert len(in_scheme(row, "ontonotes")["mentions"]) == 4
    assert in_scheme(row, "communique")["mentions"] == row["mentions"]
