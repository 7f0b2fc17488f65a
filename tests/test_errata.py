"""Corrections to gold: each is applied to what it names, and refused where gold does not have it."""

from pathlib import Path

import pytest

from communique.errata import FIELDS, corrected, read_errata
from communique.problems import ProblemsError
from communique.schema import LAYERS, Row
from communique.sheet import resolve
from support import make_article

TEXT = "T\nPeloumt accused Izeevo on Friday, Luzimo said. She added that Teirult had told her so."
GOLD = """P 1
M Peloumt | GPE | peloumt
M Izeevo | GPE | izeevo
M Luzimo | PERSON | luzimo
M She | PERSON | luzimo | pronoun
M Teirult | PERSON | teirult
E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo
Q indirect | named | content=Peloumt ~ on Friday | cue=said | source=Luzimo | speaker=luzimo
Q indirect | named | content=that Teirult ~ her so | cue=added | source=She | speaker=luzimo | id=a
Q indirect | named | content=so | cue=told | source=Teirult | speaker=teirult | parent=a
"""
ARTICLE = make_article(TEXT)
WAS_EVENT = "E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo"
NOW_EVENT = "E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo | time=Friday"
FRIDAY = "M Friday | DATE"
WAS_QUOTE = "Q indirect | named | content=that Teirult ~ her so | cue=added | source=She | speaker=luzimo"
NOW_QUOTE = "Q indirect | named | content=Teirult ~ her so | cue=added | source=She | speaker=luzimo"
WAS_CHILD = (
    "Q indirect | named | content=so | cue=told | source=Teirult | speaker=teirult | parent=that Teirult ~ her so"
)
NOW_CHILD = (
    "Q indirect | named | content=her so | cue=told | source=Teirult | speaker=teirult | parent=Teirult ~ her so"
)


def gold_of(sheet: str) -> dict[str, list[Row]]:
    layers = resolve(sheet, ARTICLE, "gold", "1.0")
    return {layer: [layers[layer]] for layer in LAYERS}


def row(was: str, now: str, article: str = "a1") -> tuple[str, Row]:
    return "here", {"version": "0.3.0", "article": article, "paragraph": "1", "was": was, "now": now, "reason": "why"}


@pytest.mark.parametrize(
    ("rows", "sheet"),
    [
        ([], GOLD),
        ([row(WAS_EVENT, NOW_EVENT), row("", FRIDAY)], GOLD.replace(WAS_EVENT, NOW_EVENT) + FRIDAY),
        ([row("M She | PERSON | luzimo | pronoun", "")], GOLD.replace("M She | PERSON | luzimo | pronoun\n", "")),
        # the child of a quote whose content changes stays its child
        ([row(WAS_QUOTE, NOW_QUOTE)], GOLD.replace("content=that ", "content=")),
        # a second row may correct what a first one made
        ([row(WAS_EVENT, NOW_EVENT), row(NOW_EVENT, WAS_EVENT)], GOLD),
    ],
)  # fmt: skip
def test_what_a_row_names_is_changed_and_nothing_else(rows: list[tuple[str, Row]], sheet: str) -> None:
    assert corrected([ARTICLE], gold_of(GOLD), rows) == gold_of(sheet)


def test_a_nested_quote_is_named_with_its_parent() -> None:
    assert corrected(
        [ARTICLE], gold_of(GOLD), [row(WAS_CHILD, WAS_CHILD.replace("content=so", "content=her so"))]
    ) == gold_of(GOLD.replace("content=so", "content=her so"))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row("M Peloumt | ORG | peloumt", "")], "gold has no M Peloumt | ORG"),
        ([row("", "M Peloumt | GPE | peloumt")], "gold has M Peloumt | GPE | peloumt already"),
        ([row(WAS_EVENT, "M Friday | DATE")], "lines of one layer"),
        ([row("", "M Nobody | PERSON | nobody")], "absent-string"),
        ([row("", "M Friday | DATE", "a2")], "'a2' has no gold"),
        ([row("M X | ORG | x", ""), row("", "M Y | ORG | y")], "2 problems"),
    ],
)
def test_what_does_not_fit_is_refused(rows: list[tuple[str, Row]], told: str) -> None:
    with pytest.raises(ProblemsError) as error:
        corrected([ARTICLE], gold_of(GOLD), rows)
    assert told in str(error.value)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([",".join(FIELDS), *lines, ""]), encoding="utf-8")
    return path


def test_rows_are_read_with_their_places(tmp_path: Path) -> None:
    path = write(tmp_path / "errata.csv", '0.3.0,a1,1,"M a, b | ORG | x",,"two, as ""one"""')
    ((place, found),) = read_errata(path)
    assert place == "errata.csv:2"
    assert found == {"version": "0.3.0", "article": "a1", "paragraph": "1", "was": "M a, b | ORG | x", "now": "",
                     "reason": 'two, as "one"'}  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["0.3.0,a1,1,M a | ORG | x,"], "too few or too many cells"),
        (["0.3.0,a1,1,M a | ORG | x,,why,more"], "too few or too many cells"),
        (["0.3.0,a1,one,M a | ORG | x,,why"], "the number of a paragraph"),
        (["0.3.0,a1,1,,,why", "0.3.0,a1,1,M a | ORG | x,,"], "2 problems"),
    ],
)
def test_rows_out_of_format_are_refused(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(ProblemsError) as error:
        read_errata(write(tmp_path / "errata.csv", *lines))
    assert told in str(error.value)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "errata.csv").write_text("article,was,now\n", encoding="utf-8")
    with pytest.raises(ProblemsError, match="columns: version, article"):
        read_errata(tmp_path / "errata.csv")
