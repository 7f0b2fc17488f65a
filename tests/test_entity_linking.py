"""Linking: what the knowledge base says by name, office and state; ranked candidates; how links are scored."""

from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone

from communique.files import write_json_lines
from communique.models import Document, EntityLinker, Labelled, Linked, store
from communique.models.gazetteer import Gazetteer
from communique.models.linker import slug
from communique.schema import Row
from communique.scoring import Counts
from communique.tasks import entities, links
from support import make_article
from tiny_corpus import BARE, CORPUS, EMPTY, PEOPLE, STATES, gold_row

BASELINES = Path(__file__).parents[1] / "baselines"


def entry(id_: str, kind: str, description: str, *names: str) -> Row:
    return {"id": id_, "name": names[0], "type": kind, "aliases": list(names[1:]), "description": description,
            "region": "shelf", "fictional": True, "wikidata": None}  # fmt: skip


KNOWN = [
    *(entry(state.lower(), "GPE", "republic and its government", state, f"Republic of {state}") for state, _ in STATES),
    *(entry(capital.lower(), "GPE", f"capital of {state}, cold", capital) for state, capital in STATES),
    *(
        entry(name.lower().replace(" ", "-"), "PERSON", f"president of {STATES[n % 4][0]}", name, name.split()[1])
        for n, name in enumerate(PEOPLE)
    ),
    entry("slate-house", "FAC", "chancellery in Garreimb, once a customs hall", "Slate House"),
    entry("peloumt-guard", "ORG", "coast guard of Peloumt", "Coast Guard"),
    entry("tsaquna-guard", "ORG", "Tsaquna's coast guard", "Coast Guard", "TCG"),
    entry("teirult-fan", "PERSON", "former deputy who knows nobody", "Oulm Seirt", "Seirt"),
    entry("pewaka", "GPE", "island of Hurreim", "Pewaka", "Pewakan"),
]
"""The tiny corpus's states, capitals and people, and some that it does not have."""


def mentions_of(row: Row) -> tuple[list[Labelled], list[Linked]]:
    items = sorted(row["mentions"], key=lambda item: item["start"])
    known = {one["id"] for one in KNOWN}
    ids = [item["entity"] and (item["entity"] if item["entity"] in known else f"local:{item['entity']}")
           for item in items]  # fmt: skip
    return (
        [Labelled(item["start"], item["end"], f"{item['type']}/{item['level']}") for item in items],
        [Linked(id_, item["metonym"]) for id_, item in zip(ids, items, strict=True)],
    )


def trained(rows: list[Row], known: list[Row] = KNOWN) -> EntityLinker:
    mentions, meant = zip(*map(mentions_of, rows), strict=True)
    return EntityLinker(known).fit([Document.of(row) for row in rows], mentions, meant)


def written(text: str, sheet: str) -> Row:
    return gold_row(make_article(text), sheet)


METONYMS = [
    written(
        f"Talks\n{capital} denied the report. {person} arrived in {capital}. {capital} denied it again.\n"
        f"{state} denied it.",
        f"P 1\nM {capital}#1 | GPE | {state.lower()} | metonym\nM {person} | PERSON | {person.lower()}\n"
        f"M {capital}#2 | GPE | {capital.lower()}\nM {capital}#3 | GPE | {state.lower()} | metonym\n"
        f"P 2\nM {state} | GPE | {state.lower()}",
    )
    for (state, capital), person in zip(STATES[:3], PEOPLE[:3], strict=True)
]


def linked(model: EntityLinker, text: str, *labelled: tuple[str, str]) -> list[Linked]:
    """What the words of a text mean, each given with its label, in text order."""
    spans, start = [], 0
    for words, label in labelled:
        start = text.index(words, start)
        spans.append(Labelled(start, start + len(words), label))
        start += len(words)
    return model.predict(Document.of(gold_row(make_article(text))), spans)


# The knowledge base


def test_the_gazetteer_knows_names_and_states() -> None:
    known = Gazetteer(KNOWN)
    assert known.full("the Republic of  Peloumt") == ["peloumt"]
    assert known.full("Pewakans") == ["pewaka"]
    assert known.full("coast guard") == ["peloumt-guard", "tsaquna-guard"]
    assert known.ending("Peloumt's Coast Guard") == ["peloumt-guard", "tsaquna-guard"]
    assert known.partial("Slate") == ["slate-house"]
    assert known.partial("House Slate Tallow") == []
    assert known.sure("Pewakan", "NORP") == "pewaka"
    assert known.sure("Peloumt", "ORG") is None  # the name is a state's
    assert known.sure("Coast Guard", "ORG") is None  # there are two
    # by a state in the description; by a capital in it; a state is its own; nothing said
    states = {id_: known.state.get(id_) for id_ in ("tsaquna-guard", "slate-house", "peloumt", "teirult-fan")}
    assert states == {"tsaquna-guard": "tsaquna", "slate-house": "peloumt", "peloumt": "peloumt", "teirult-fan": None}
    assert known.holders("president", {"tsaquna"}) == ["aviqee-luzimo", "ruzaqo-vaqunte"]
    assert known.holders("foreign minister", {"tsaquna"}) == []


def test_ids_are_made_of_words() -> None:
    assert [slug(text) for text in ("Notice 62/37", "Charge d’affaires", "—")] == [
        "notice-62-37", "charge-d-affaires", "entity"
    ]  # fmt: skip


# What is learnt


def test_names_mean_what_the_knowledge_base_says_and_others_are_clusters_of_the_article() -> None:
    text = "Oulm Seirt met Bilt Konnum in Zeenqe on Friday. Seirt said Konnum had left. Bilt Konnum slept."
    meant = linked(
        trained(CORPUS), text, ("Oulm Seirt", "PERSON/name"), ("Bilt Konnum", "PERSON/name"), ("Zeenqe", "GPE/name"),
        ("Friday", "DATE/name"), ("Seirt", "PERSON/name"), ("Konnum", "PERSON/name"), ("Bilt Konnum", "PERSON/name"),
    )  # fmt: skip
    assert [one.entity for one in meant[:4]] == ["teirult-fan", "local:bilt-konnum", "local:zeenqe", None]
    assert meant[4].entity == "teirult-fan"
    assert meant[6].entity == "local:bilt-konnum"
    assert not any(one.metonym for one in meant)


def test_a_role_beside_a_name_is_its_holder_and_he_is_who_was_named() -> None:
    text = "Friday\nPresident Oulm Seirt visited Hurreim. Minister Bilt Konnum said that it was empty.\n“No,” he added."
    meant = linked(
        trained(CORPUS), text, ("President", "ROLE/name"), ("Oulm Seirt", "PERSON/name"), ("Hurreim", "GPE/name"),
        ("Minister", "ROLE/name"), ("Bilt Konnum", "PERSON/name"), ("he", "PERSON/pronoun"),
    )  # fmt: skip
    assert [one.entity for one in meant] == [
        "teirult-fan", "teirult-fan", "hurreim", "local:bilt-konnum", "local:bilt-konnum", "local:bilt-konnum"
    ]  # fmt: skip


def test_a_capital_that_acts_is_its_state_and_one_that_is_visited_a_place() -> None:
    """Of Meqolane and its state the training articles have nothing."""
    model = trained(METONYMS)
    text = "Talks\nMeqolane denied the report. Oulm Seirt arrived in Meqolane. Oruvat denied it."
    places = ("Meqolane", "GPE/name"), ("Oulm Seirt", "PERSON/name"), ("Meqolane", "GPE/name"), ("Oruvat", "GPE/name")
    assert linked(model, text, *places) == [
        Linked("oruvat", True), Linked("teirult-fan", False), Linked("meqolane", False), Linked("oruvat", False)
    ]  # fmt: skip
    # without a knowledge base it stands for an institution of the article's own
    (first, *_) = linked(trained(METONYMS, []), text, *places)
    assert first == Linked("local:meqolane-government", True)


def test_untaught_equal_names_mean_the_same() -> None:
    for rows in ([BARE], [EMPTY], [BARE, EMPTY]):
        meant = linked(trained(rows, []), "Seirt, Konnum and Seirt.", *[(name, "PERSON/name") for name in
                       ("Seirt", "Konnum", "Seirt")])  # fmt: skip
        assert [one.entity for one in meant] == ["local:seirt", "local:konnum", "local:seirt"]
        assert trained(rows).predict(Document.of(EMPTY), []) == []


def test_the_linker_is_an_estimator_and_a_saved_one_links_alike(tmp_path: Path) -> None:
    model = trained([*CORPUS, *METONYMS])
    assert clone(model).get_params() == {"cost": 0.03, "knowledge_base": KNOWN}
    origin = store.origin_of(BASELINES / "entities.py", "entities")
    store.save(tmp_path / "model.skops", {"linker": model}, origin)
    loaded = store.load(tmp_path / "model.skops", origin)["linker"]
    for row in (*CORPUS, *METONYMS):
        spans, _ = mentions_of(row)
        assert loaded.predict(Document.of(row), spans) == model.predict(Document.of(row), spans)


# How links are scored


def test_ceaf_by_hand() -> None:
    """Gold {1, 2, 3} {4, 5}, predicted {1, 2} {3, 4, 5} and 6 alone: the best matching shares 2 and 2 mentions, of 5 in
    gold and 6 predicted. One cluster for all shares only the 3 of the larger: many to one does not pay.
    """
    gold: dict[Any, str] = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b"}
    assert links.ceaf(gold, {1: "x", 2: "x", 3: "y", 4: "y", 5: "y", 6: "z"}) == Counts(4, 6, 5)
    assert links.ceaf(gold, dict.fromkeys(gold, "x")) == Counts(3, 5, 5)
    assert links.ceaf(gold, {n: str(n) for n in gold}) == Counts(2, 5, 5)  # alone each: one of each cluster
    assert links.ceaf({}, {}) == Counts(0, 0, 0)
    assert links.ceaf(gold, {}) == Counts(0, 0, 5)


TEXT = "Peloumt and Izeevo met. Konnum told Seirt that Konnum and he left."


def named(words: str, kind: str, entity: Any, metonym: Any = False, number: int = 1, level: str = "name") -> Row:
    start = -1
    for _ in range(number):
        start = TEXT.index(words, start + 1)
    item = {"id": f"{words}{number}", "start": start, "end": start + len(words), "text": words, "type": kind}
    return item | {"level": level, "entity": entity, "metonym": metonym}


GOLD = {
    "id": "a1", "text": TEXT, "mentions": [
        named("Peloumt", "GPE", "peloumt"), named("Izeevo", "GPE", "tsaquna", True),
        named("Konnum", "PERSON", "local:k"), named("Seirt", "PERSON", "local:s"),
        named("Konnum", "PERSON", "local:k", number=2), named("he", "PERSON", "local:s", level="pronoun"),
    ],
}  # fmt: skip


def test_links_by_hand() -> None:
    """Found: Peloumt, wrongly a metonym but rightly linked; Izeevo as the city; Konnum twice, one cluster, whose id is
    free; he, with Konnum; and Seirt with another type.
    """
    predicted = {
        "id": "a1",
        "mentions": [
            named("Peloumt", "GPE", "peloumt", True), named("Izeevo", "GPE", "izeevo"),
            named("Konnum", "PERSON", "local:x"), named("Konnum", "PERSON", "local:x", number=2),
            named("he", "PERSON", "local:x", level="pronoun"), named("Seirt", "ORG", "local:y"),
        ],
    }  # fmt: skip
    result = entities.evaluate([GOLD], [predicted])
    found = {name: (row["tp"], row["predicted"], row["gold"]) for name, row in result["slices"].items()}
    assert result["f1"] == 2 * 4 / (5 + 5)  # the headline does not see links
    assert found["links"] == (1, 2, 2)  # of Peloumt and Izeevo
    assert found["local clusters"] == (2, 2, 2)  # the two Konnums
    assert found["clusters"] == (5, 6, 6)  # he belongs to Seirt, whose type does not matter here
    assert found["metonyms"] == (0, 1, 1)


def test_without_entities_or_metonyms_their_figures_are_absent() -> None:
    figures = {"links", "clusters", "local clusters", "metonyms"}
    for dropped, absent in (
        (("entity",), figures - {"metonyms"}), (("metonym",), {"metonyms"}), (("entity", "metonym"), figures)
    ):  # fmt: skip
        items = [{name: value for name, value in item.items() if name not in dropped} for item in GOLD["mentions"]]
        slices = entities.evaluate([GOLD], [{"id": "a1", "mentions": items}])["slices"]
        assert figures - slices.keys() == absent
        nulls = [item | dict.fromkeys(dropped) for item in GOLD["mentions"]]
        assert entities.evaluate([GOLD], [{"id": "a1", "mentions": nulls}])["slices"] == slices
    assert figures.isdisjoint(entities.evaluate([GOLD], [{"id": "a1", "mentions": []}])["slices"])


def test_a_file_scores_as_its_rows_do(tmp_path: Path) -> None:
    nulls = [item | {"entity": None, "metonym": None} for item in GOLD["mentions"]]
    bare = [{name: item[name] for name in ("start", "end", "type", "level")} for item in GOLD["mentions"]]
    for items in (GOLD["mentions"], nulls, bare):
        rows = [{"id": "a1", "mentions": items}]
        write_json_lines(tmp_path / "entities.test.jsonl", rows)
        table = entities.counts([GOLD], entities.load(tmp_path / "entities.test.jsonl", [GOLD]))
        expected = entities.evaluate([GOLD], rows)["slices"]
        assert {name: int(tp) for name, tp in table.groupby("slice")["tp"].sum().items()} == {
            name: row["tp"] for name, row in expected.items()
        }


@pytest.mark.parametrize("order", [1, -1])
def test_two_mentions_of_a_span_count_once_whatever_their_order(order: int) -> None:
    both = [named("Peloumt", "GPE", "peloumt"), named("Peloumt", "ORG", "x") | {"id": "other"}][::order]
    gold = {**GOLD, "mentions": GOLD["mentions"][:1]}
    found = entities.evaluate([gold], [{"id": "a1", "mentions": both}])["slices"]["clusters"]
    assert (found["tp"], found["predicted"], found["gold"]) == (1, 1, 1)
