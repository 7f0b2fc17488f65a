"""Annotation written as a sheet and resolved again is the same annotation."""

import pytest
from hypothesis import given

from communique.articles import Article
from communique.schema import Row
from communique.sheet import resolve
from communique.sheet_writer import SpanError, sheet_of, string_of
from communique.text import Span
from strategies import annotated
from support import make_article


def written(article: Article, layers: dict[str, Row]) -> dict[str, Row] | None:
    """The layers after a way through a sheet; None where the sheet cannot name a span."""
    try:
        sheet = sheet_of(article, layers)
    except SpanError:
        return None
    header = next(iter(layers.values()))
    return resolve(sheet, article, header["annotator"], header["guidelines"])


@given(annotated())
def test_a_way_through_a_sheet_changes_nothing(sample: tuple[Article, dict[str, Row]]) -> None:
    article, layers = sample
    entities = {item["entity"] for item in layers["entities"]["mentions"]}
    used = {item[field] for layer, table, field in (
        ("events", "events", "source_entity"), ("quotes", "quotes", "speaker"), ("quotes", "quotes", "medium"),
        ("quotes", "co_speakers", "entity")) for item in layers[layer][table]} - {None}  # fmt: skip
    if used <= entities:
        assert written(article, layers) in (None, layers)


TEXT = "T\nA ship left Osmolt, and a ship left Skeimb, and no other ship at all has left since. A ship.\nA ship left."


@pytest.mark.parametrize(
    ("words", "paragraph", "expected"),
    [
        ((2, 8), 1, "A ship#1"),
        ((2, 8), 2, "A ship@1#1"),
        ((14, 20), 1, "Osmolt"),
        ((2, TEXT.index(" A ship.")), 1, "A ship ~ left since.#1"),
    ],
)
def test_strings_say_which_and_where(words: tuple[int, int], paragraph: int, expected: str) -> None:
    assert string_of(make_article(TEXT), Span(*words), paragraph) == expected


@pytest.mark.parametrize("span", [Span(3, 8), Span(15, 20), Span(0, 8)])
def test_what_a_sheet_cannot_name_is_an_error(span: Span) -> None:
    with pytest.raises(SpanError):
        string_of(make_article(TEXT), span, 1)


def test_parents_and_speakers_come_back() -> None:
    article = make_article(
        "T\nTeirult said that Luzimo and Vaqunte had told him, in Osmolt, that no ships would be let in."
    )
    sheet = """P 1
M Teirult | PERSON | teirult
M Luzimo | PERSON | luzimo
M Vaqunte | PERSON | vaqunte
M Osmolt | GPE | taveilm | metonym
Q indirect | named | content=Luzimo ~ let in | cue=said | source=Teirult | speaker=teirult | id=outer
Q indirect | named | content=no ships ~ in | source=Luzimo | speaker=luzimo | co_speaker=vaqunte | parent=outer
"""
    layers = resolve(sheet, article, "ana", "1.0")
    again = sheet_of(article, layers)
    assert "parent=q" in again
    assert resolve(again, article, "ana", "1.0") == layers
