"""Two passes and decisions make gold; agreement counts what two passes share, worked by hand."""

from pathlib import Path

import pytest
from hypothesis import given

from communique.adjudication import adjudicate, pair_items, read_decisions, template
from communique.agreement import agreement, align_entities
from communique.articles import Article
from communique.files import write_json_lines
from communique.problems import ProblemsError
from communique.schema import Row
from communique.sheet import resolve
from strategies import annotated
from support import make_article

TEXT = "Peloumt accused Izeevo on Friday, Luzimo said."
FIRST = """P 0
M Peloumt | GPE | pel
M Izeevo | GPE | tsa | metonym
M Friday | DATE
M Luzimo | PERSON | luz
E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo | time=Friday
Q indirect | named | content=Peloumt ~ Friday | cue=said | source=Luzimo | speaker=luz
"""
SECOND = """P 0
M Peloumt | GPE | p
M Izeevo | GPE | izeevo
M Luzimo | PERSON | luzimo
E accused | ACCUSE | alleged | positive | agent=Peloumt | target=Izeevo | source_entity=luzimo
Q indirect | named | content=accused ~ Friday | cue=said | source=Luzimo | speaker=luzimo
"""
LINKS = {
    "a1": {
        "first": {"pel": "peloumt", "tsa": "tsaquna", "luz": "aviqee-luzimo"},
        "second": {"p": "peloumt", "izeevo": "izeevo", "luzimo": "aviqee-luzimo"},
    }
}


def passes(article: Article, first: str = FIRST, second: str = SECOND) -> tuple[dict[str, dict[str, Row]], ...]:
    return tuple({"a1": resolve(sheet, article, name, "0.1")} for name, sheet in (("ana", first), ("ben", second)))


def decided(rows: list[Row], take: str, reason: str) -> list[tuple[str, Row]]:
    """Decide every open disagreement for one pass."""
    return [
        (f"decisions.jsonl:{number}", row | {"gold": [row[take]] if row[take] else [], "reason": reason})
        for number, row in enumerate(rows, start=1)
    ]


def test_what_both_say_is_gold_and_the_rest_is_open() -> None:
    article = make_article(TEXT)
    gold, still_open, problems = adjudicate([article], *passes(article), LINKS, [])
    assert gold == {"entities": [], "events": [], "quotes": []}, "no gold while a disagreement is open"
    told = [(row["layer"], bool(row["first"]), bool(row["second"])) for row in still_open]
    assert told == [("entities", True, True), ("entities", True, False), ("events", True, True), ("quotes", True, True)]
    assert [problem.code for problem in problems] == ["undecided"]


def test_decisions_close_all_and_gold_is_what_was_decided() -> None:
    article = make_article(TEXT)
    both = passes(article)
    _, still_open, _ = adjudicate([article], *both, LINKS, [])
    gold, rest, problems = adjudicate([article], *both, LINKS, decided(still_open, "first", "slip-second"))
    assert (rest, problems) == ([], [])
    renamed = FIRST.replace("| pel", "| peloumt").replace("| tsa ", "| tsaquna ").replace("luz\n", "aviqee-luzimo\n")
    expected = resolve(renamed, article, "gold", "0.1")
    assert {layer: rows[0] for layer, rows in gold.items()} == expected


def test_a_decision_about_something_else_is_stale() -> None:
    article = make_article(TEXT)
    both = passes(article)
    _, still_open, _ = adjudicate([article], *both, LINKS, [])
    decisions = decided(still_open, "second", "ambiguous")
    decisions[0][1]["first"] = {**decisions[0][1]["first"], "metonym": False, "level": "nominal"}
    _, rest, problems = adjudicate([article], *both, LINKS, decisions)
    assert len(rest) == 1
    assert {problem.code for problem in problems} == {"stale-decision", "undecided"}


def test_an_entity_without_a_link_is_a_problem_of_its_own() -> None:
    article = make_article(TEXT)
    links = {"a1": {"first": LINKS["a1"]["first"], "second": {"p": "peloumt", "luzimo": "aviqee-luzimo"}}}
    _, _, problems = adjudicate([article], *passes(article), links, [])
    assert any("entity 'izeevo' is not in links.jsonl" in problem.message for problem in problems)


def test_a_slip_of_both_can_be_mended() -> None:
    article = make_article(TEXT)
    both = passes(article, FIRST, FIRST)
    links = {"a1": {"first": LINKS["a1"]["first"], "second": LINKS["a1"]["first"]}}
    gold, still_open, problems = adjudicate([article], *both, links, [])
    assert (still_open, problems) == ([], [])
    item = {key: value for key, value in gold["entities"][0]["mentions"][2].items() if key != "id"}
    decision = template("a1", "entities", (item, item)) | {"gold": [], "reason": "slip-both"}
    gold, _, problems = adjudicate([article], *both, links, [("decisions.jsonl:1", decision)])
    assert problems == []
    assert "Friday" not in [mention["text"] for mention in gold["entities"][0]["mentions"]]


@given(annotated())
def test_a_pass_against_itself_is_gold_as_it_stands(sample: tuple[Article, dict[str, Row]]) -> None:
    article, layers = sample
    known = {"a1": {name: {e: e for e in ("peloumt", "tsaquna", "harrimb-teirult")} for name in ("first", "second")}}
    gold, still_open, problems = adjudicate([article], {"a1": layers}, {"a1": layers}, known, [])
    assert (still_open, problems) == ([], [])
    assert {layer: rows[0] for layer, rows in gold.items()} == {
        layer: row | {"annotator": "gold"} for layer, row in layers.items()
    }


@given(annotated())
def test_a_pass_agrees_fully_with_itself(sample: tuple[Article, dict[str, Row]]) -> None:
    article, layers = sample
    assert set(agreement([article], {"a1": layers}, {"a1": layers})["f1"]) <= {1.0}


def test_items_pair_by_span_then_by_overlap() -> None:
    def at(start: int, end: int) -> Row:
        return {"start": start, "end": end}

    pairs = pair_items([at(0, 5), at(10, 20), at(30, 31)], [at(12, 14), at(0, 5), at(40, 41)])
    assert pairs == [
        (at(0, 5), at(0, 5)), (at(10, 20), at(12, 14)), (at(30, 31), None), (None, at(40, 41))
    ]  # fmt: skip


def test_agreement_by_hand() -> None:
    """Names: 4 against 3, 3 in common: 2*3/7. Metonym: 2 of 3 alike. Ids are free: pel = p, tsa = izeevo, luz = luzimo.

    The trigger is common, its modality is not, its type is. Arguments 3 against 2, 2 in common: 4/5. The contents
    overlap (accused ~ Friday inside Peloumt ~ Friday) but are not equal; type, cue, source and speaker are.
    """
    article = make_article(TEXT)
    first, second = passes(article)
    table = agreement([article], first, second).set_index("part")["f1"].to_dict()
    assert table["names, exact and type"] == pytest.approx(6 / 7)
    assert table["metonym, given the span"] == pytest.approx(2 / 3)
    assert table["entity, given the span"] == 1.0
    assert table["triggers, exact"] == table["type, given the trigger"] == 1.0
    assert table["modality, given the trigger"] == 0.0
    assert table["arguments, role and span, given the trigger"] == pytest.approx(4 / 5)
    assert table["quotes, content overlaps"] == 1.0
    assert table["quotes, content exact"] == 0.0
    assert table["speaker entity, given the quote"] == table["cue exact, given the quote"] == 1.0


def test_entity_ids_are_aligned_one_to_one() -> None:
    """Second merges what first keeps apart: only one of the two can be right."""

    def row(*entities: str) -> Row:
        return {"mentions": [{"start": n, "end": n + 1, "entity": entity} for n, entity in enumerate(entities)]}

    assert align_entities(row("x", "x", "y"), row("both", "both", "both")) == {"both": "x"}
    assert align_entities(row("x"), {"mentions": []}) == {}


def test_faulty_decisions_are_refused_at_once(tmp_path: Path) -> None:
    good = template("a1", "entities", (None, None)) | {"gold": []}
    write_json_lines(tmp_path / "d.jsonl", [good | {"reason": "mood"}, {"article": "a1"}, good | {"gold": None}])
    with pytest.raises(ProblemsError) as error:
        read_decisions(tmp_path / "d.jsonl")
    assert [problem.code for problem in error.value.problems] == [
        "unknown-label", "missing-field", "unknown-label", "wrong-type"
    ]  # fmt: skip
