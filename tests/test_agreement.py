"""Agreement of pairs of annotators: figures worked by hand and by other libraries, and where nothing is defined."""

import math
import subprocess
import sys
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy.stats import t
from sklearn.metrics import cohen_kappa_score

from communique.agreement import agreement, with_tokens
from communique.agreement_items import token_labels
from communique.agreement_pairs import ALL, Agreement, compare, text_table, to_csv
from communique.annotation import read_pass
from communique.articles import Article, load_articles
from communique.chance import alpha, coincidences, kappa, one_against_rest
from communique.problems import ProblemsError
from communique.schema import ENTITY_TYPES, Row
from communique.sheet import resolve
from communique.statistics import Array
from strategies import annotated
from support import make_article
from test_adjudication import FIRST, SECOND, TEXT

ROOT = Path(__file__).parents[1]


def counted(labels: Array, size: int) -> Array:
    """How many annotators gave each unit each label; labels of shape (annotators, units), NaN where missing."""
    return np.stack([(labels == label).sum(axis=0) for label in range(size)], axis=1)


def test_kappa_and_alpha_of_four_items_by_hand() -> None:
    """a a, a b, b b, b b. Kappa: 3 of 4 alike; by chance 2/4 * 1/4 + 2/4 * 3/4 = 1/2, so 1 - (1/4) / (1/2).

    Alpha: of 8 labels 3 are a, 5 are b, 2 differ from their partner: 1 - (8 - 1) * 2 / (64 - 9 - 25).
    """
    confusion = np.array([[1, 1], [0, 2]])
    assert kappa(confusion[None, None]).value == pytest.approx(0.5)
    assert alpha((confusion + confusion.T)[None]).value == pytest.approx(1 - 7 * 2 / 30)


def test_alpha_of_the_published_example() -> None:
    """Krippendorff 2011, section C: four observers, twelve units, missing data; the nominal alpha is 0.743."""
    rows = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")
    labels = np.array([[math.nan if cell == "." else int(cell) for cell in row.split()] for row in rows])
    assert round(alpha(coincidences(counted(labels, 6))[None]).value, 3) == 0.743


def drawn(storylines: int, annotators: int = 2, size: int = 4, missing: float = 0.0) -> Array:
    """Labels of 20 units for each storyline, shape (annotators, 20 * storylines); some storylines are harder."""
    random = np.random.default_rng(3)
    units = 20 * storylines
    true = random.choice(size, units, p=[0.5, 0.3, 0.15, 0.05][:size])
    hard = np.repeat(random.beta(1, 4, storylines), 20)
    labels = np.where(random.random((annotators, units)) < hard, random.integers(0, size, (annotators, units)), true)
    return np.where(random.random((annotators, units)) < missing, math.nan, labels.astype(float))


def nominal(labels: Array) -> float:
    return float(krippendorff.alpha(labels, level_of_measurement="nominal"))


def confusions(labels: Array, storylines: int, size: int = 4) -> Array:
    found = np.zeros((1, storylines, size, size))
    for number, (one, other) in enumerate(labels.T.astype(int)):
        found[0, number * storylines // labels.shape[1], one, other] += 1
    return found


def coincident(labels: Array, storylines: int, size: int = 4) -> Array:
    return np.stack([coincidences(part) for part in np.split(counted(labels, size), storylines)])


def test_other_libraries_give_the_same() -> None:
    pair = drawn(10)
    assert kappa(confusions(pair, 10)).value == pytest.approx(cohen_kappa_score(*pair))
    several = drawn(10, annotators=3, missing=0.3)
    matrices = coincident(several, 10)
    assert alpha(matrices).value == pytest.approx(nominal(several))
    one = np.where(np.isnan(several), math.nan, several == 1)
    expected = nominal(one)
    assert alpha(one_against_rest(matrices, 1)).value == pytest.approx(expected)


def test_intervals_are_as_wide_as_the_jackknife_of_other_libraries() -> None:
    """Delete-one over 60 storylines; at that number a bootstrap-t is about 2 * 1.96 standard errors wide."""
    labels = drawn(60)
    parts = np.split(labels, 60, axis=1)
    left_out = [np.hstack(parts[:number] + parts[number + 1 :]) for number in range(60)]
    for estimate, values in (
        (kappa(confusions(labels, 60)), [cohen_kappa_score(*part) for part in left_out]),
        (
            alpha(coincident(labels, 60)),
            [krippendorff.alpha(part, level_of_measurement="nominal") for part in left_out],
        ),
    ):
        error = math.sqrt(59 * np.var(values))
        assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * error, rel=0.1)
        assert estimate.low < estimate.value < estimate.high


def test_the_standard_error_is_that_of_the_derivative() -> None:
    """Nine storylines alike and one with more and other items: where only one differs, the interval is Student's.

    The derivative by a storyline's weight is taken numerically, of scikit-learn's weighted kappa and of alpha's
    formula; the standard error is the root of n / (n - 1) times the sum of squares of its deviations from the mean.
    """
    usual, other = np.array([[6, 0], [1, 3]]), np.array([[8, 9], [1, 2]])
    confused = np.array([usual] * 9 + [other])
    items = [(i, j) for i in range(2) for j in range(2)]

    def weighted_kappa(weights: Array) -> float:
        each = np.tensordot(weights, confused, 1)
        firsts, seconds = zip(*items, strict=True)
        return float(cohen_kappa_score(firsts, seconds, sample_weight=[each[item] for item in items]))

    def weighted_alpha(weights: Array) -> float:
        each = np.tensordot(weights, confused + confused.transpose(0, 2, 1), 1)
        total = each.sum()
        return float(1 - (total - 1) * 2 * each[0, 1] / (total**2 - (each.sum(axis=0) ** 2).sum()))

    for estimate, value in (
        (kappa(confused[None]), weighted_kappa),
        (alpha(confused + confused.transpose(0, 2, 1)), weighted_alpha),
    ):
        steps = 1e-4 * np.eye(10)
        slopes = np.array([(value(1 + step) - value(1 - step)) / 2e-4 for step in steps])
        error = math.sqrt(10 / 9 * ((slopes - slopes.mean()) ** 2).sum())
        assert estimate.value == pytest.approx(value(np.ones(10)))
        assert (estimate.low + estimate.high) / 2 == pytest.approx(estimate.value)
        assert estimate.high - estimate.low == pytest.approx(2 * t.ppf(0.975, 9) * error, rel=1e-4)


def test_intervals_hold_their_level() -> None:
    """Of 150 samples of 10 storylines, drawn as units of one kappa, about 95 % have the truth in their interval."""
    random = np.random.default_rng(1)

    def sample(storylines: int) -> Array:
        wrong = random.beta(1, 8, storylines)
        agreed, split = (1 - wrong) / 2, wrong / 2
        chances = np.stack([agreed, split, split, agreed], axis=1)
        counts = [random.multinomial(random.integers(10, 40), chance) for chance in chances]
        return np.array(counts).reshape(1, storylines, 2, 2)

    truth = kappa(sample(20_000).sum(axis=1, keepdims=True)).value
    found = [kappa(sample(10)) for _ in range(150)]
    assert 0.9 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.99


def test_pairs_are_weighted_by_their_items() -> None:
    """Two pairs with kappas of 0.5 (4 items) and 0 (8 items); a pair without a kappa weighs nothing."""
    half = np.array([[1, 1], [0, 2]])
    chance = np.array([[2, 2], [2, 2]])
    alike = np.array([[9, 0], [0, 0]])
    assert kappa(np.array([[half], [chance], [alike]])).value == pytest.approx((4 * 0.5 + 8 * 0) / 12)


@pytest.mark.parametrize("counts", [[[0, 0], [0, 0]], [[7, 0], [0, 0]]], ids=["nothing", "one label"])
def test_where_no_disagreement_is_possible_nothing_is_defined(counts: list[list[int]]) -> None:
    many = np.array([[counts] * 9])
    assert all(math.isnan(figure) for figure in (*kappa(many), *alpha(many[0])))
    assert math.isnan(alpha(coincidences(np.eye(2))[None]).value)  # each unit labelled once


def test_no_interval_under_eight_storylines_or_where_nothing_varies() -> None:
    labels = drawn(7)
    for estimate in (kappa(confusions(labels, 7)), alpha(coincident(labels, 7))):
        assert not math.isnan(estimate.value)
        assert math.isnan(estimate.low)
    alike = np.tile(np.eye(2), (1, 9, 1, 1))
    for estimate in (kappa(alike), alpha(alike[0])):
        assert estimate.value == 1.0
        assert math.isnan(estimate.high)


def passes(*made: tuple[str, str, Article, str]) -> dict[str, dict[str, dict[str, Row]]]:
    """Passes out of (folder, annotator, article, sheet)."""
    found: dict[str, dict[str, dict[str, Row]]] = {}
    for folder, annotator, article, sheet in made:
        found.setdefault(folder, {})[article.id] = resolve(sheet, article, annotator, "1.0")
    return found


def figures(found: Agreement, first: str, second: str = "") -> dict[tuple[str, str], float]:
    rows = found.table[(found.table["annotator_1"] == first) & (found.table["annotator_2"] == second)]
    return {(row["part"], row["layer"]): row["value"] for row in rows.to_dict("records")}


def test_one_pair_by_hand() -> None:
    """Nine tokens: Peloumt accused Izeevo on Friday , Luzimo said .

    - Mentions: 4 and 3, 3 alike. Levels are all `name`: no kappa. Metonyms: no yes no against no no no: 2/3 alike, and
      2/3 by chance. Alpha: of 18 labels 4 GPE, 2 PERSON, 1 DATE, 11 nothing; 2 differ: 1 - 17 * 2 / (324 - 142).
    - Modality: one item, asserted against alleged: none alike, none expected. Roles: agent and target alike.
    - Contents: 5 and 4 tokens, so 9 of 18 labels are `indirect` and 2 differ: 1 - 17 * 2 / (324 - 162).
    """
    article = make_article(TEXT)
    found = compare([article], passes(("x", "ana", article, FIRST), ("y", "ben", article, SECOND)))
    value = figures(found, "ana", "ben")
    assert value["all mentions, exact and type", "entities"] == pytest.approx(6 / 7)
    assert value["PERSON, exact", "entities"] == value["PERSON, overlap", "entities"] == 1.0
    assert value["DATE, exact", "entities"] == value["tokens DATE", "entities"] == pytest.approx(0.0)
    assert value["type", "entities"] == 1.0
    assert math.isnan(value["level", "entities"])
    assert value["metonym", "entities"] == pytest.approx(0)
    assert value["tokens", "entities"] == pytest.approx(1 - 17 * 2 / 182)
    assert math.isnan(value["type", "events"])
    assert value["modality", "events"] == pytest.approx(0)
    assert value["role", "events"] == 1.0
    assert value["arguments, role and span, given the trigger", "events"] == pytest.approx(4 / 5)
    assert value["tokens", "events"] == 1.0
    assert value["indirect, exact", "quotes"] == 0.0
    assert value["indirect, overlap", "quotes"] == value["speaker entity, given the quote", "quotes"] == 1.0
    assert value["tokens", "quotes"] == value["tokens indirect", "quotes"] == pytest.approx(1 - 17 * 2 / 162)
    assert found.table["low"].isna().all()
    speakers = [item for _, seen in found.observations for item in seen if item.kind == "speaker"]
    assert [(item.first, item.second) for item in speakers] == [("luz", "luz")]  # ben's luzimo is ana's luz
    assert set(found.table["type"]) == {"", "GPE", "PERSON", "DATE", "ACCUSE", "indirect"}
    assert "direct, exact" not in found.table["part"].tolist()


def test_a_token_has_the_label_of_the_shortest_item_on_it() -> None:
    """A name in a nominal, and a quote in a quote: The envoy of Peloumt said that Luzimo had left ."""
    article = make_article("The envoy of Peloumt said that Luzimo had left.")
    sheet = """P 0
M The envoy of Peloumt | PERSON | envoy | nominal
M Peloumt | GPE | pel
Q direct | none | content=The ~ left.
Q indirect | named | content=that ~ left | cue=said | source=The envoy of Peloumt | speaker=envoy
"""
    layers = resolve(sheet, article, "ana", "1.0")
    person, gpe = 1 + ENTITY_TYPES.index("PERSON"), 1 + ENTITY_TYPES.index("GPE")
    entities, quotes = (token_labels(layer, with_tokens(article, [layers[layer]])) for layer in ("entities", "quotes"))
    assert entities.tolist() == [person, person, person, gpe, 0, 0, 0, 0, 0, 0]
    assert quotes.tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2, 1]


def test_what_is_not_defined_is_a_dash_and_an_empty_cell() -> None:
    article = make_article(TEXT)
    found = compare([article], passes(("x", "=ana", article, FIRST), ("y", "ben", article, SECOND)))
    line = next(line for line in text_table(found).splitlines() if " level " in line and "kappa" in line)
    assert line.split() == ["entities", "level", "kappa", "–", "–", "–", "3", "3", "3"]
    cells = next(line for line in to_csv(found).splitlines() if ",level,kappa," in line)
    assert cells == "entities,,level,kappa,'=ana,ben,,,,3,3,3,1"


THIRD = """P 0
M Peloumt | ORG | pel
Q direct | none | content=Peloumt ~ Friday
"""


def test_every_two_annotators_of_an_article_are_a_pair_whichever_folders_hold_it() -> None:
    """x has a1 of ana and a2 of ben, y the reverse, and z a2 of cem: the pairs ana-ben, ana-cem and ben-cem."""
    one, two = make_article(TEXT), make_article(TEXT, "a2")
    made = passes(
        ("x", "ana", one, FIRST), ("x", "ben", two, SECOND),
        ("y", "ben", one, SECOND), ("y", "ana", two, FIRST), ("z", "cem", two, THIRD),
    )  # fmt: skip
    found = compare([one, two], made)
    names = [f"{first.name} {second.name}" for first, second in found.pairs]
    assert names == ["ana ben", "ana cem", "ben cem"]
    rows = found.table[found.table["part"] == "all mentions, exact and type"].set_index("annotator_2")
    assert rows.loc["ben", ["both", "first", "second"]].tolist() == [6, 8, 6]
    assert rows["articles"].to_dict() == {"": 2, "ben": 2, "cem": 1}
    assert rows.loc["", "annotator_1"] == ALL
    both, sizes = rows["both"].iloc[1:].sum(), (rows["first"] + rows["second"]).iloc[1:]
    assert rows.loc["", "value"] == pytest.approx(2 * both / sizes.sum())
    assert rows.loc["", "value"] == pytest.approx((rows["value"].iloc[1:] * sizes).sum() / sizes.sum())
    labels = np.full((3, 18), math.nan)
    for number, (folder, article) in enumerate((("x", one), ("y", two), ("y", one), ("x", two), ("z", two))):
        document = with_tokens(article, [made[folder][article.id]["entities"]])
        start = 0 if article is one else 9
        labels[(0, 0, 1, 1, 2)[number], start : start + 9] = token_labels("entities", document)
    expected = nominal(labels)
    assert figures(found, ALL)["tokens", "entities"] == pytest.approx(expected)
    together, *alone = text_table(found).split("\n\n")
    assert together.startswith("all pairs: 3, 2 article(s)")
    assert [block.splitlines()[0] for block in alone] == [
        "ana and ben, 2 article(s)", "ana and cem, 1 article(s)", "ben and cem, 1 article(s)"
    ]  # fmt: skip
    assert "tokens GPE" in together
    assert "tokens GPE" not in alone[0]


def test_an_article_done_twice_compares_its_annotator_with_themselves() -> None:
    article = make_article(TEXT)
    made = passes(("then", "ana", article, FIRST), ("now", "ana", article, SECOND))
    (pair,) = compare([article], made).pairs
    assert [rater.name for rater in pair] == ["ana (then)", "ana (now)"]
    assert {rater.annotator for rater in pair} == {"ana"}


def test_layers_are_compared_one_by_one() -> None:
    """Where one has no entities, entity ids mean nothing: no part that compares them, and no speakers."""
    article = make_article(TEXT)
    made = passes(("x", "ana", article, FIRST), ("y", "ben", article, FIRST))
    del made["y"]["a1"]["entities"]
    found = compare([article], made)
    assert set(found.table["layer"]) == {"events", "quotes"}
    assert not found.table["part"].str.contains("entity").any()
    assert {item.kind for _, seen in found.observations for item in seen} == {
        "type", "modality", "polarity", "role", "source_class"
    }  # fmt: skip
    assert compare([article], {"x": made["x"]}).table.empty


def test_faulty_layers_are_refused_together() -> None:
    article = make_article(TEXT)
    made = passes(("x", "ana", article, FIRST), ("y", "ben", article, SECOND))
    made["x"]["a1"]["entities"]["mentions"][0]["type"] = "PLANET"
    del made["y"]["a1"]["quotes"]["annotator"]
    with pytest.raises(ProblemsError) as error:
        compare([article], made)
    assert [(problem.place[:8], problem.code) for problem in error.value.problems] == [
        ("x/entiti", "unknown-label"), ("y/quotes", "missing-field")
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(annotated())
def test_a_pass_agrees_fully_with_itself_or_not_definedly(sample: tuple[Article, dict[str, Row]]) -> None:
    article, layers = sample
    other = {layer: row | {"annotator": "other"} for layer, row in layers.items()}
    found = compare([article], {"x": {article.id: layers}, "y": {article.id: other}})
    assert set(found.table["value"].dropna().round(12)) <= {1.0}
    assert all(item.first == item.second and item.first_spans == item.second_spans
               for _, seen in found.observations for item in seen)  # fmt: skip


def test_the_table_of_two_whole_passes_is_that_of_the_card() -> None:
    """Ten articles of ten storylines: each part with the value and interval of `communique.agreement`."""
    everything = load_articles(ROOT / "seeds")
    articles = list({article.storyline: article for article in everything}.values())[:10]
    both = {name: read_pass(ROOT / "annotations" / name, everything) for name in ("first", "second")}
    found = compare(articles, both).table
    card = agreement(articles, *both.values()).rename(columns={"f1": "value"})
    columns = ["layer", "part", "value", "low", "high", "both", "articles"]
    shared = found[found["measure"] == "F1"].merge(card[["layer", "part"]])
    assert len(card) > 40
    pd.testing.assert_frame_equal(shared[columns], card[columns], check_dtype=False)
    assert (shared["first"] + shared["second"]).tolist() == (card["first"] + card["second"]).tolist()


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/agree.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_wrong_calls_are_told_plainly(tmp_path: Path) -> None:
    assert "at least two folders, and none twice" in run(tmp_path, tmp_path / ".." / tmp_path.name).stderr
    assert "ends in .html, .csv" in run("--out", tmp_path / "table.txt").stderr
    told = run(tmp_path / "none", tmp_path / "no")
    assert told.returncode == 0
    assert "no article is annotated in two of" in told.stdout
