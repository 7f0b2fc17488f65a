"""Text spans, canonical form, checks, sheets: what every border relies on."""

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique import adjudication, label_studio
from communique.annotation import canonical, join, read_pass, write_layer
from communique.articles import Article
from communique.check import layer_problems
from communique.problems import ProblemsError
from communique.rows import offsets_hint
from communique.schema import LAYERS, Row
from communique.text import Span, paragraphs_of, sentences_of, tokenize
from strategies import annotated, articles
from support import fill, make_article


def pieces(text: str) -> list[str]:
    return [text[token.start : token.end] for token in tokenize(text)]


def test_tokens_part_at_hyphens_dashes_apostrophes_and_digits() -> None:
    assert pieces("Iran-Russia ties—Tsaquna’s S-400s, U.S.-led, 3.5 at 10:30") == [
        *("Iran", "-", "Russia", "ties", "—", "Tsaquna", "’", "s", "S", "-", "400", "s", ","),
        *("U.S.", "-", "led", ",", "3.5", "at", "10:30"),
    ]


@given(st.text())
def test_tokens_cover_everything_but_white_space(text: str) -> None:
    spans = tokenize(text)
    assert "".join(text[a:b] for a, b in spans) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Lureimt left. He slept.", ["Mr. Lureimt left.", "He slept."]),
        ("“It is late… We go,” she said. “Now.” Then rain.", ["“It is late…", "We go,” she said.", "“Now.”",
        "Then rain."]), ("The U.S. envoy met J. K. Pounimt.", ["The U.S. envoy met J. K. Pounimt."]),
        ("It cost 3.5 percent. 12 ships sailed.", ["It cost 3.5 percent.", "12 ships sailed."]),
        ("“Why?” he asked.", ["“Why?” he asked."]),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in sentences_of(text, Span(0, len(text)))] == expected


def test_paragraphs_know_their_first_copy() -> None:
    rows = paragraphs_of("Title\nOne.\n\nTwo.\nOne.\nOne.", {1: "byline"})
    assert [(row["kind"], row["duplicate_of"]) for row in rows] == [
        ("title", None),
        ("byline", None),
        ("body", None),
        ("body", 1),
        ("body", 1),
    ]


@given(articles())
def test_sentences_stay_in_their_paragraph_and_lose_no_word(article: Article) -> None:
    text = "".join(article.text[a:b] for a, b in article.sentences)
    assert "".join(text.split()) == "".join(article.text.split())
    assert not any("\n" in article.text[a:b] for a, b in article.sentences)


@given(annotated(), st.randoms(use_true_random=False))
def test_canonical_does_not_depend_on_order_or_ids(given_: tuple[Article, dict[str, Row]], rng: random.Random) -> None:
    _, layers = given_
    for layer, row in layers.items():
        shuffled = dict(row)
        others = rng.sample(range(20), 20)
        names = {f"{kind}{n}": f"{kind}{others[n]}" for kind in "meq" for n in range(20)}
        for table in LAYERS[layer]:
            rows = [
                {k: names.get(v, v) if k in ("id", "event", "quote", "parent") else v for k, v in item.items()}
                for item in row[table]
            ]
            rng.shuffle(rows)
            shuffled[table] = rows
        assert canonical(shuffled) == row
    assert canonical(layers["quotes"]) == layers["quotes"]


@given(annotated())
def test_generated_layers_are_valid_and_survive_label_studio_and_adjudication(
    given_: tuple[Article, dict[str, Row]],
) -> None:
    article, layers = given_
    for layer, row in layers.items():
        problems = layer_problems(article, layer, row, "here")
        assert {problem.code for problem in problems} <= {"duplicate-span"}
        results = label_studio.make_results(layer, row, article.text)
        back, faults = label_studio.read_results(layer, results, article, "ana", "0.1", "here")
        assert faults == []
        assert canonical(back) == row
        if not problems:
            header = {name: row[name] for name in ("id", "sha256", "annotator", "guidelines")}
            assert adjudication.layer_of(layer, adjudication.items_of(layer, row), header) == row


@given(annotated())
def test_an_argument_takes_the_entity_of_the_mention_with_its_span(given_: tuple[Article, dict[str, Row]]) -> None:
    _, layers = given_
    document = join(*layers.values())
    at = {(item["start"], item["end"]): item["entity"] for item in document["mentions"]}
    for argument in document["arguments"]:
        assert argument["entity"] == at.get((argument["start"], argument["end"]))


def test_a_mismatch_says_what_would_match() -> None:
    text = "🙂🙂 “Iran” signs"
    assert text[4:8] == "Iran"
    assert offsets_hint(text, 6, 10, "Iran") == "the offsets look like UTF-16 units: give code points"
    assert offsets_hint(text, 12, 16, "Iran") == "the offsets look like UTF-8 bytes: give code points"
    assert offsets_hint(text, 5, 9, "Iran") == "it matches if shifted by -1"
    assert offsets_hint(text, 4, 7, "Iran") == "it matches if the end is exclusive: add 1 to it"
    assert offsets_hint(text, 0, 4, "Tsaquna") == "it is nowhere in the text"


def test_a_pass_is_written_sorted_and_read_back(tmp_path: Path) -> None:
    both = [make_article("Peloumt signs", "b"), make_article("Izeevo signs", "a")]
    for layer in LAYERS:
        write_layer(tmp_path, layer, [fill(article, layer, {}) for article in both])
    assert [line[:60].count('"annotator"') for line in (tmp_path / "events.jsonl").read_text().splitlines()] == [1, 1]
    assert list(read_pass(tmp_path, both)) == ["b", "a"]
    assert list(read_pass(tmp_path / "absent", both)) == []
    with pytest.raises(ProblemsError, match="unknown-article"):
        read_pass(tmp_path, both[:1])
