"""Any articles to a real server, with predictions and context; cut anywhere and run again; and the way back."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from label_studio_sdk import LabelStudio

from communique import label_studio, server
from communique.annotation import write_layer
from communique.articles import Article, bare_article
from communique.inputs import articles_of
from communique.problems import ProblemsError
from communique.schema import LAYERS, Row
from communique.sheet import resolve
from communique.workshop.connection import connect, find_project, project_of, tasks_of
from communique.workshop.context import marked, read_context, show_context
from communique.workshop.preannotate import Preannotation, preannotate, read_preannotations
from communique.workshop.pull import pull
from communique.workshop.push import push
from communique.workshop.submit import submit

ROOT = Path(__file__).parents[1]
CONFIGS = {
    layer: (ROOT / "annotations" / "label_studio" / f"{layer}.xml").read_text(encoding="utf-8") for layer in LAYERS
}
TEXT = """🙂 Garreimb <b>& Co.</b>
“We keep our word,” Harrimb Teirult said in Tsaquna.
He joined the Shelf Bank."""
SHEET = """P 0
M Garreimb | GPE | peloumt | metonym
P 1
M We | GPE | peloumt | pronoun
M Harrimb Teirult | PERSON | harrimb-teirult
M Tsaquna | GPE | tsaquna
Q direct | named | content=“We keep our word,” | cue=said | source=Harrimb Teirult | speaker=harrimb-teirult
P 2
M He | PERSON | harrimb-teirult | pronoun
M Shelf Bank | ORG | shelf-bank
E joined | MEMBERSHIP | asserted | positive | agent=He | target=Shelf Bank
"""
OTHER = "Talks begin\nNobody came."


def span(words: str, prefix: str = "", text: str = TEXT) -> Row:
    start = text.index(words)
    return {f"{prefix}start": start, f"{prefix}end": start + len(words)}


NO_SPAN: Row = {f"{part}_{end}": None for part in ("cue", "source", "medium", "speaker") for end in ("start", "end")}
PREDICTED: dict[str, Row] = {
    "entities": {"mentions": [{**span("Tsaquna"), "type": "GPE", "level": "name"}]},
    "events": {
        "events": [{"id": "a1", "type": "OFFICE", **span("joined"), "modality": "asserted", "polarity": "positive"}],
        "arguments": [{"event": "a1", "role": "agent", **span("He")}],
    },
    "quotes": {
        "quotes": [{"id": "cue1", "type": "direct", "source_class": "named", "parent": None, **NO_SPAN,
                    **span("said", "cue_"), **span("Harrimb Teirult", "source_"), **span("Harrimb", "speaker_")}],
        "contents": [{"quote": "cue1", **span("“We keep our word,”")}],
    },
}  # fmt: skip
"""What a system says of TEXT; the ids are such as our own results use for other things."""
NOTHING: dict[str, Row] = {"mentions": [], "events": [], "arguments": [], "quotes": [], "contents": []}


def articles(*names: str) -> list[Article]:
    return [bare_article(name, TEXT if number == 0 else OTHER) for number, name in enumerate(names)]


def predictions(folder: Path, *names: str, **changed: Row) -> Path:
    """A folder of predictions for all layers, in which the first article has some and the others none."""
    folder.mkdir(exist_ok=True)
    for layer, tables in (PREDICTED | changed).items():
        rows = [
            {"id": name, **(tables if number == 0 else {table: NOTHING[table] for table in tables})}
            for number, name in enumerate(names)
        ]
        (folder / f"{layer}.test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def clients(studio: Path, email: str) -> tuple[LabelStudio, LabelStudio]:
    """Of the owner and of the annotator."""
    return connect(studio, server.owner(studio)), connect(studio, server.ensure_account(studio, email))


def codes(error: pytest.ExceptionInfo[ProblemsError]) -> Counter[str]:
    return Counter(problem.code for problem in error.value.problems)


def script(name: str, *given: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / name), *map(str, given)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_any_input_becomes_the_same_articles(tmp_path: Path) -> None:
    texts = {"a": TEXT, "b": OTHER}
    (tmp_path / "texts").mkdir()
    for name, text in texts.items():
        (tmp_path / "texts" / f"{name}.txt").write_text(text, encoding="utf-8")
    rows = [{"id": name, "text": text, "more": 1} for name, text in texts.items()]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    for name in ("texts", "rows.jsonl", "rows.parquet"):
        found = articles_of(tmp_path / name)
        assert [(article.id, article.text) for article in found] == list(texts.items())
        assert found[0].paragraphs[1]["start"] == TEXT.index("“We")


def test_faults_of_an_input_are_told_all_at_once(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "Title\r\nBody"},
        {"id": "a", "text": "Again"},
        {"id": "b", "text": "\nNo title"},
        {"id": "c", "text": "N\0L and \ufeff"},
        {"id": "d"},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{", encoding="utf-8")
    with pytest.raises(ProblemsError) as error:
        articles_of(tmp_path / "rows.jsonl")
    told = [(problem.place, problem.code) for problem in error.value.problems]
    assert told == [
        ("rows.jsonl:1", "bad-value"),
        ("rows.jsonl:2", "duplicate-article"),
        ("rows.jsonl:3", "bad-value"),
        ("rows.jsonl:4", "bad-value"),
        ("rows.jsonl:4", "bad-value"),
        ("rows.jsonl:5", "missing-field"),
        ("rows.jsonl:6", "bad-json"),
    ]


def test_a_pull_takes_what_the_annotator_made_and_neither_predictions_nor_context(studio: Path, tmp_path: Path) -> None:
    """The whole door: push of texts, with predictions and context, annotation, pull."""
    email, (first, second) = "all@example.org", articles("a", "b")
    for article in (first, second):
        (tmp_path / "texts").mkdir(exist_ok=True)
        (tmp_path / "texts" / f"{article.id}.txt").write_text(article.text, encoding="utf-8")
    rows = {layer: [row] for layer, row in resolve(SHEET, first, email, "0.1").items()}
    nothing = resolve("", second, email, "0.1")
    write_layer(tmp_path / "mine", "entities", [*rows["entities"], nothing["entities"]])
    call = (email, "--home", studio, "--articles", tmp_path / "texts",
            "--predictions", predictions(tmp_path / "system", "a", "b"), "--context", tmp_path / "mine")  # fmt: skip
    for created, present in ((2, 0), (0, 2)):
        done = script("push.py", *call)
        assert done.returncode == 0, done.stderr
        counts = [f"{email} {layer}: {created} {what} created, {present} were there"
                  for what in ("tasks", "predictions") for layer in LAYERS]  # fmt: skip
        assert done.stdout.splitlines() == [*counts, f"{email}: 0 tasks show other context than before"]
    owner, annotator = clients(studio, email)
    assert all(found == [] for found in pull(annotator, email, [first, second], "0.1").values())
    assert submit(annotator, email, rows, [first, second]) == 3
    assert pull(annotator, email, [first, second], "0.1") == rows
    for layer in LAYERS:
        project = project_of(owner, layer, email)
        assert ("$context" in project.label_config) == (layer != "entities")
        shown = [task["data"].get("context", "") for task in tasks_of(owner, project.id)]
        assert ["Tsaquna</span><sub" in html for html in shown] == [layer != "entities", False]


def test_predictions_say_on_the_server_what_the_system_said(studio: Path, tmp_path: Path) -> None:
    email, (first,) = "says@example.org", articles("a")
    owner, annotator = clients(studio, email)
    push(owner, CONFIGS, email, [first])
    folder = predictions(tmp_path / "system", "a")
    assert preannotate(owner, email, [first], read_preannotations([folder], [first])) == dict.fromkeys(LAYERS, (1, 0))
    me = annotator.users.whoami().id
    for layer, tables in PREDICTED.items():
        (prediction,) = owner.predictions.list(project=project_of(owner, layer, email).id)
        assert prediction.model_version == "system"
        annotation = {"id": 1, "completed_by": me, "result": prediction.result}
        task = {"data": {"text": TEXT}, "annotations": [annotation]}
        row, faults = label_studio.read_task(layer, task, first, email, me, "0.1")
        assert row is not None
        assert faults == []
        for table, (item, *_) in tables.items():
            (back,) = row[table]
            names = [name for name in item if name not in ("id", "event", "quote", "speaker_start", "speaker_end")]
            assert {name: back[name] for name in names} == {name: item[name] for name in names}


def test_predictions_are_checked_before_anything_is_sent(studio: Path, tmp_path: Path) -> None:
    email = "bad@example.org"
    wrong: Row = {"mentions": [
        {"start": 2, "end": 10, "type": "PLANET", "level": "name"},
        {"start": 5, "end": 999, "type": "GPE", "level": "name"},
        {"start": 0, "end": 8, "type": "GPE", "level": "name", "text": "Garreimb"},
    ]}  # fmt: skip
    folder = predictions(tmp_path / "system", "a", entities=wrong)
    (tmp_path / "texts").mkdir()
    for article in articles("a", "b"):
        (tmp_path / "texts" / f"{article.id}.txt").write_text(article.text, encoding="utf-8")
    done = script("push.py", email, "--home", studio, "--articles", tmp_path / "texts", "--predictions", folder)
    assert done.returncode == 1
    for code, count in {"unknown-label": 1, "offset-out-of-range": 1, "text-mismatch": 1, "missing-article": 3}.items():
        assert done.stderr.count(f"[{code}]") == count
    owner, _ = clients(studio, email)
    assert all(find_project(owner, layer, email) is None for layer in LAYERS)


def test_folders_of_predictions_are_one_for_each_layer(tmp_path: Path) -> None:
    """`scripts/annotate.py` leaves the rows that it rejected beside the labels; rows of other articles are left out."""
    given = articles("a")
    one, other = predictions(tmp_path / "one", "a", "b"), predictions(tmp_path / "other", "a")
    (one / "rejected.jsonl").write_text('{"place": "x"}\n')
    found = read_preannotations([one], given)
    assert {layer: (known.system, list(known.tables)) for layer, known in found.items()} == dict.fromkeys(
        LAYERS, ("one", ["a"])
    )
    (other / "quotes.test.jsonl").write_text('{"id": "a"}\n')
    (tmp_path / "none").mkdir()
    with pytest.raises(ProblemsError) as error:
        read_preannotations([one, other, tmp_path / "none"], given)
    assert codes(error) == {"bad-value": 2, "missing-field": 1, "missing-file": 1}


def test_a_task_without_its_prediction_gets_it_and_another_of_the_same_name_is_refused(
    studio: Path, tmp_path: Path
) -> None:
    email, both = "some@example.org", articles("a", "b")
    owner, _ = clients(studio, email)
    push(owner, CONFIGS, email, both)
    folder = predictions(tmp_path / "system", "a", "b")
    assert preannotate(owner, email, both[:1], read_preannotations([folder], both[:1]))["events"] == (1, 0)
    assert preannotate(owner, email, both, read_preannotations([folder], both))["events"] == (1, 1)
    less = predictions(tmp_path / "system", "a", "b", events={"events": [], "arguments": []})
    with pytest.raises(ProblemsError, match="other predictions of system"):
        preannotate(owner, email, both, read_preannotations([less], both))
    found = owner.predictions.list(project=project_of(owner, "events", email).id)
    assert sorted(len(prediction.result) for prediction in found) == [0, 5]  # span, 2 attributes, span, relation


def test_predictions_that_the_server_did_not_create_are_told(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers 201 and leaves out those that its config cannot have made."""
    email, given = "counted@example.org", articles("a")
    owner, _ = clients(studio, email)
    push(owner, CONFIGS, email, given)
    stranger = {"id": "x", "from_name": "nobody", "to_name": "text", "type": "labels", "value": {}}
    monkeypatch.setattr(label_studio, "make_results", lambda *_: [stranger])
    with pytest.raises(ProblemsError, match="1 predictions sent, 0 created"):
        preannotate(owner, email, given, {"entities": Preannotation("system", {"a": {"mentions": []}})})


def write_mentions(folder: Path, article: Article, sheet: str) -> dict[str, str]:
    write_layer(folder, "entities", [resolve(sheet, article, "ana", "0.1")["entities"]])
    return read_context(folder, [article])


def test_context_can_come_later_and_change_under_annotations(studio: Path, tmp_path: Path) -> None:
    email, both = "later@example.org", articles("a", "b")
    owner, annotator = clients(studio, email)
    push(owner, CONFIGS, email, both)
    rows = {layer: [row] for layer, row in resolve(SHEET, both[0], email, "0.1").items()}
    submit(annotator, email, rows, both)
    context = write_mentions(tmp_path, both[0], SHEET)
    assert show_context(owner, email, both[:1], context) == 4  # two layers, two tasks each, one with nothing to show
    assert show_context(owner, email, both[:1], context) == 0
    third = bare_article("c", OTHER)
    assert push(owner, CONFIGS, email, [*both, third]) == dict.fromkeys(LAYERS, (1, 2))
    assert show_context(owner, email, both[:1], write_mentions(tmp_path, both[0], "P 0\nM Garreimb | GPE | x\n")) == 2
    shown = {
        task["data"]["article"]: task["data"]["context"]
        for task in tasks_of(owner, project_of(owner, "quotes", email).id)
    }
    assert [("GPE x</sub>" in html, "Tsaquna</span>" in html) for html in shown.values()] == [
        (True, False), (False, False), (False, False)
    ]  # fmt: skip
    assert (shown["b"], shown["c"]) == ("", "")
    assert pull(annotator, email, [*both, third], "0.1") == rows


def test_context_is_checked_and_wanted_for_every_article(tmp_path: Path) -> None:
    both = articles("a", "b")
    with pytest.raises(ProblemsError) as error:
        read_context(tmp_path, both)
    assert codes(error) == {"missing-file": 1}
    row = resolve(SHEET, both[0], "ana", "0.1")["entities"]
    row["mentions"][0]["type"] = "PLANET"
    line = json.dumps(row) + "\n"
    (tmp_path / "entities.jsonl").write_text(line + line.replace('"a"', '"other"') + line, encoding="utf-8")
    with pytest.raises(ProblemsError) as error:
        read_context(tmp_path, both)
    assert codes(error) == {"unknown-label": 2, "duplicate-article": 1, "missing-article": 1}


def test_marked_text_is_escaped_and_mentions_may_cross() -> None:
    """By hand: "<a" lies in one mention, "&" in both, "b" in the second."""
    mentions = [
        {"start": 1, "end": 4, "type": "GPE", "entity": "x"},
        {"start": 3, "end": 5, "type": "DATE", "entity": None},
    ]
    html = marked("🙂<a&b", mentions)
    light, dark = ("background: rgba(90, 130, 180, 0.2)", "background: rgba(90, 130, 180, 0.4)")
    assert (
        f'🙂<span style="{light}">&lt;a</span><span style="{dark}">&amp;</span><sub style="color: #456">GPE x</sub>'
        f'<span style="{light}">b</span><sub style="color: #456">DATE</sub></div>'
    ) in html


class CutError(Exception):
    """Stands for a client that died."""


def count(owner: LabelStudio, email: str) -> tuple[int, int, int]:
    """Projects of the annotator's events, their tasks and predictions."""
    projects = [project for project in owner.projects.list(title=email) if project.title == f"events {email}"]
    tasks = [task for project in projects for task in tasks_of(owner, project.id)]
    found = [prediction for project in projects for prediction in owner.predictions.list(project=project.id)]
    return len(projects), len(tasks), len(found)


@pytest.mark.parametrize("moment", ["before", "after", "meanwhile"])
def test_a_push_that_was_cut_is_completed_and_nothing_is_there_twice(
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """At each of its calls the client dies before the call reached the server, or after it; or it died before, and the
    server ends its work at that call while this push makes the same.
    """
    email, both = f"{moment}@example.org", articles("a", "b")
    owner, _ = clients(studio, email)
    given = {"events": read_preannotations([predictions(tmp_path / "system", "a", "b")], both)["events"]}

    def run() -> tuple[Any, Any]:
        done = push(owner, {"events": CONFIGS["events"]}, email, both)
        return done, preannotate(owner, email, both, given)

    def cut(whole: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if moment != "before":
                whole(*args, **named)
            if moment != "meanwhile":
                raise CutError
            return whole(*args, **named)

        return call

    calls = ("create", "import_tasks", "import_predictions")
    for names in [calls] if moment == "meanwhile" else [(name,) for name in calls]:
        with monkeypatch.context() as patched, suppress(CutError):
            for name in names:
                patched.setattr(owner.projects, name, cut(getattr(owner.projects, name)))
            run()
            assert count(owner, email) == (1, 2, 2)
    run()
    assert count(owner, email) == (1, 2, 2)


def test_a_copy_with_work_is_kept_and_two_are_refused(studio: Path) -> None:
    email, (article,) = "copies@example.org", articles("a")
    owner, annotator = clients(studio, email)
    config = {"events": CONFIGS["events"]}
    push(owner, config, email, [article])
    project = project_of(owner, "events", email)
    owner.projects.import_tasks(project.id, request=[label_studio.make_task(article)])
    first, second = (task["id"] for task in tasks_of(owner, project.id))
    annotator.annotations.create(second, result=[], was_cancelled=False, ground_truth=False)
    assert push(owner, config, email, [article]) == {"events": (0, 1)}
    assert [task["id"] for task in tasks_of(owner, project.id)] == [second] != [first]
    owner.projects.import_tasks(project.id, request=[label_studio.make_task(article)])
    (_, third) = (task["id"] for task in tasks_of(owner, project.id))
    annotator.annotations.create(third, result=[], was_cancelled=False, ground_truth=False)
    with pytest.raises(ProblemsError) as error:
        push(owner, config, email, [article])
    assert codes(error) == {"duplicate-article": 1}


def test_a_plan_stays_blind_and_wrong_calls_are_told(tmp_path: Path) -> None:
    for given, told in (
        (("--plan", tmp_path, "--context", tmp_path), "it goes with neither --predictions nor --context"),
        (("ana@example.org", "--articles", tmp_path), "a folder without .txt files"),
    ):
        done = script("push.py", *given)
        assert done.returncode in (1, 2)
        assert told in done.stderr
        assert "Traceback" not in done.stderr
