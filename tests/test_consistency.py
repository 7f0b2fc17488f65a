"""Strings that are labelled here and bare there, worked by hand."""

from communique.consistency import bare_strings
from communique.sheet import resolve
from support import joined, make_article

SECOND = "Peloumt's"
SHEETS = {
    "a1": ("T\nPeloumt accused Izeevo, she said. Peloumt's navy left.\nThe Peloumt Bank stayed, she Said.", """P 1
M Peloumt#1 | GPE | peloumt
M Izeevo | GPE | izeevo
M she | PERSON | x | pronoun
E accused | ACCUSE | asserted | positive | agent=Peloumt#1
Q indirect | named | content=Peloumt accused Izeevo | cue=said | source=she | speaker=x
P 2
M Peloumt Bank | ORG | bank
"""),
    "a2": ("T\nIzeevo said so. They accused Izeevo.", "P 1\nM Izeevo#1 | GPE | izeevo\n"),
}  # fmt: skip


def test_bare_strings_by_hand() -> None:
    """Peloumt: labelled 1, bare 1 (the bank is part of a longer name). Izeevo: 2 and 1. accused: 1 and 1. said: 1 and
    2, "Said" folded."""
    rows = []
    for name, (text, sheet) in SHEETS.items():
        article = make_article(text, name)
        rows.append(joined(article, resolve(sheet, article, "ana", "1.0")))
    found = bare_strings(rows).to_dict("records")
    a1, a2 = SHEETS["a1"][0], SHEETS["a2"][0]
    assert [tuple(row.values()) for row in found] == [
        ("name", "Izeevo", "GPE 2", 2, 1, f"a2:{a2.rindex('Izeevo')}"),
        ("name", "Peloumt", "GPE 1", 1, 1, f"a1:{a1.index(SECOND)}"),
        ("trigger", "accused", "ACCUSE 1", 1, 1, f"a2:{a2.index('accused')}"),
        ("cue", "said", "said 1", 1, 2, f"a1:{a1.index('Said')} a2:{a2.index('said')}"),
    ]  # fmt: skip


def test_without_rows_there_is_nothing() -> None:
    assert bare_strings([]).empty
