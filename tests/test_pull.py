"""A pull into a pass: the former kept, other articles left alone, exports checked, and a dirty project told in full."""

import io
import json
import os
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from communique import server
from communique.annotation import read_layer
from communique.articles import Article
from communique.controls import config_problems
from communique.files import json_lines
from communique.passes import FILES, formers, replaced_pass
from communique.problems import ProblemsError
from communique.schema import LAYERS, Row
from communique.workshop import exports
from communique.workshop.connection import connect, project_of, tasks_of
from communique.workshop.pull import pull_files, pull_into
from communique.workshop.submit import submit
from support import make_article
from test_workshop import CONFIGS, FIRST, SECOND, TEXT, layers, prepare, region

AT = TEXT.index("Garreimb")


def api(client: LabelStudio, path: str, body: Any) -> None:
    """A post that the SDK does not have, under the client's account."""
    answer = client._client_wrapper.httpx_client.request(path, method="POST", json=body)
    assert answer.status_code == 201, answer.text


def found(error: pytest.ExceptionInfo[ProblemsError]) -> list[tuple[str, str]]:
    return sorted((problem.place, problem.code) for problem in error.value.problems)


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def relation(source: str, target: str, label: str, direction: str = "right") -> Row:
    return {"type": "relation", "from_id": source, "to_id": target, "direction": direction, "labels": [label]}


def span(name: str, control: str, label: str, words: str) -> Row:
    """A region as the browser makes it."""
    start = TEXT.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": name, "from_name": control, "to_name": "text", "type": "labels", "value": value}


JOINED, IZEEVO = span("r1", "type", "MEMBERSHIP", "joined"), span("r2", "argument", "ARGUMENT", "Izeevo")


def test_a_wholly_dirty_project_is_told_in_full_and_nothing_is_taken(studio: Path, tmp_path: Path) -> None:
    """One of everything that can be wrong, all of it accepted by the server; articles a8 and a9 have nothing wrong."""
    email = "dirty@example.org"
    articles = [make_article(TEXT, f"a{number}") for number in range(10)]
    owner, ana = prepare(studio, email, [*articles, make_article(TEXT, "strange")])
    stranger = connect(studio, server.ensure_account(studio, "stranger@example.org"))
    projects = {layer: project_of(owner, layer, email).id for layer in LAYERS}
    tasks = {
        layer: {task.data["article"]: task.id for task in owner.tasks.list(project=project)}
        for layer, project in projects.items()
    }

    def annotate(layer: str, article: str, results: list[Row], client: LabelStudio = ana, skip: bool = False) -> None:
        client.annotations.create(tasks[layer][article], result=results, was_cancelled=skip, ground_truth=False)

    def edit(article: str, text: str, sha256: str) -> None:
        owner.tasks.update(tasks["entities"][article], data={"article": article, "text": text, "sha256": sha256})

    good = region(1, AT, AT + 8, "GPE")
    sha256 = articles[0].sha256
    edit("a0", TEXT.replace("left", "fled"), sha256)
    edit("a1", TEXT, "0" * 64)
    annotate("entities", "a0", good)
    annotate("entities", "a2", [], skip=True)
    annotate("entities", "a2", region(1, AT, AT + 8, "PLANET"))
    annotate("entities", "a3", good)
    annotate("entities", "a3", good[1:])
    annotate("entities", "a4", good, client=stranger)
    api(ana, f"api/tasks/{tasks['entities']['a5']}/drafts?project={projects['entities']}", {"result": good})
    annotate("entities", "a6", region(1, AT + 1, AT + 9, "GPE") + region(2, AT, len(TEXT) + 1, "GPE"))
    annotate("entities", "a7", [*good, relation("r1", "r1", "agent")])
    owner.tasks.create(project=projects["entities"], data={"article": "a7", "text": TEXT, "sha256": sha256})
    annotate("entities", "a8", good)

    annotate("events", "a0", [JOINED, JOINED | {"value": JOINED["value"] | {"labels": ["ATTACK"]}}])
    annotate("events", "a1", [JOINED, relation("r1", "gone", "agent")])
    annotate("events", "a2", [JOINED, IZEEVO, relation("r1", "r2", "agent"), relation("r1", "r2", "theme", "bi")])
    annotate("events", "a3", [JOINED, IZEEVO, relation("r1", "r2", "agent"), relation("r2", "r1", "theme")])
    annotate("events", "a4", [JOINED, IZEEVO, relation("r1", "r2", "owner")])
    annotate("events", "a8", [JOINED, IZEEVO, relation("r2", "r1", "agent", "left")])

    config = CONFIGS["quotes"].replace('value="CUE"', 'value="VERB"').replace('name="source_class"', 'name="class"')
    owner.projects.update(projects["quotes"], label_config=config)
    annotate("quotes", "a0", [span("r1", "part", "CUE", "said")])
    quote = [span("r1", "part", "CONTENT", "very charge"), span("r2", "part", "SOURCE", "Izeevo")]
    attributes = {"type": ("choices", "choices", "mixed"), "source_class": ("choices", "choices", "named"),
                  "speaker": ("textarea", "text", "nobody")}  # fmt: skip
    quote += [
        {**quote[0], "from_name": name, "type": kind, "value": {key: [value]}}
        for name, (kind, key, value) in attributes.items()
    ]
    annotate("quotes", "a8", [*quote, relation("r1", "r2", "source")])

    out = tmp_path / "first"
    with pytest.raises(ProblemsError) as error:
        pull_into(out, ana, email, articles, "0.1")
    assert found(error) == sorted(
        (f"{email}{place}", code)
        for place, code in [
            ("/entities a0", "text-changed"),  # in the task
            ("/entities a1", "text-changed"),  # the hash that the task records
            ("/entities a2", "cancelled-annotation"),
            ("/entities a2 mentions[0]", "unknown-label"),
            ("/entities a3", "double-annotation"),
            (f"/entities a3 annotation {last(ana, tasks['entities']['a3'])}", "bad-result"),  # no label
            ("/entities a4", "other-annotator"),
            ("/entities a5", "cancelled-annotation"),  # a draft
            ("/entities a6 mentions[0]", "text-mismatch"),
            ("/entities a6 mentions[1]", "offset-out-of-range"),
            ("/entities a7", "unknown-label"),  # a relation where there are none
            ("/entities a7", "duplicate-article"),
            ("/entities strange", "unknown-article"),
            ("/events a0", "bad-result"),  # two labels
            ("/events a1", "dangling-reference"),
            ("/events a2", "bad-result"),  # a relation both ways
            ("/events a3", "bad-result"),  # from argument to trigger
            ("/events a4", "unknown-label"),
            ("/events a4", "bad-result"),  # so that its argument belongs to no event
            ("/events strange", "unknown-article"),
            ("/quotes", "config-changed"),  # CUE gone
            ("/quotes", "config-changed"),  # VERB came
            ("/quotes", "config-changed"),  # source_class gone
            ("/quotes", "config-changed"),  # class came
            ("/quotes a0", "bad-result"),  # a cue of no quote
            ("/quotes strange", "unknown-article"),
            (" a8 quotes[0]", "unknown-entity"),  # over the layers
        ]
    )
    assert list(tmp_path.iterdir()) == []


def last(client: LabelStudio, task: int) -> int:
    """Id of a task's latest annotation."""
    return max(annotation.id for annotation in client.annotations.list(task))


def test_pulls_replace_a_pass_and_keep_the_former(studio: Path, tmp_path: Path) -> None:
    """Rows follow the server; those of articles that it does not hold stay; nothing is kept where nothing changed."""
    email, out = "keeper@example.org", tmp_path / "first"
    articles = [make_article(TEXT, name) for name in ("a1", "a2")]
    elsewhere = make_article(TEXT, "a0")
    _, ana = prepare(studio, email, articles)
    out.mkdir()
    for layer, rows in layers(elsewhere, SECOND, "ben@example.org").items():
        (out / f"{layer}.jsonl").write_bytes(json_lines(rows))
    before = content(out)
    submit(ana, email, layers(articles[0], FIRST, email), articles)

    pulled = pull_into(out, ana, email, articles, "0.1")
    assert (pulled.came, pulled.stayed) == (dict.fromkeys(LAYERS, 1), dict.fromkeys(LAYERS, 1))
    assert pulled.former == tmp_path / "first.former" / "1"
    assert content(pulled.former) == before
    wanted = {layer: [*layers(elsewhere, SECOND, "ben@example.org")[layer], *rows]
              for layer, rows in layers(articles[0], FIRST, email).items()}  # fmt: skip
    assert {layer: [row for _, row in read_layer(out, layer)] for layer in LAYERS} == wanted
    first = content(out)
    assert pull_into(out, ana, email, articles, "0.1").former is None
    assert content(out) == first

    # Drawn leftwards, from argument to trigger, a relation says the same.
    (task,) = [task for task in tasks_of(ana, project_of(ana, "events", email).id) if task["annotations"]]
    results = task["annotations"][0]["result"]
    for result in results:
        if result["type"] == "relation":
            result.update(from_id=result["to_id"], to_id=result["from_id"], direction="left")
    assert any(result["type"] == "relation" for result in results)
    ana.annotations.update(task["annotations"][0]["id"], result=results)
    assert pull_into(out, ana, email, articles, "0.1").former is None

    ana.annotations.delete(task["annotations"][0]["id"])
    pulled = pull_into(out, ana, email, articles, "0.1")
    assert pulled.came == {"entities": 1, "events": 0, "quotes": 1}
    assert pulled.former is not None
    assert [path.name for path in formers(out)] == ["1", "2"]
    assert content(pulled.former) == first
    assert [row["id"] for _, row in read_layer(out, "events")] == ["a0"]
    assert {path.name for path in tmp_path.iterdir()} == {"first", "first.former"}

    # The same exports, downloaded by hand, give the same pass.
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    for layer in LAYERS:
        export = ana.projects.exports.download_sync(project_of(ana, layer, email).id, export_type="JSON")
        (downloads / f"{layer}.json").write_bytes(b"".join(export))
    shutil.copytree(formers(out)[0], tmp_path / "by-hand")
    pull_files(tmp_path / "by-hand", downloads, email, articles, "0.1")
    assert content(tmp_path / "by-hand") == content(out)


def test_an_export_that_arrives_otherwise_than_it_was_written_is_refused(
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, article = "cut@example.org", make_article(TEXT)
    _, ana = prepare(studio, email, [article])
    download = ana.projects.exports.download

    def cut(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        yield b"".join(download(*args, **kwargs))[:-1] + b" "

    monkeypatch.setattr(ana.projects.exports, "download", cut)
    with pytest.raises(server.ServerError, match=r"arrived with the MD5 [0-9a-f]{32}, its record says [0-9a-f]{32}"):
        pull_into(tmp_path / "first", ana, email, [article], "0.1")
    assert list(tmp_path.iterdir()) == []
    assert all(not ana.projects.exports.list(project_of(ana, layer, email).id) for layer in LAYERS)


def task_of(article: Article, results: list[Row], author: int = 7) -> Row:
    data = {"text": article.text, "article": article.id, "sha256": article.sha256}
    return {"id": 1, "data": data, "annotations": [{"id": 1, "completed_by": author, "result": results}]}


def downloads(folder: Path, **tasks: list[Row]) -> Path:
    """Exports by hand; layers that are not given have no tasks."""
    folder.mkdir()
    for layer in LAYERS:
        (folder / f"{layer}.json").write_text(json.dumps(tasks.get(layer, [])))
    return folder


def test_exports_by_hand_are_of_one_account(tmp_path: Path) -> None:
    article = make_article(TEXT)
    good = region(1, AT, AT + 8, "GPE")
    ours = downloads(tmp_path / "ours", entities=[task_of(article, good)], events=[task_of(article, [])])
    assert pull_files(tmp_path / "out", ours, "ana@example.org", [article], "0.1").came["events"] == 1
    mixed = downloads(tmp_path / "mixed", entities=[task_of(article, good)], events=[task_of(article, [], 8)])
    with pytest.raises(ProblemsError) as error:
        pull_files(tmp_path / "out", mixed, "ana@example.org", [article], "0.1")
    assert found(error) == [("ana@example.org/events a1", "other-annotator")]
    (mixed / "quotes.json").unlink()
    with pytest.raises(ProblemsError, match=r"quotes\.json: \[missing-file\]"):
        pull_files(tmp_path / "out", mixed, "ana@example.org", [article], "0.1")


def test_what_utf_8_cannot_hold_is_refused(tmp_path: Path) -> None:
    """JSON can write half of a surrogate pair, in a text and in an attribute."""
    article = make_article(TEXT)
    half = region(1, AT, AT + 8, "GPE")
    half[2]["value"]["text"] = ["\ud83d"]
    ours = downloads(tmp_path / "ours", entities=[task_of(article, half)], events=[task_of(article, [])])
    other = task_of(article, []) | {"data": {"article": "a1", "text": "\ud83d"}}
    (ours / "quotes.json").write_text(json.dumps([other]))
    with pytest.raises(ProblemsError) as error:
        pull_files(tmp_path / "out", ours, "ana@example.org", [article], "0.1")
    assert found(error) == [("ana@example.org/entities a1", "bad-value"), ("ana@example.org/quotes a1", "text-changed")]


def test_an_article_that_is_given_with_two_texts_is_refused(tmp_path: Path) -> None:
    articles = [make_article(TEXT), make_article("Talks.")]
    with pytest.raises(ProblemsError, match="'a1' is given twice, with other texts"):
        pull_files(tmp_path / "out", downloads(tmp_path / "none"), "ana@example.org", articles, "0.1")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 18])
def test_tasks_are_read_one_by_one_wherever_the_chunks_end(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "CHUNK_BYTES", size)
    tasks = [{"text": "🙂 “]},{[” \\"}, {}, {"a": [1, [2.5e3, None]], "é": "\ud83d"}, {"long": "x" * 100}]
    for written in (json.dumps(tasks), json.dumps(tasks, indent=2).replace("\n", "\r\n") + "\n", "\ufeff[]", " [ ] "):
        read = list(exports.read_tasks(io.BytesIO(written.encode()), "here"))
        assert read == json.loads(written.removeprefix("\ufeff"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"", "after 0 task(s): 'the end' where one of '[' belongs"),
        (b'{"a": 1}', "after 0 task(s): '{' where"),
        (b'[{"a": 1}', "after 1 task(s): 'the end' where"),
        (b'[{"a": 1}, {"b"', "after 1 task(s): Expecting ':'"),
        (b"[{},]", "after 1 task(s): Expecting value"),
        (b"[{}] []", "after 1 task(s): '[' after the array"),
        (b"[{}] \xe2\x82", "after 1 task(s): 'utf-8' codec"),
        (b'[{"a": "\xff"}]', "after 0 task(s): 'utf-8' codec"),
        (b"[" * 100_000, "after 0 task(s): maximum recursion"),
    ],
)
def test_a_file_that_is_no_whole_export_is_told_with_its_place(written: bytes, said: str) -> None:
    with pytest.raises(ProblemsError) as error:
        list(exports.read_tasks(io.BytesIO(written), "here"))
    assert f"here: [bad-json] {said}" in str(error.value)


def test_memory_does_not_grow_with_the_tasks(tmp_path: Path) -> None:
    """Ten times the tasks, 40 kB each, take less than a fifth more memory at their peak: an index of the articles."""
    peaks = []
    for number in (20, 200):
        articles = [make_article(TEXT, f"a{index:03}") for index in range(number)]
        many = [piece | {"id": f"{piece['id']}-{i}"} for i in range(99) for piece in region(1, AT, AT + 8, "GPE")]
        tasks = [task_of(article, region(1, AT, AT + 8, "GPE")) | {"meta": many} for article in articles]
        folder = downloads(tmp_path / f"d{number}", entities=tasks)
        del tasks
        tracemalloc.start()
        came = pull_files(tmp_path / f"p{number}", folder, "ana@example.org", articles, "0.1").came
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert came["entities"] == number
    assert peaks[1] < 1.2 * peaks[0]


def write(folder: Path, words: str) -> None:
    for name in FILES:
        (folder / name).write_text(words)


def test_a_pass_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "first"
    for words in ("one", "two", "two"):
        with replaced_pass(out) as new:
            write(new, words)

    def half() -> None:
        with replaced_pass(out) as new:
            (new / FILES[0]).write_text("half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        half()
    wanted = {f"{folder}/{name}": words for folder, words in (("first", b"two"), ("first.former/1", b"one"))
              for name in FILES}  # fmt: skip
    assert content(tmp_path) == wanted


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_commit_that_was_cut_off_is_completed(steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies before each of the three renames that put a new pass in place; then the same pull runs again."""
    out = tmp_path / "first"
    with replaced_pass(out) as new:
        write(new, "one")
    pid = os.fork()
    if pid == 0:
        left = [Path.rename] * steps
        monkeypatch.setattr(Path, "rename", lambda *paths: left.pop()(*paths) if left else os._exit(9))
        with replaced_pass(out) as new:
            write(new, "two")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    with replaced_pass(out) as new:
        write(new, "two")
    wanted = {f"{folder}/{name}": words for folder, words in (("first", b"two"), ("first.former/1", b"one"))
              for name in FILES}  # fmt: skip
    assert content(tmp_path) == wanted


def test_a_folder_that_holds_more_than_a_pass_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "entities.jsonl").write_text("")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ProblemsError, match=r"notes\.txt is no layer of a pass"), replaced_pass(tmp_path):
        pass
    with pytest.raises(ProblemsError, match=r"\(a file\) is no layer"), replaced_pass(tmp_path / "notes.txt"):
        pass
    assert sorted(content(tmp_path)) == ["entities.jsonl", "notes.txt"]


@pytest.mark.parametrize(
    ("layer", "was", "now", "said"),
    [
        ("entities", "", "", []),
        ("events", "line-height", "height", []),
        ("quotes", "</View>", '<Header value="Hello"/></View>', []),
        ("entities", '"NORP"', '"PEOPLE"', ["type labels without 'NORP'", "type labels with 'PEOPLE'"]),
        ("entities", 'name="level"', 'name="depth"', ["depth choices beside the layer's controls", "no level choices"]),
        ("events", '<Relation value="theme"/>', "", ["relations without 'theme'"]),
        ("quotes", "</View>", "", ["no XML"]),
    ],
)
def test_changed_configs_are_told_from_restyled_ones(layer: str, was: str, now: str, said: list[str]) -> None:
    problems = config_problems(layer, CONFIGS[layer].replace(was, now, 1), "here")
    assert len(problems) == len(said)
    assert all(words in problem.message for words, problem in zip(said, problems, strict=True))
    assert {problem.code for problem in problems} <= {"config-changed"}
