"""The baselines learn a tiny corpus, predict valid rows from raw text alone, and survive training data with nothing."""

import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from communique.articles import Article
from communique.baseline import System
from communique.dataset import read_gold
from communique.export import article_rows, build_rows, export
from communique.models import (
    LINKED,
    Document,
    Labelled,
    Lexicon,
    LinkClassifier,
    Pairs,
    SequenceLabeller,
    SpanClassifier,
)
from communique.models.bilou import allowed, decode, encode, tags_of, viterbi
from communique.models.classifier import CategoricalSVC, OneHot
from communique.models.columns import casing, modality, place, quotation, words
from communique.models.document import nearest
from communique.predictions import prediction_problems
from communique.schema import Row
from communique.sheet import resolve
from communique.tasks import TASKS
from strategies import articles
from support import make_article

BASELINES = Path(__file__).parents[1] / "baselines"
PROGRAMS = ("entities_floor", "entities", "events_floor", "events", "quotes_floor", "quotes")
ALLOWED_FIELDS = ("id", "text", "tokens", "token_starts", "sentences", "paragraphs")
COLUMNS = (words, place, casing, quotation, modality)

STATES = (("Peloumt", "Garreimb"), ("Tsaquna", "Izeevo"), ("Hurreim", "Dournelb"), ("Oruvat", "Meqolane"))
PEOPLE = ("Harrimb Teirult", "Aviqee Luzimo", "Doulet Skoumer", "Izanti Muureqo", "Noumi Heskoum", "Ruzaqo Vaqunte")


def written(number: int, split: str = "train") -> tuple[Article, str]:
    """One invented article and its sheet: a visit, an accusation, a denial, an embargo; four quotes."""
    (state, capital), (other, _) = STATES[number % 4], STATES[(number + 1) % 4]
    person, second = PEOPLE[number % 6], PEOPLE[(number + 2) % 6]
    day = ("Monday", "Tuesday", "Friday")[number % 3]
    text = "\n".join(
        [
            f"{state} imposes embargo on {other}",
            f"{capital} - President {person} visited {other} on {day}, and will meet {second} in {capital}.",
            f"“We have waited long enough,” {person} said. “The ships of {other} must leave.”",
            f"{other} accused {state} of shelling a harbour. Minister {second} said that the harbour was empty.",
            "“Nobody was there,” he added.",
            "“And nobody will be.”",
            f"{state} has imposed an embargo on {other}.",
        ]
    )
    entity = person.lower().replace(" ", "-")
    minister = second.lower().replace(" ", "-")
    sheet = f"""
    P 0
    M {state} | GPE | {state.lower()}
    M {other} | GPE | {other.lower()}
    E embargo | SANCTION | asserted | positive | agent={state} | target={other}
    P 1
    M {capital}#1 | GPE | {capital.lower()}
    M President | ROLE | {entity}
    M {person} | PERSON | {entity}
    M {other} | GPE | {other.lower()}
    M {day} | DATE
    M {second} | PERSON | {minister}
    M {capital}#2 | GPE | {capital.lower()}
    E visited | MEET | asserted | positive | agent={person} | place={other} | time={day}
    E meet | MEET | planned | positive | participant={person} | participant={second} | place={capital}#2
    P 2
    M {person} | PERSON | {entity}
    M {other} | GPE | {other.lower()}
    Q direct | named | content=“We ~ enough,” | content=“The ~ leave.” | cue=said | source={person} | speaker={entity}
    P 3
    M {other} | GPE | {other.lower()}
    M {state} | GPE | {state.lower()}
    M a harbour | FAC | harbour | nominal
    M Minister | ROLE | {minister}
    M {second} | PERSON | {minister}
    E accused | ACCUSE | asserted | positive | agent={other} | target={state} | theme=shelling
    E shelling | ATTACK | alleged | positive | agent={state} | target=a harbour | source_entity={other.lower()}
    Q indirect | named | content=the harbour was empty | cue=said | source={second} | speaker={minister}
    P 4
    M he | PERSON | {minister} | pronoun
    Q direct | named | content=“Nobody ~ there,” | content=“And ~ be.”@5 | cue=added | source=he | speaker={minister}
    P 6
    M {state} | GPE | {state.lower()}
    M {other} | GPE | {other.lower()}
    E embargo | SANCTION | asserted | positive | agent={state} | target={other}
    """
    return make_article(text, f"a{number}", split=split), sheet


def resolved(article: Article, sheet: str) -> dict[str, Row]:
    return resolve(sheet, article, "ana", "0.1")


def joined(article: Article, sheet: str = "") -> Row:
    """The joined gold row, as `read_gold` gives it."""
    rows = article_rows(article, resolved(article, sheet))
    return {name: value for row in rows.values() for name, value in row.items()}


CORPUS = [joined(*written(number)) for number in range(8)]
UNSEEN = joined(*written(9))
"""Of persons and states that the corpus has, on a day and in a pairing of its own."""

BARE = joined(make_article("Nothing happened\nA quiet day, with no news.", "bare"))
QUOTELESS = joined(
    make_article("Peloumt imposes embargo on Hurreim", "quoteless"),
    "P 0\nM Peloumt | GPE | peloumt\nM Hurreim | GPE | hurreim\n"
    "E embargo | SANCTION | asserted | positive | agent=Peloumt | target=Hurreim",
)
EVENTLESS = joined(
    make_article("Silence\n“Nothing,” Luzimo said.", "eventless"),
    "P 1\nM Luzimo | PERSON | luzimo\n"
    "Q direct | named | content=“Nothing,” | cue=said | source=Luzimo | speaker=luzimo",
)
EMPTY = {name: [] if isinstance(value, list) else value for name, value in BARE.items()} | {"id": "empty", "text": ""}


def program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"baseline_{name}", BASELINES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def system(name: str) -> System:
    found: System = program(name).SYSTEM
    return found


def problems(task: str, gold: Sequence[Row], predicted: Sequence[Row]) -> list[Any]:
    return prediction_problems(task, gold, [(f"row {number}", row) for number, row in enumerate(predicted)])


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported dataset with the splits train (six articles), test and real (one each)."""
    parts = [written(number, "train") for number in range(6)] + [written(6, "test"), written(9, "real")]
    rows = build_rows([article for article, _ in parts], {article.id: resolved(article, s) for article, s in parts}, [])
    folder = tmp_path_factory.mktemp("data") / "dataset"
    export(rows, folder, "0.0.1")
    return folder


# The programs


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_writes_valid_predictions_and_a_card_and_the_same_bytes_twice(
    name: str, dataset: Path, tmp_path: Path
) -> None:
    module = program(name)
    for out in ("one", "two"):
        assert module.main(["--dataset", str(dataset), "--out", str(tmp_path / out)]) == 0
    task = module.SYSTEM.task
    written_files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert written_files == sorted(["card.yaml", f"{task}.real.jsonl", f"{task}.test.jsonl"])
    for file in written_files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    card = yaml.safe_load((tmp_path / "one" / "card.yaml").read_text(encoding="utf-8"))
    assert (card["name"], card["training_data"], card["link"]) == (module.SYSTEM.name, "train", None)


def test_predictions_do_not_depend_on_the_process(dataset: Path, tmp_path: Path) -> None:
    contents = set()
    for seed in ("1", "2"):
        command = [
            sys.executable,
            str(BASELINES / "events.py"),
            "--dataset",
            str(dataset),
            "--out",
            str(tmp_path / seed),
        ]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True)
        contents.add((tmp_path / seed / "events.real.jsonl").read_bytes())
    assert len(contents) == 1


def test_an_absent_split_is_an_error_that_names_those_that_exist(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--dataset", str(dataset), "--out", str(tmp_path / "out")]
    assert program("entities").main([*arguments, "--train", "validation"]) == 1
    assert "real, test, train" in capsys.readouterr().err
    assert program("entities").main([*arguments, "--predict", "shift"]) == 1
    assert "real, test, train" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_dataset_with_nothing_to_predict_is_an_error(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = tmp_path / "alone"
    for file in dataset.glob("*/train.parquet"):
        (alone / file.parent.name).mkdir(parents=True)
        shutil.copy(file, alone / file.parent.name)
    assert program("quotes_floor").main(["--dataset", str(alone), "--out", str(tmp_path / "out")]) == 1
    assert "nothing to predict" in capsys.readouterr().err


def test_one_article_is_enough_to_train_on_and_predict(dataset: Path, tmp_path: Path) -> None:
    for name in PROGRAMS:
        out = tmp_path / name
        arguments = ["--dataset", str(dataset), "--train", "real", "--predict", "real", "--out", str(out)]
        assert program(name).main(arguments) == 0
    assert len(read_gold(dataset, "real")) == 1


# What is learnt

TRAINING_F1 = {
    "entities_floor": 0.85,
    "entities": 0.99,
    "events_floor": 0.4,
    "events": 0.95,
    "quotes_floor": 2 / 7,  # of three quotes an article one is found with its speaker, and four are predicted
    "quotes": 0.95,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_training_articles_are_predicted_well_and_unseen_ones_sensibly(name: str) -> None:
    found = system(name)
    predict = found.train(CORPUS)
    trained = TASKS[found.task].evaluate(CORPUS, [predict(row) for row in CORPUS])["f1"]
    unseen = TASKS[found.task].evaluate([UNSEEN], [predict(UNSEEN)])["f1"]
    assert trained >= TRAINING_F1[name]
    assert unseen >= 0.85 * TRAINING_F1[name]


def test_names_never_seen_are_found_by_their_surroundings() -> None:
    row = joined(make_article("President Pelleit Vournam visited Taveilm on Friday.", "new"))
    found = system("entities").train(CORPUS)(row)["mentions"]
    assert ("Pelleit Vournam", "PERSON") in {(row["text"][m["start"] : m["end"]], m["type"]) for m in found}
    assert ("Taveilm", "GPE") in {(row["text"][m["start"] : m["end"]], m["type"]) for m in found}


def test_a_pronoun_source_gives_the_person_named_last_and_split_quotes_stay_one() -> None:
    predicted = system("quotes").train(CORPUS)(UNSEEN)
    text = UNSEEN["text"]
    pronouns = [quote for quote in predicted["quotes"] if text[quote["source_start"] : quote["source_end"]] == "he"]
    assert [text[quote["speaker_start"] : quote["speaker_end"]] for quote in pronouns] == [PEOPLE[11 % 6]]
    parts = [sum(part["quote"] == quote["id"] for part in predicted["contents"]) for quote in predicted["quotes"]]
    assert parts == [2, 1, 2]


def test_the_floor_for_quotes_finds_a_quoted_sentence_its_verb_and_its_speaker() -> None:
    predicted = system("quotes_floor").train([BARE])(EVENTLESS)
    (quote,), (content,), text = predicted["quotes"], predicted["contents"], EVENTLESS["text"]
    assert text[content["start"] : content["end"]] == "“Nothing,”"
    assert text[quote["cue_start"] : quote["cue_end"]] == "said"
    assert text[quote["speaker_start"] : quote["speaker_end"]] == "Luzimo"


# What may go wrong


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    "training",
    [[BARE], [QUOTELESS], [EVENTLESS], [BARE, EVENTLESS, QUOTELESS], [UNSEEN], [EMPTY], [EMPTY, UNSEEN]],
    ids=["bare", "quoteless", "eventless", "mixed", "one", "empty", "empty-and-one"],
)
def test_training_data_with_nothing_to_learn_does_not_break_a_program(name: str, training: list[Row]) -> None:
    found = system(name)
    predict = found.train(training)
    gold = [BARE, QUOTELESS, EVENTLESS, UNSEEN, EMPTY]
    assert problems(found.task, gold, [predict(row) for row in gold]) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_prediction_reads_no_gold_field(name: str) -> None:
    predict = system(name).train(CORPUS)
    for row in (*CORPUS, UNSEEN):
        assert predict({field: row[field] for field in ALLOWED_FIELDS}) == predict(row)


@pytest.fixture(scope="module")
def trained() -> list[tuple[str, Any]]:
    found = [system(name) for name in PROGRAMS]
    return [(one.task, one.train(CORPUS)) for one in found]


@settings(max_examples=40, deadline=None)
@given(article=articles())
def test_any_text_gets_valid_predictions(trained: list[tuple[str, Any]], article: Article) -> None:
    row = joined(article)
    for task, predict in trained:
        assert problems(task, [row], [predict(row)]) == []


# The engine

TAGS = tags_of(["X", "Y"])


def valid(tags: Sequence[str]) -> bool:
    """BILOU by its definition: B, I and L make closed chains of one label, O and U stand alone."""
    inside: str | None = None
    for tag in tags:
        if inside is None and tag[0] in "IL":
            return False
        if inside is not None and (tag[0] not in "IL" or tag[2:] != inside):
            return False
        inside = tag[2:] if tag[0] in "BI" else None
    return inside is None


@settings(deadline=None)
@given(data=st.data(), tokens=st.integers(0, 4), labels=st.integers(0, 2))
def test_viterbi_gives_a_valid_sequence_with_the_largest_sum(data: st.DataObject, tokens: int, labels: int) -> None:
    tags = tags_of(["X", "Y"][:labels])
    margin = st.integers(-4, 4) | st.just(-1_000_000)
    shape = st.lists(st.lists(margin, min_size=len(tags), max_size=len(tags)), min_size=tokens, max_size=tokens)
    margins = np.array(data.draw(shape), dtype=float).reshape(tokens, len(tags))
    found = viterbi(margins, tags)
    assert len(found) == tokens
    assert valid(found)

    def total(path: Sequence[str]) -> float:
        return float(sum(margins[number, tags.index(tag)] for number, tag in enumerate(path)))

    best = max(total(path) for path in itertools.product(tags, repeat=tokens) if valid(path))
    assert total(found) == best


def test_allowed_steps_are_those_of_valid_sequences() -> None:
    # A step is allowed when some valid sequence of up to four tags contains it.
    sequences = [path for path in itertools.product(TAGS, repeat=4) if valid(path)]
    steps = {step for path in sequences for step in itertools.pairwise(path)}
    matrix = allowed(TAGS)
    assert {(TAGS[i], TAGS[j]) for i, j in np.argwhere(matrix)} == steps


@given(data=st.data(), article=articles())
def test_tags_keep_flat_spans(data: st.DataObject, article: Article) -> None:
    document = Document.of(joined(article))
    size = len(document.words)
    borders = sorted(data.draw(st.sets(st.integers(0, size), max_size=6)))
    spans = [
        document.labelled(first, last, data.draw(st.sampled_from("XY")))
        for first, last in itertools.pairwise(borders)
        if data.draw(st.booleans())
    ]
    tags = encode(document, spans)
    assert valid(tags)
    assert decode(document, tags) == spans


def test_of_overlapping_spans_the_longest_is_learnt() -> None:
    document = Document.of(joined(make_article("Luzimo and Vaqunte said so.")))
    spans = [Labelled(0, 6, "X"), Labelled(0, 18, "Y"), Labelled(11, 18, "X")]
    assert encode(document, spans) == ["B-Y", "I-Y", "L-Y", "O", "O", "O"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A “b c” d", "0 1 1 1 1 0"),
        ('A "b" c "d" e', "0 1 1 1 0 1 1 1 0"),
        (
            "A “b\nc” d",
            "0 1 1 0 0 0",
        ),  # a mark left open holds to the end of its paragraph; a lone closing mark is nothing
        ("a “b", "0 1 1"),
        ("“a “b” c", "1 1 1 1 1 0"),
        ("a", "0"),
    ],
)
def test_tokens_inside_quote_marks(text: str, expected: str) -> None:
    document = Document.of(joined(make_article(text)))
    assert " ".join(str(int(inside)) for inside in document.quoted) == expected


def test_capitalised_spans_leave_out_words_that_the_article_writes_small() -> None:
    text = "The Osmolt Hall\nThe hall of Peloumt, the Shelf Bank and U.S. ports opened. Luzimo left."
    document = Document.of(joined(make_article(text)))
    found = [text[span.start : span.end] for span in document.capitalised()]
    assert found == ["Osmolt", "Peloumt", "Shelf Bank", "U.S.", "Luzimo"]


def test_the_nearest_span_is_the_earlier_of_two_and_none_of_none() -> None:
    left, right = Labelled(0, 3, "a"), Labelled(8, 9, "b")
    assert nearest(5, 6, [right, left]) == left
    assert nearest(6, 7, [left, right]) == right
    assert nearest(0, 1, []) is None


@pytest.mark.parametrize("function", COLUMNS)
@settings(max_examples=30, deadline=None)
@given(article=articles())
def test_columns_have_a_row_per_token_and_stop_at_the_article(function: Any, article: Article) -> None:
    row = joined(article)
    columns = function(Document.of(row))
    assert columns.shape[0] == len(row["tokens"])
    assert columns.dtype == np.int64
    empty = function(Document.of(EMPTY))
    assert empty.shape == (0, columns.shape[1])


def test_neighbours_stop_at_the_paragraph() -> None:
    one = words(Document.of(joined(make_article("Talks\nLuzimo left"))))
    other = words(Document.of(joined(make_article("Silence\nLuzimo left"))))
    assert (one[1:] == other[1:]).all()
    assert (one[0] != other[0]).any()


def test_the_estimators_are_estimators_of_scikit_learn() -> None:
    for model in (
        SequenceLabeller((words, place), cost=0.5),
        Lexicon(True),
        LinkClassifier(2.0),
        SpanClassifier((words,)),
    ):
        assert clone(model).get_params() == model.get_params()


def test_a_labeller_of_one_class_predicts_that_class_validly() -> None:
    document = Document.of(joined(make_article("Luzimo Vaqunte Teirult")))
    every = [document.labelled(number, number + 1, "PERSON") for number in range(3)]
    assert SequenceLabeller((words,)).fit([document], [every]).predict([document]) == [every]
    assert SequenceLabeller((words,)).fit([document], [[]]).predict([document]) == [[]]


def test_a_lexicon_takes_the_longest_match_and_the_majority() -> None:
    document = Document.of(joined(make_article("Shelf Bank left the Shelf. Shelf stayed.")))
    bank, shelf, last = (document.labelled(*ends) for ends in ((0, 2, "ORG"), (4, 5, "LOC"), (6, 7, "LOC")))
    spans = [bank, shelf, last._replace(label="ORG"), document.labelled(6, 7, "LOC")]
    assert Lexicon().fit([document], [spans]).predict([document]) == [[bank, shelf, last]]
    assert Lexicon().fit([document], [[]]).predict([document]) == [[]]


def test_pairs_keep_their_reach_and_never_pair_a_span_with_itself() -> None:
    document = Document.of(joined(make_article("Teirult met Luzimo\nVaqunte left\nHeskoum stayed")))
    first, second, third, fourth = (document.labelled(at, at + 1, "PERSON") for at in (0, 2, 3, 5))
    spans = [first, second, third, fourth]
    assert Pairs(document, [first], spans).index.tolist() == [[0, 1]]
    assert Pairs(document, [first], spans, reach=1).index.tolist() == [[0, 1], [0, 2]]
    assert Pairs(document, [], spans).index.tolist() == []
    assert Pairs(document, spans, []).columns().shape == (0, Pairs(document, [first], spans).columns().shape[1])


def test_the_best_candidate_is_none_where_none_looks_linked() -> None:
    document = Document.of(joined(make_article("Teirult met Luzimo\nLuzimo met Teirult\nVaqunte met Heskoum")))
    met = [document.labelled(number, number + 1, "MEET") for number in (1, 4, 7)]
    before, after = ([document.labelled(at, at + 1, "PERSON") for at in places] for places in ((0, 3, 6), (2, 5, 8)))
    pairs = Pairs(document, met, [*before, *after])
    model = LinkClassifier(1.0).fit([pairs], [{(number, number): LINKED for number in range(3)}])
    assert model.best(pairs) == {0: 0, 1: 1, 2: 2}
    assert model.best(Pairs(document, met, after)) == {}


def test_pairs_none_of_which_training_showed_are_not_linked() -> None:
    document = Document.of(joined(make_article("Teirult met Luzimo")))
    spans = [document.labelled(0, 1, "PERSON"), document.labelled(2, 3, "PERSON")]
    untaught = LinkClassifier().fit([Pairs(document, [], [])], [{}])
    assert untaught.predict(Pairs(document, spans, spans)) == {}
    assert untaught.best(Pairs(document, spans, spans)) == {}


def test_rare_and_unknown_categories_share_a_feature_per_column() -> None:
    # Kept: 5 of the first column and 9 of the second, in some order; then one feature for the rest of each column.
    encoder = OneHot(min_count=2).fit(np.array([[5, 9], [5, 9], [6, 5]]))
    dense = encoder.transform(np.array([[5, 9], [6, 5], [7, 9]])).toarray()
    assert dense.shape == (3, 4)
    assert dense.sum(axis=1).tolist() == [2, 2, 2]
    assert dense[:, 2:].tolist() == [[0, 0], [1, 1], [1, 0]]
    assert encoder.transform(np.zeros((0, 2), dtype=np.int64)).shape == (0, 4)


def test_margins_have_a_column_per_class_also_of_two() -> None:
    columns = np.array([[1], [1], [2], [2]])
    two = CategoricalSVC(1.0).fit(columns, ["a", "a", "b", "b"])
    assert two.decision_function(columns).shape == (4, 2)
    assert two.predict(columns) == ["a", "a", "b", "b"]
    one = CategoricalSVC().fit(columns, ["a"] * 4)
    assert one.decision_function(columns).tolist() == [[0.0]] * 4
    assert one.predict(columns) == ["a"] * 4
