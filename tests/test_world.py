"""The bible: its shape, its dates, its names, and the one that is shipped."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from communique.names import folded, read_names, real_name_problems, real_places, similar_name_problems
from communique.problems import ProblemsError
from communique.schema import Row
from communique.world import (
    World,
    knowledge_base_rows,
    load_world,
    office_problems,
    placement_problems,
    shift_problems,
    storyline_problems,
)
from support import make_article

SHIPPED = Path(__file__).parents[1] / "seeds" / "world"


def entity(id_: str, name: str, type_: str = "GPE", **more: Any) -> Row:
    row = {"id": id_, "name": name, "type": type_, "state": None, "aliases": [], "description": "something"}
    return row | ({"pronoun": "she"} if type_ == "PERSON" else {}) | more


def write(folder: Path, bodies: Row, storylines: list[Row] | None = None) -> Path:
    (folder / "storylines").mkdir(parents=True)
    (folder / "bodies.yaml").write_text(yaml.safe_dump(bodies), encoding="utf-8")
    (folder / "storylines" / "shelf.yaml").write_text(yaml.safe_dump(storylines or []), encoding="utf-8")
    return folder


def codes(caught: pytest.ExceptionInfo[ProblemsError]) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in caught.value.problems]


def test_all_faults_of_shape_come_at_once(tmp_path: Path) -> None:
    bodies = {
        "entities": [
            {"id": "Peloumt", "name": "", "type": "GPE", "state": None, "aliases": "Pel", "description": "a state"},
            "izeevo",
        ],
        "offices": [{"post": "Chancellor", "of": "peloumt", "holder": "x", "from": "soon", "to": None, "until": 1}],
        "outlets": None,
    }
    with pytest.raises(ProblemsError) as caught:
        load_world(write(tmp_path, bodies))
    assert codes(caught) == [
        ("wrong-type", "name is ''"),
        ("wrong-type", "aliases is 'Pel'"),
        ("bad-value", "id is 'Peloumt'"),
        ("wrong-type", "a str where a entity belongs"),
        ("unknown-field", "the field 'until'"),
        ("wrong-type", "from is 'soon'"),
        ("wrong-type", "a NoneType"),
    ]


def test_references_to_nothing_come_at_once(tmp_path: Path) -> None:
    bodies = {
        "entities": [
            entity("peloumt", "Peloumt", "COUNTRY"),
            entity("seilot-bremoult", "Seilot Bremoult", "PERSON", pronoun="they"),
            entity("peloumt", "Pelount"),
            entity("skeimb", "Skeimb", state="peloumt"),
        ],
        "offices": [{"post": "Mayor", "of": "osmolt", "holder": "skeimb", "from": date(2037, 1, 1), "to": None}],
        "outlets": [{"id": "wire", "name": "Wire", "entity": "skeimb", "kind": "blog", "style": "short"}],
    }
    story = {"id": "rock", "title": "t", "region": "shelf", "split": "real", "actors": ["nobody"], "summary": "s",
             "accounts": [], "events": []}  # fmt: skip
    with pytest.raises(ProblemsError) as caught:
        load_world(write(tmp_path, bodies, [story]))
    assert codes(caught) == [
        ("duplicate-id", "the id 'peloumt' again, as in row 0"),
        ("unknown-label", "type is 'COUNTRY'"),
        ("unknown-label", "pronoun is 'they'"),
        ("unknown-label", "state is 'peloumt'"),
        ("unknown-entity", "of is 'osmolt'"),
        ("unknown-entity", "holder is 'skeimb'"),
        ("unknown-entity", "entity is 'skeimb'"),
        ("unknown-label", "kind is 'blog'"),
        ("unknown-label", "region is 'shelf'"),
        ("unknown-label", "split is 'real'"),
        ("unknown-entity", "an actor is 'nobody'"),
    ]


def office(holder: str, start: date, end: date | None, post: str = "Chancellor") -> Row:
    return {"post": post, "of": "peloumt", "holder": holder, "from": start, "to": end, "place": holder}


@pytest.mark.parametrize(
    ("end", "start", "told"),
    [
        (date(2036, 3, 1), date(2036, 3, 2), []),
        (date(2036, 3, 1), date(2036, 3, 1), []),  # the day of the handover belongs to both
        (date(2036, 3, 2), date(2036, 3, 1), ["double-office"]),
        (None, date(2036, 3, 1), ["double-office"]),
        (date(2029, 1, 1), date(2036, 3, 1), ["bad-value"]),
    ],
)
def test_one_holder_at_a_time(end: date | None, start: date, told: list[str]) -> None:
    world = World(
        offices=[office("b", start, None), office("a", date(2030, 1, 1), end), office("c", start, None, "Speaker")]
    )
    assert [problem.code for problem in office_problems(world)] == told


def story(split: str, region: str, actors: list[str], **more: Any) -> Row:
    return {"id": f"{split}-{region}", "region": region, "split": split, "actors": actors, "place": "here"} | more


def test_the_shift_region_is_kept_apart_bodies_excepted() -> None:
    entities = [entity("garreimb", "G") | {"region": "shelf"}, entity("vosel", "V") | {"region": "fleth"},
                entity("assembly", "A", "ORG") | {"region": None}]  # fmt: skip
    clean = [story("shift", "fleth", ["vosel", "assembly"]), story("train", "shelf", ["garreimb", "assembly"])]
    assert shift_problems(World(entities=entities, storylines=clean)) == []
    mixed = [
        story("shift", "fleth", ["vosel", "garreimb"]),
        story("train", "shelf", ["vosel"]),
        story("test", "fleth", []),
    ]
    assert [problem.message for problem in shift_problems(World(entities=entities, storylines=mixed))] == [
        "garreimb of shelf in a storyline of shift",
        "vosel of fleth in a storyline of train",
        "a storyline of fleth in test",
    ]


def test_articles_stand_where_their_storyline_does() -> None:
    world = World(
        outlets=[{"name": "Longshore", "region": None}, {"name": "Xacim", "region": "fleth"}],
        storylines=[story("train", "shelf", []), story("shift", "fleth", [])],
    )
    right = make_article("T\nx", storyline="train-shelf", region="shelf", outlet="Longshore")
    wrong = [
        make_article("T\nx", "a2", storyline="train-shelf", region="fleth", split="test", outlet="Xacim"),
        make_article("T\nx", "a3", storyline="rock"),
        make_article("T\nx", "a4", storyline="shift-fleth", region="fleth", split="shift", outlet="Daily"),
        make_article("T\nx", "a5", storyline="rock", origin="real"),
    ]
    assert placement_problems(world, [right]) == []
    assert [(problem.place, problem.message) for problem in placement_problems(world, wrong)] == [
        ("index.jsonl a2", "split is 'test'"),
        ("index.jsonl a2", "region is 'fleth'"),
        ("index.jsonl a2", "Xacim reports a storyline of train"),
        ("index.jsonl a3", "storyline is 'rock'"),
        ("index.jsonl a4", "outlet is 'Daily'"),
    ]


def test_storylines_need_accounts_and_events_in_order() -> None:
    days = [{"date": date(2037, month, 1), "what": "w", "disputed": False} for month in (3, 2, 4)]
    accounts = [{"side": "a", "claims": "c"}, {"side": "b", "claims": "d"}]
    thin = story("train", "shelf", [], accounts=accounts[:1], events=days[:1])
    jumbled = story("train", "shelf", [], accounts=accounts, events=days)
    fine = story("train", "shelf", [], accounts=accounts, events=sorted(days, key=lambda day: day["date"]))
    assert len(storyline_problems(World(storylines=[thin, jumbled, fine]))) == 2


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("Garreimb", "Garreimt", True),
        ("Garreimb", "Garreim", True),
        ("Dalenôm", "Dalenom", False),  # folded they are one name, told by the next test
        ("Garreimb", "Gareimt", False),
        ("Tivu", "Tiva", False),  # four letters
    ],
)
def test_names_one_letter_apart(one: str, other: str, close: bool) -> None:
    world = World(entities=[entity("a", one), entity("b", other)])
    assert bool(similar_name_problems(world)) is close


def test_only_institutions_may_share_a_name() -> None:
    shared = (("a-ministry", "Foreign Ministry", "ORG"), ("b-ministry", "Foreign Ministry", "ORG"),
              ("a-rock", "The Rock", "LOC"), ("b-rock", "The Rock", "LOC"))  # fmt: skip
    world = World(entities=[entity(*given) for given in shared])
    assert [problem.message for problem in similar_name_problems(world)] == ["'The Rock' is the name of a-rock, b-rock"]


def test_a_word_of_a_persons_name_is_compared_too() -> None:
    world = World(entities=[entity("a", "Doulet Skoumer", "PERSON"), entity("b", "Houlet Vermeimb", "PERSON")])
    assert "'doulet' (a) and 'houlet' (b)" in similar_name_problems(world)[0].message


def test_real_names_are_found_without_accents_and_titles_are_none() -> None:
    people = [entity("b", "Queen Merkel", "PERSON"), entity("c", "Queen Lanuh", "PERSON")]
    world = World(entities=[entity("a", "Córdoba"), *people, entity("d", "Cordoba", "ORG")])
    for row in world.entities:
        row["place"] = row["id"]
    told = real_name_problems(world, {"cordoba"}, ["Angela Merkel", "Queen Margrethe"])
    assert [(problem.place, problem.message) for problem in told] == [
        ("a", "Córdoba is a real place"),
        ("b", "Queen Merkel shares merkel with a real leader"),
    ]


def test_the_shipped_world_is_large_enough_and_its_names_are_folded_alike() -> None:
    world = load_world(SHIPPED)
    assert len(world.states) >= 24
    assert len(world.regions) == 5
    assert len(world.outlets) >= 12
    blocs = [row for row in world.entities if row["region"] is None and row["type"] == "ORG"]
    assert len(blocs) >= 8
    capitals = [row["capital"] for row in world.states]
    assert len(set(capitals)) == len(capitals)
    assert all(row["fictional"] and row["wikidata"] is None for row in knowledge_base_rows(world))
    assert folded("Dalenôm") == "dalenom"
    assert "angela merkel" in read_names(SHIPPED / "names" / "real_leaders.txt")


def test_real_places_hold_what_an_atlas_holds() -> None:
    """Names that any atlas confirms, large, small and administrative."""
    assert {"paris", "tuvalu", "reykjavik", "bayern", "hallstatt", "swahili (macrolanguage)"} - real_places() == set()
