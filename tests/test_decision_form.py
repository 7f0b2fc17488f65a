"""Disagreements as a form, and decisions read back from it."""

import pytest

from communique.adjudication import adjudicate
from communique.decision_form import read_form, write_form
from communique.problems import ProblemsError
from communique.schema import Row
from communique.sheet import resolve
from support import make_article

TEXT = "T\nPeloumt accused Izeevo on Friday, Luzimo said. She added that Teirult had told her so."
FIRST = """P 1
M Peloumt | GPE | peloumt
M Izeevo | GPE | tsaquna | metonym
M Friday | DATE
M Luzimo | PERSON | luzimo
M She | PERSON | luzimo | pronoun
M Teirult | PERSON | teirult
E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo | time=Friday
Q indirect | named | content=Peloumt ~ on Friday | cue=said | source=Luzimo | speaker=luzimo
Q indirect | named | content=Teirult ~ her so | cue=added | source=She | speaker=luzimo | id=a
Q indirect | named | content=so | cue=told | source=Teirult | speaker=teirult | parent=a
"""
SECOND = """P 1
M Peloumt | GPE | peloumt
M Izeevo | GPE | izeevo
M Luzimo | PERSON | luzimo
M She | PERSON | luzimo | pronoun
M Teirult | PERSON | teirult
E accused | ACCUSE | alleged | positive | agent=Peloumt | target=Izeevo | source_entity=luzimo
Q indirect | named | content=Peloumt ~ on Friday | cue=said | source=Luzimo | speaker=luzimo
Q indirect | named | content=that Teirult ~ her so | cue=added | source=She | speaker=luzimo | id=a
Q indirect | named | content=so | cue=told | source=Teirult | speaker=teirult | parent=a
"""
ARTICLE = make_article(TEXT)
NAMES = {name: name for name in ("peloumt", "tsaquna", "izeevo", "luzimo", "teirult")}
LINKS = {"a1": {"first": NAMES, "second": NAMES}}
PASSES = [{"a1": resolve(sheet, ARTICLE, "ana", "1.0")} for sheet in (FIRST, SECOND)]

FORM = """A a1
P 1
D 1
first   M Izeevo | GPE | tsaquna | metonym
second  M Izeevo | GPE | izeevo
gold    
D 2
first   M Friday | DATE
second  -
gold    
D 3
first   E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo | time=Friday
second  E accused | ACCUSE | alleged | positive | agent=Peloumt | target=Izeevo | source_entity=luzimo
gold    
D 4
first   Q indirect | named | content=Teirult had told her so | cue=added | source=She | speaker=luzimo
second  Q indirect | named | content=that Teirult had told her so | cue=added | source=She | speaker=luzimo
gold    
D 5
first   Q indirect | named | content=so | cue=told | source=Teirult | speaker=teirult | parent=Teirult had told her so
second  Q indirect | named | content=so | cue=told | source=Teirult | speaker=teirult | parent=that Teirult had told her so
gold    
"""  # noqa: E501, W291


def still_open() -> list[Row]:
    return adjudicate([ARTICLE], *PASSES, LINKS, [])[1]


def filled(*given: str) -> str:
    """The form with its lines `gold` filled in."""
    parts = FORM.split("gold    \n")
    return "".join(part + f"gold    {line}\n" for part, line in zip(parts, given, strict=False))


DECIDED = filled(
    "first | slip-second | the government is meant",
    "first | slip-second | a date",
    "own | guideline-gap | both are half right\n"
    "+ E accused | ACCUSE | alleged | positive | agent=Peloumt | target=Izeevo | time=Friday | source_entity=luzimo",
    "first | slip-second |",
    "second | slip-first | its parent is the one decided above",
)


def test_the_form_shows_what_the_passes_say() -> None:
    assert write_form([ARTICLE], still_open()) == FORM
    assert write_form([ARTICLE], []) == ""


def test_decisions_come_back_and_make_gold() -> None:
    rows = read_form(DECIDED, [ARTICLE], still_open())
    gold, rest, problems = adjudicate([ARTICLE], *PASSES, LINKS, [("form", row) for row in rows])
    assert (rest, problems) == ([], [])
    expected = FIRST.replace("asserted | positive", "alleged | positive").replace(
        "time=Friday", "time=Friday | source_entity=luzimo"
    )
    made = {layer: layer_rows[0] | {"annotator": "ana"} for layer, layer_rows in gold.items()}
    assert made == resolve(expected, ARTICLE, "ana", "1.0")
    assert [row["reason"] for row in rows] == [
        "slip-second",
        "slip-second",
        "guideline-gap",
        "slip-second",
        "slip-first",
    ]
    assert rows[0]["note"] == "the government is meant"


def test_what_both_miss_is_added_and_what_both_say_is_changed() -> None:
    more = """D new
gold own | slip-both | the demonstrative
+ M her | PERSON | luzimo | pronoun
D same
both Q indirect | named | content=Peloumt ~ on Friday | cue=said | source=Luzimo | speaker=luzimo
gold none | slip-both | for the sake of the test
"""
    rows = read_form(DECIDED + more, [ARTICLE], still_open())
    gold, rest, problems = adjudicate([ARTICLE], *PASSES, LINKS, [("form", row) for row in rows])
    assert (rest, problems) == ([], [])
    assert "her" in [item["text"] for item in gold["entities"][0]["mentions"]]
    assert len(gold["quotes"][0]["quotes"]) == 2


def test_an_agreed_quote_waits_for_its_disputed_parent() -> None:
    """The passes differ in the parent's cue alone: that is open, and no fault of the child that both agree on."""
    second = {"a1": resolve(FIRST.replace("cue=added", "cue=told"), ARTICLE, "ben", "1.0")}
    gold, rest, problems = adjudicate([ARTICLE], PASSES[0], second, LINKS, [])
    assert [problem.code for problem in problems] == ["undecided"]
    assert [row["first"]["cue_start"] for row in rest] == [TEXT.index("added")]
    assert gold["quotes"] == []
    form = write_form([ARTICLE], rest).replace("gold    ", "gold    first | slip-second | the verb of saying")
    rows = read_form(form, [ARTICLE], rest)
    gold, rest, problems = adjudicate([ARTICLE], PASSES[0], second, LINKS, [("form", row) for row in rows])
    assert (rest, problems) == ([], [])
    assert sum(quote["parent"] is not None for quote in gold["quotes"][0]["quotes"]) == 1


@pytest.mark.parametrize(
    ("form", "codes"),
    [
        (FORM, ["undecided"] * 5),
        (DECIDED.replace("D 1\n", "D 9\n"), ["bad-line"] * 4),
        (DECIDED.replace("second  M Izeevo | GPE | izeevo", "second  M Izeevo | GPE | osmolt"), ["stale-decision"]),
        (DECIDED.replace("P 1\n", "P 0\n"), ["absent-string"]),
        (DECIDED.replace("+ E accused", "+ E shelled"), ["absent-string"]),
        (DECIDED.replace("+ E accused", "+ X accused"), ["bad-line"]),
        (DECIDED.replace("own |", "first |"), ["bad-line"]),
        (DECIDED.replace("first | slip-second | a date", "second | slip-first | no date"), ["bad-line"]),
        (DECIDED.replace("slip-first", "slip-third"), ["undecided"]),
        (DECIDED + "D 1\n" + DECIDED.split("D 1\n")[1].split("D 2")[0], ["bad-line"]),
        ("A a2\n" + DECIDED.removeprefix("A a1\n"), ["unknown-article"]),
        ("gold first | slip-second |\n", ["bad-line"]),
        ("hello\n", ["bad-line"]),
        ("A a1\nP 1\nD new\ngold none | slip-both |\n", ["bad-line"]),
        ("A a1\nP 1\nD same\nboth M Osmolt | GPE | osmolt\ngold none | slip-both |\n", ["absent-string"]),
    ],
)
def test_a_faulty_form_is_refused_whole(form: str, codes: list[str]) -> None:
    with pytest.raises(ProblemsError) as caught:
        read_form(form, [ARTICLE], still_open())
    assert set(codes) <= {problem.code for problem in caught.value.problems}
    assert all(problem.place.startswith("line ") for problem in caught.value.problems)
