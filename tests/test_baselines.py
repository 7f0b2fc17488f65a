"""The baselines learn a tiny corpus, predict valid rows from raw text alone, and survive training data with nothing."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from communique.articles import Article
from communique.baseline import System
from communique.dataset import read_gold
from communique.export import build_rows, export
from communique.files import read_json_lines
from communique.models import Document, Labelled
from communique.models.columns import casing, modality, place, quotation, words
from communique.predictions import prediction_problems
from communique.schema import Row
from communique.tasks import TASKS
from strategies import articles
from support import make_article
from tiny_corpus import BARE, CORPUS, EMPTY, EVENTLESS, PEOPLE, QUOTELESS, UNSEEN, gold_row, resolved, written

BASELINES = Path(__file__).parents[1] / "baselines"
PROGRAMS = ("entities_floor", "entities", "events_floor", "events", "quotes_floor", "quotes")
ALLOWED_FIELDS = ("id", "text", "tokens", "token_starts", "sentences", "paragraphs")
COLUMNS = (words, place, casing, quotation, modality)


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


def predictor(name: str, rows: Sequence[Row] | None = None) -> Callable[[Row], Row]:
    """The trained system as a function of an article's row."""
    found = system(name)
    return partial(found.predict, found.train(CORPUS if rows is None else rows))


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
    trained = "none" if name == "quotes_floor" else "train"
    assert (card["name"], card["training_data"], card["link"]) == (module.SYSTEM.name, trained, None)


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
    predict = partial(found.predict, found.train(CORPUS))
    trained = TASKS[found.task].evaluate(CORPUS, [predict(row) for row in CORPUS])["f1"]
    unseen = TASKS[found.task].evaluate([UNSEEN], [predict(UNSEEN)])["f1"]
    assert trained >= TRAINING_F1[name]
    assert unseen >= 0.85 * TRAINING_F1[name]


def test_names_never_seen_are_found_by_their_surroundings() -> None:
    row = gold_row(make_article("President Pelleit Vournam visited Taveilm on Friday.", "new"))
    found = predictor("entities")(row)["mentions"]
    assert ("Pelleit Vournam", "PERSON") in {(row["text"][m["start"] : m["end"]], m["type"]) for m in found}
    assert ("Taveilm", "GPE") in {(row["text"][m["start"] : m["end"]], m["type"]) for m in found}


def test_nominals_and_pronouns_are_found_beside_the_names() -> None:
    predicted = predictor("entities")(UNSEEN)
    text = UNSEEN["text"]
    found = {
        (text[m["start"] : m["end"]], m["type"], m["level"]) for m in predicted["mentions"] if m["level"] != "name"
    }
    assert found == {("a harbour", "FAC", "nominal"), ("he", "PERSON", "pronoun")}


def test_a_nominal_stands_apart_from_a_name_or_has_it_inside() -> None:
    fits = program("entities").fits
    names = [Labelled(4, 9, "GPE"), Labelled(20, 30, "PERSON")]
    fitting = [(0, 4), (9, 20), (30, 35), (0, 9), (4, 12), (2, 35)]
    clashing = [(4, 9), (20, 30), (0, 5), (8, 12), (5, 8), (20, 29), (0, 25), (25, 40)]
    assert [span for span in fitting + clashing if fits(Labelled(*span, "ORG/nominal"), names)] == fitting
    assert fits(Labelled(0, 3, "ORG/nominal"), [])


def test_nominals_leave_the_names_as_they_are() -> None:
    bare = [
        row | {"mentions": [item for item in row["mentions"] if item["level"] == "name"], "quotes": []}
        for row in CORPUS
    ]
    with_others, without = predictor("entities"), predictor("entities", bare)
    for row in (*CORPUS, UNSEEN):
        names = [
            [(m["start"], m["end"], m["type"]) for m in predict(row)["mentions"] if m["level"] == "name"]
            for predict in (with_others, without)
        ]
        assert names[0] == names[1]


def test_triggers_of_one_sentence_have_arguments_of_their_own() -> None:
    predicted, text = predictor("events")(UNSEEN), UNSEEN["text"]
    (visited,) = [event["id"] for event in predicted["events"] if text[event["start"] : event["end"]] == "visited"]
    (meet,) = [event["id"] for event in predicted["events"] if text[event["start"] : event["end"]] == "meet"]
    arguments = {
        (item["event"], item["role"], text[item["start"] : item["end"]])
        for item in predicted["arguments"]
        if item["event"] in {visited, meet}
    }
    # "President Izanti Muureqo visited Hurreim on Monday, and will meet Ruzaqo Vaqunte in Izeevo."
    assert arguments == {
        (visited, "agent", "Izanti Muureqo"),
        (visited, "place", "Hurreim"),
        (visited, "time", "Monday"),
        (meet, "participant", "Izanti Muureqo"),
        (meet, "participant", "Ruzaqo Vaqunte"),
        (meet, "place", "Izeevo"),
    }


def test_given_triggers_are_kept_and_get_attributes_and_arguments() -> None:
    events = program("events")
    state = events.train(CORPUS)
    text = UNSEEN["text"]
    triggers = [Labelled(text.index(word), text.index(word) + len(word), "MEET") for word in ("visited", "harbour")]
    found = events.described(state, UNSEEN, triggers)
    assert [(event["start"], event["end"], event["type"]) for event in found["events"]] == triggers
    assert {"agent", "place", "time"} <= {item["role"] for item in found["arguments"] if item["event"] == "e0"}
    right = events.described(state, UNSEEN, events.spans(UNSEEN["events"], "type"))
    slices = TASKS["events"].evaluate([UNSEEN], [right])["slices"]
    assert slices["trigger classification"]["f1"] == 1.0
    assert problems("events", [UNSEEN], [events.described(state, UNSEEN, [])]) == []


NESTED = [
    gold_row(
        make_article(
            f"{day}\n{person} told {outlet} that {other} had said that the {thing} was empty, and left.\n"
            f"{other} said that the {thing} was full.",
            f"n{number}",
        ),
        f"P 1\nM {person} | PERSON | one\nM {outlet} | ORG | outlet\nM {other} | PERSON | two\n"
        f"Q indirect | named | content={other} ~ empty | cue=told | source={person} | speaker=one | medium={outlet} "
        f"| medium_entity=outlet | id=outer\n"
        f"Q indirect | named | content=the {thing} ~ empty | cue=said | source={other} | speaker=two | parent=outer\n"
        f"P 2\nM {other} | PERSON | two\n"
        f"Q indirect | named | content=the {thing} ~ full | cue=said | source={other} | speaker=two",
    )
    for number, (day, person, outlet, other, thing) in enumerate(
        [("Monday", "Luzimo", "Zeevaq", "Teirult", "harbour"), ("Friday", "Heskoum", "Longshore", "Vaqunte", "yard"),
         ("Sunday", "Skoumer", "Zeevaq", "Luzimo", "bank"), ("Tuesday", "Vaqunte", "Longshore", "Heskoum", "port")]
    )
]  # fmt: skip


def test_a_quote_within_a_quote_has_it_as_parent_and_the_outlet_told_is_the_medium() -> None:
    row, text = NESTED[3], NESTED[3]["text"]
    predicted = predictor("quotes", NESTED[:3])(row)
    words = {part["quote"]: text[part["start"] : part["end"]] for part in predicted["contents"]}
    found = {
        words[quote["id"]]: (
            words.get(quote["parent"]),
            quote["medium_start"] and text[quote["medium_start"] : quote["medium_end"]],
        )
        for quote in predicted["quotes"]
    }
    outer = "Heskoum had said that the port was empty"
    assert found == {
        outer: (None, "Longshore"), "the port was empty": (outer, None), "the port was full": (None, None)
    }  # fmt: skip


def test_the_content_around_another_is_the_shortest_that_it_does_not_fill() -> None:
    around = program("quotes").around
    outer = [Labelled(*span, "content") for span in ((0, 30), (5, 20), (40, 50))]
    assert around(Labelled(6, 10, "content"), outer) == outer[1]
    assert around(Labelled(5, 20, "content"), outer) == outer[0]
    assert around(Labelled(18, 22, "content"), outer) == outer[0]
    assert around(Labelled(28, 45, "content"), outer) is None
    assert around(Labelled(40, 50, "content"), outer) is None


def test_a_pronoun_source_gives_the_person_named_last_and_split_quotes_stay_one() -> None:
    predicted = predictor("quotes")(UNSEEN)
    text = UNSEEN["text"]
    pronouns = [quote for quote in predicted["quotes"] if text[quote["source_start"] : quote["source_end"]] == "he"]
    assert [text[quote["speaker_start"] : quote["speaker_end"]] for quote in pronouns] == [PEOPLE[11 % 6]]
    parts = [sum(part["quote"] == quote["id"] for part in predicted["contents"]) for quote in predicted["quotes"]]
    assert parts == [2, 1, 2]


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("Luzimo and Vaqunte", "person", "Luzimo"),
        ("Luzimo, and its envoy", "person", "Luzimo"),
        ("Hurreim and its bank", "nominal", "Hurreim"),
        ("the two envoys", "person", "the two envoys"),
        ("Ministry of Fish and Salt", "ORG", "Ministry of Fish and Salt"),
    ],
)
def test_of_coordinated_speakers_the_first_speaks(text: str, label: str, expected: str) -> None:
    document = Document.of(gold_row(make_article(f"Yes, {text} said.")))
    found = program("quotes").first_of(document, Labelled(5, 5 + len(text), label))
    assert document.text[found.start : found.end] == expected


def test_the_floor_for_quotes_finds_a_quoted_sentence_its_verb_and_its_speaker() -> None:
    predicted = predictor("quotes_floor", [BARE])(EVENTLESS)
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
    predict = partial(found.predict, found.train(training))
    gold = [BARE, QUOTELESS, EVENTLESS, UNSEEN, EMPTY]
    assert problems(found.task, gold, [predict(row) for row in gold]) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_prediction_reads_no_gold_field(name: str) -> None:
    predict = predictor(name)
    for row in (*CORPUS, UNSEEN):
        assert predict({field: row[field] for field in ALLOWED_FIELDS}) == predict(row)


@pytest.fixture(scope="module")
def trained() -> list[tuple[str, Any]]:
    found = [system(name) for name in PROGRAMS]
    return [(one.task, partial(one.predict, one.train(CORPUS))) for one in found]


@settings(max_examples=40, deadline=None)
@given(article=articles())
def test_any_text_gets_valid_predictions(trained: list[tuple[str, Any]], article: Article) -> None:
    row = gold_row(article)
    for task, predict in trained:
        assert problems(task, [row], [predict(row)]) == []


@pytest.mark.parametrize("name", ["entities", "events", "quotes"])
def test_a_model_trained_again_scores_as_its_committed_predictions_do(name: str, tmp_path: Path) -> None:
    """Within half a point of F1: other machines sum in another order, and near ties fall differently."""
    module = program(name)
    assert module.main(["--predict", "test", "--out", str(tmp_path)]) == 0
    file = f"{module.SYSTEM.task}.test.jsonl"
    gold = read_gold(BASELINES.parent / "dataset", "test")
    again, committed = (
        TASKS[module.SYSTEM.task].evaluate(gold, [row for _, row in read_json_lines(folder / file)])["f1"]
        for folder in (tmp_path, BASELINES / "predictions" / module.SYSTEM.name)
    )
    assert again == pytest.approx(committed, abs=0.005)
