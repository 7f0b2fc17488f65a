"""Proposed entity links: kept ids, names of the knowledge base, one local id for what both passes mark alike."""

import pytest

from communique.linking import propose_links
from communique.schema import Row
from communique.sheet import resolve
from support import make_article

TEXT = (
    "Peloumt's Foreign Ministry accused Izeevo. Luzimo and Tsaqunan envoys met her at the Foreign Ministry of Hurreim."
)
FIRST = """P 0
M Peloumt | GPE | pel
M Foreign Ministry#1 | ORG | ministry
M Izeevo | GPE | tsaquna | metonym
M Luzimo | PERSON | aviqee-luzimo
M Tsaqunan | NORP | tsaquna
M her | PERSON | visitor | pronoun
M Foreign Ministry#2 | ORG | other-ministry
M Hurreim | GPE | hurreim
"""
SECOND = (
    FIRST.replace("| pel\n", "| p1\n")
    .replace("| ministry\n", "| m1\n")
    .replace("visitor", "the-visitor")
    .replace("| aviqee-luzimo\n", "| luzimo\n")
    .replace("| tsaquna", "| the-other-side")
)


def row(id_: str, name: str, *aliases: str) -> Row:
    return {"id": id_, "name": name, "aliases": list(aliases)}


KNOWLEDGE_BASE = [
    row("peloumt", "Peloumt", "Peloumtan"),
    row("tsaquna", "Tsaquna", "Tsaqunan"),
    row("izeevo", "Izeevo"),
    row("aviqee-luzimo", "Aviqee Luzimo", "Luzimo"),
    row("hurreim", "Hurreim"),
    row("peloumt-foreign-ministry", "Foreign Ministry"),
    row("hurreim-foreign-ministry", "Foreign Ministry"),
]


def proposed(first: str, second: str, knowledge_base: list[Row] = KNOWLEDGE_BASE) -> Row:
    article = make_article(TEXT)
    return propose_links("a1", *(resolve(sheet, article, "ana", "0.1") for sheet in (first, second)), knowledge_base)


def test_names_of_the_knowledge_base_are_found_and_the_rest_is_local() -> None:
    assert proposed(FIRST, SECOND) == {
        "id": "a1",
        "first": {
            "pel": "peloumt",
            "ministry": "local:ministry",  # two rows are called so
            "tsaquna": "tsaquna",
            "aviqee-luzimo": "aviqee-luzimo",
            "visitor": "local:visitor",
            "other-ministry": "local:other-ministry",
            "hurreim": "hurreim",
        },
        "second": {
            "p1": "peloumt",
            "m1": "local:ministry",
            "the-other-side": "tsaquna",  # by the demonym; the metonym "Izeevo" does not make it the city
            "luzimo": "aviqee-luzimo",
            "the-visitor": "local:visitor",
            "other-ministry": "local:other-ministry",
            "hurreim": "hurreim",
        },
    }


@pytest.mark.parametrize("empty", ["first", "second"])
def test_what_only_one_pass_marks_is_linked_too(empty: str) -> None:
    sheets = {"first": FIRST, "second": SECOND} | {empty: "P 0\n"}
    other = ({"first", "second"} - {empty}).pop()
    links = proposed(sheets["first"], sheets["second"])
    assert links[empty] == {}
    assert set(links[other].values()) >= {"peloumt", "tsaquna", "aviqee-luzimo", "hurreim"}


def test_without_a_knowledge_base_all_is_local_and_shared() -> None:
    links = proposed(FIRST, SECOND, [])
    assert sorted(links["first"].values()) == sorted(links["second"].values())
    assert all(gold.startswith("local:") for gold in links["first"].values())
