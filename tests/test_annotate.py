"""Labelling any texts: the same bytes however the work is cut, stopped and shared out, and every bad row is told."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique import annotate, inputs
from communique.annotate import Job, prepared
from communique.dataset import read_gold
from communique.export import build_rows, export
from communique.files import json_lines, write_json_lines
from communique.inputs import ARTICLE_CHARACTERS, Record, records, row_of
from communique.models import store
from communique.problems import Problem, ProblemsError
from communique.schema import Row
from tiny_corpus import resolved, written

ROOT = Path(__file__).parents[1]
FLOOR = ROOT / "baselines" / "entities_floor.py"
TEXTS = [{"id": f"t{number}", "text": written(number)[0].text} for number in range(6)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six articles to train on and two to predict."""
    parts = [written(number, "train" if number < 6 else "test") for number in range(8)]
    rows = build_rows([article for article, _ in parts], {article.id: resolved(article, s) for article, s in parts}, [])
    folder = tmp_path_factory.mktemp("data") / "dataset"
    export(rows, folder, "0.0.1")
    return folder


@pytest.fixture(scope="module")
def model(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "lexicon.skops"
    done = run(FLOOR, "--dataset", dataset, "--save", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def plain(model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The labels of `TEXTS` by the program alone, in one process."""
    folder = tmp_path_factory.mktemp("plain")
    write_json_lines(folder / "in.jsonl", TEXTS)
    done = run(FLOOR, "--load", model, "--annotate", folder / "in.jsonl", folder / "out.jsonl")
    assert done.returncode == 0, done.stderr
    return (folder / "out.jsonl").read_bytes()


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is not asked whether it takes the model: for tests of cutting alone, which it would slow down."""
    monkeypatch.setattr(annotate, "_label", lambda *files: "")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_json_lines(tmp_path / "texts.jsonl", TEXTS)
    return tmp_path / "texts.jsonl"


def door(source: Path, output: Path, model: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return run("scripts/annotate.py", source, output, "--model", model, *more)


def labels(output: Path) -> bytes:
    plan = json.loads((output / "shards.json").read_text())
    return b"".join((output / f"{shard['name']}.jsonl").read_bytes() for shard in plan["shards"])


def told_hash(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.rsplit("sha256 ", 1)[-1].strip()


# Rows


def test_a_raw_text_becomes_the_row_that_the_dataset_has() -> None:
    seen = ("id", "text", "tokens", "token_starts", "sentences", "paragraphs")
    rows = read_gold(ROOT / "dataset", "train")
    plain_kinds = 0
    for row in rows:
        made = row_of(row["id"], row["text"])
        assert tuple(made) == seen
        kinds = [paragraph.pop("kind") for paragraph in made["paragraphs"]]
        assert kinds == ["title"] + ["body"] * (len(kinds) - 1)
        plain_kinds += kinds == [paragraph["kind"] for paragraph in row["paragraphs"]]
        row["paragraphs"] = [{**paragraph} for paragraph in row["paragraphs"]]
        for paragraph in row["paragraphs"]:
            del paragraph["kind"]
        assert made == {name: row[name] for name in seen}
    assert plain_kinds > 10


def test_offsets_are_into_the_text_as_it_is() -> None:
    row = row_of("a", "\n\r\n Peloumt\r\n“A \U0001f600.” B\u2028c.\x00\n")
    assert row["text"].endswith("\x00\n")
    assert row["tokens"] == ["Peloumt", "“", "A", "\U0001f600", ".", "”", "B", "c", ".", "\x00"]
    assert all(row["text"].startswith(word, at) for word, at in zip(row["tokens"], row["token_starts"], strict=True))
    assert [paragraph["kind"] for paragraph in row["paragraphs"]] == ["title", "body"]


# The programs


@pytest.mark.parametrize("name", ["entities", "quotes_floor"])
def test_a_program_labels_raw_texts_as_it_predicts_a_split(name: str, dataset: Path, tmp_path: Path) -> None:
    program, task = ROOT / "baselines" / f"{name}.py", name.split("_", maxsplit=1)[0]
    assert run(program, "--dataset", dataset, "--predict", "test", "--out", tmp_path / "split").returncode == 0
    assert run(program, "--dataset", dataset, "--save", tmp_path / "m.skops").returncode == 0
    texts = [{"text": row["text"], "id": row["id"], "more": [1]} for row in read_gold(dataset, "test")]
    write_json_lines(tmp_path / "in.jsonl", texts)
    done = run(program, "--load", tmp_path / "m.skops", "--annotate", tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "split" / f"{task}.test.jsonl").read_bytes()
    assert b'"start":' in (tmp_path / "out.jsonl").read_bytes()


def test_a_program_refuses_rows_and_models_that_are_not_right_and_writes_nothing(model: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "a", "text": "A b."}\n{"id": "a", "text": "C d."}\n')
    done = run(FLOOR, "--load", model, "--annotate", source, out)
    assert (done.returncode, "the id 'a' again, first at in.jsonl:1" in done.stderr) == (1, True)
    source.write_text('{"id": "a"}\n{"id": 3, "text": "C d."}\n')
    done = run(FLOOR, "--load", model, "--annotate", source, out)
    assert "in.jsonl:1: [missing-field] no field 'text'" in done.stderr
    assert "in.jsonl:2: [wrong-type] id is a int" in done.stderr
    source.write_text("")
    done = run(ROOT / "baselines" / "entities.py", "--load", model, "--annotate", source, out)
    assert (done.returncode, "load it with baselines/entities_floor.py" in done.stderr) == (1, True)
    assert not out.exists()
    assert run(FLOOR, "--load", model, "--annotate", source, out).returncode == 0
    assert out.read_bytes() == b""


# The same bytes


@pytest.mark.parametrize(("workers", "size"), [(1, 2), (2, 2), (2, 4), (3, 100)])
def test_workers_and_shards_change_nothing(
    workers: int, size: int, source: Path, model: Path, plain: bytes, tmp_path: Path
) -> None:
    done = door(source, tmp_path / "out", model, "--workers", workers, "--articles", size)
    assert done.returncode == 0, done.stderr
    assert labels(tmp_path / "out") == plain
    assert told_hash(done) == hashlib.sha256(plain).hexdigest()
    plan = json.loads((tmp_path / "out" / "shards.json").read_text())
    assert [shard["articles"] for shard in plan["shards"]] == [size] * (6 // size) + [6 % size] * (6 % size > 0)
    assert plan["model_sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    for shard in plan["shards"]:
        content = (tmp_path / "out" / "shards" / f"{shard['name']}.jsonl").read_bytes()
        assert hashlib.sha256(content).hexdigest() == shard["sha256"]
    assert (tmp_path / "out" / "rejected.jsonl").read_bytes() == b""


def as_folder(path: Path) -> Path:
    for row in TEXTS:
        folder = path / "texts" / ("a" if row["id"] < "t3" else "b")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{row['id']}.txt").write_bytes(b"\xef\xbb\xbf" + row["text"].encode())
    (path / "texts" / "notes.md").write_text("no text")
    return path / "texts"


def as_parquet(path: Path) -> Path:
    table = pa.table({"n": range(6), "text": [row["text"] for row in TEXTS], "id": [row["id"] for row in TEXTS]})
    pq.write_table(table, path / "texts.parquet", row_group_size=4)
    return path / "texts.parquet"


def as_dataset(path: Path) -> Path:
    from datasets import Dataset

    Dataset.from_list([{"n": 1, **row} for row in TEXTS]).save_to_disk(path / "saved")
    return path / "saved"


def as_dataset_dict(path: Path) -> Path:
    from datasets import Dataset, DatasetDict

    parts = {"one": Dataset.from_list(TEXTS[:4]), "two": Dataset.from_list(TEXTS[4:])}
    DatasetDict(parts).save_to_disk(path / "saved")
    return path / "saved"


@pytest.mark.parametrize("made", [as_folder, as_parquet, as_dataset, as_dataset_dict])
def test_every_kind_of_input_gives_the_same_labels(
    made: Callable[[Path], Path], model: Path, plain: bytes, tmp_path: Path
) -> None:
    done = door(made(tmp_path), tmp_path / "out", model)
    assert done.returncode == 0, done.stderr
    folders = made is as_folder
    expected = [json.loads(line) for line in plain.splitlines()]
    expected = [row | {"id": f"{'ab'[row['id'] >= 't3']}/{row['id']}"} if folders else row for row in expected]
    assert labels(tmp_path / "out") == json_lines(expected)


def test_a_text_file_alone_is_labelled_under_its_name(model: Path, plain: bytes, tmp_path: Path) -> None:
    (tmp_path / "t0.txt").write_text(TEXTS[0]["text"], encoding="utf-8")
    assert door(tmp_path / "t0.txt", tmp_path / "out", model).returncode == 0
    assert labels(tmp_path / "out") == plain.splitlines(keepends=True)[0]


# Stopped and taken up again


def started(source: Path, output: Path, model: Path) -> subprocess.Popen[str]:
    """A run of six shards, one after the other, whose first label has just been written."""
    command = ["scripts/annotate.py", source, output, "--model", model, "--workers", 1, "--articles", 1]
    process = subprocess.Popen(
        [sys.executable, *map(str, command)], cwd=ROOT, start_new_session=True, text=True, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while not (output / "00000.jsonl").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("workers_too", [True, False], ids=["with-its-workers", "alone"])
def test_a_killed_run_is_taken_up_where_it_was(
    workers_too: bool, source: Path, model: Path, plain: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    process = started(source, output, model)
    if workers_too:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    done_before = {path: path.stat().st_mtime_ns for path in output.glob("0*.jsonl")}
    assert 1 <= len(done_before) < 6
    (output / ".00005.jsonl.left").write_text("half a")  # what a writer that was killed leaves behind
    done = door(source, output, model, "--workers", 2, "--articles", 1)
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in done_before} == done_before
    assert told_hash(done) == hashlib.sha256(plain).hexdigest()
    assert labels(output) == plain
    assert not list(output.glob(".*"))


def test_an_interrupted_run_says_how_to_go_on(source: Path, model: Path, plain: bytes, tmp_path: Path) -> None:
    process = started(source, tmp_path / "out", model)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopped; the same command goes on" in told
    assert "Traceback" not in told
    assert door(source, tmp_path / "out", model, "--articles", 1).returncode == 0
    assert labels(tmp_path / "out") == plain


def test_a_finished_run_labels_nothing_again(source: Path, model: Path, tmp_path: Path) -> None:
    first = door(source, tmp_path / "out", model)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    second = door(source, tmp_path / "out", model)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before
    assert (first.returncode, first.stdout) == (second.returncode, second.stdout) == (0, first.stdout)


def job(source: Path, output: Path, model: Path, size: int = 2) -> Job:
    return Job(source, output, model, FLOOR, size)


@pytest.mark.usefixtures("unasked")
def test_input_that_breaks_off_while_it_is_cut_leaves_no_plan(source: Path, model: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"

    def broken() -> Iterator[Record]:
        yield from ((f"row {number}", {"id": str(number), "text": "Old."}) for number in range(20))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        prepared(job(source, output, model), broken())
    assert len(list((output / "shards").glob("*.jsonl"))) == 10
    assert not (output / "shards.json").exists()
    assert not (output / "rejected.jsonl").exists()
    plan = prepared(job(source, output, model), records(source))
    assert sorted(path.stem for path in (output / "shards").iterdir()) == [shard["name"] for shard in plan["shards"]]
    assert len(plan["shards"]) == 3


# What is refused


@pytest.mark.usefixtures("unasked")
def test_changed_input_model_or_size_is_refused_and_nothing_is_touched(
    source: Path, model: Path, dataset: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    prepared(job(source, output, model), records(source))
    before = (output / "shards.json").read_bytes()
    source.write_bytes(source.read_bytes() + b"\n")
    with pytest.raises(ProblemsError, match=r"texts.jsonl is not what was cut .* or delete .* to begin again"):
        prepared(job(source, output, model), records(source))
    write_json_lines(source, TEXTS)
    other = tmp_path / "other.skops"
    assert run(FLOOR, "--dataset", dataset, "--train", "test", "--save", other).returncode == 0
    with pytest.raises(ProblemsError, match=r"other.skops is not the model of its labels"):
        prepared(job(source, output, other), records(source))
    with pytest.raises(ProblemsError, match="its shards have 2 articles, not 4"):
        prepared(job(source, output, model, 4), records(source))
    assert (output / "shards.json").read_bytes() == before
    (output / "shards.json").write_text("{}")
    with pytest.raises(ProblemsError, match="no list of shards"):
        prepared(job(source, output, model), records(source))


@pytest.mark.usefixtures("unasked")
def test_places_that_hold_something_else_are_refused(source: Path, model: Path, tmp_path: Path) -> None:
    for output in (source, tmp_path, tmp_path / "texts" / "out"):
        with pytest.raises(ProblemsError, match="a file, or within the input"):
            prepared(job(tmp_path, output, model), iter([]))
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "00000.jsonl").write_text("{}\n")
    with pytest.raises(ProblemsError, match=r"labels without shards.json"):
        prepared(job(source, tmp_path / "labels", model), records(source))


def test_models_that_the_program_refuses_stop_the_run_before_it_begins(
    source: Path, model: Path, tmp_path: Path
) -> None:
    state = store.load(model, store.origin_of(FLOOR, "entities"))
    origin = store.origin_of(FLOOR, "entities")
    for changed, told in (
        ({"code": "0"}, "other code of entities_floor"),
        ({"scheme": {}}, "made for the scheme of data version"),
        ({"program": "../../evil"}, "a model of '../../evil', which baselines/ does not have"),
    ):
        store.save(tmp_path / "other.skops", state, origin | changed)
        done = door(source, tmp_path / "out", tmp_path / "other.skops")
        assert done.returncode == 1
        assert told in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("texts", None, "a folder without .txt files"),
        ("texts.csv", b"id,text\n", "no kind of input that is read (a folder of .txt files"),
        ("texts.parquet", b"PAR1", "no Parquet file"),
    ],
)
def test_input_that_cannot_be_read_is_told_and_nothing_is_written(
    name: str, content: bytes | None, told: str, model: Path, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    done = door(path, tmp_path / "out", model)
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    assert not (tmp_path / "out").exists()


def test_a_table_without_the_columns_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "body": ["b"]}), tmp_path / "texts.parquet")
    with pytest.raises(ProblemsError, match=r"no column 'text' \(columns: id, body\)"):
        records(tmp_path / "texts.parquet")


# Bad rows


def test_bad_rows_are_told_with_place_and_reason_and_the_others_are_labelled(
    model: Path, plain: bytes, tmp_path: Path
) -> None:
    good = [json.dumps(row).encode() for row in TEXTS]
    long = json.dumps({"id": "long", "text": "a" * (ARTICLE_CHARACTERS + 1)}).encode()
    bad = [
        (b'{"id": "b1"', "bad-json", "delimiter"),
        (b'["b2"]', "wrong-type", "a list"),
        (b'{"id": "b3"}', "missing-field", "no field 'text'"),
        (b'{"id": "b4", "text": null}', "wrong-type", "text is a NoneType"),
        (b'{"id": 5, "text": "A b."}', "wrong-type", "id is a int"),
        (b'{"id": "b6", "text": " \\n"}', "bad-value", "text is empty"),
        (b'{"id": "", "text": "A b."}', "bad-value", "id is empty"),
        (b'{"id": "t0", "text": "A b."}', "duplicate-article", "the id 't0' again, first at texts.jsonl:1"),
        (b'{"id": "b9", "text": "caf\xe9"}', "bad-json", "can't decode byte 0xe9"),
        (b'{"id": "b10", "text": "\\ud83d"}', "bad-value", "half of a surrogate pair"),
        (b'{"id": "b11", "id": "x", "text": "A"}', "duplicate-key", "twice"),
        (b'{"id": NaN, "text": "A"}', "not-a-number", "NaN"),
        (b'{"id": ' + b"1" * 5000 + b', "text": "A"}', "bad-json", "limit"),
        (b"[" * 100_000, "bad-json", "recursion"),
        (long, "too-large", "1,000,001 code points"),
    ]
    lines = [b"\xef\xbb\xbf" + good[0], b"", *(line for line, *_ in bad), *good[1:]]
    (tmp_path / "texts.jsonl").write_bytes(b"\r\n".join(lines))
    done = door(tmp_path / "texts.jsonl", tmp_path / "out", model, "--articles", 4)
    assert done.returncode == 3, done.stderr
    assert f"{len(bad)} rows rejected" in done.stderr
    assert labels(tmp_path / "out") == plain
    rejected = [json.loads(line) for line in (tmp_path / "out" / "rejected.jsonl").read_text().splitlines()]
    assert [(row["place"], row["code"]) for row in rejected] == [
        (f"texts.jsonl:{number}", code) for number, (_, code, _) in enumerate(bad, start=3)
    ]
    for row, (_, _, reason) in zip(rejected, bad, strict=True):
        assert reason in row["reason"]
        assert row["hint"] or row["code"] == "bad-json"
    assert json.loads((tmp_path / "out" / "shards.json").read_text())["rejected"] == len(bad)
    assert door(tmp_path / "texts.jsonl", tmp_path / "out", model, "--articles", 4).returncode == 3


def test_bad_files_and_cells_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    (tmp_path / "b.txt").write_bytes(b"a" * (4 * ARTICLE_CHARACTERS + 1))
    (tmp_path / "c.txt").symlink_to(tmp_path / "gone")
    (tmp_path / "d.txt").write_bytes(b"A b.")
    found = list(records(tmp_path))
    assert [place for place, _ in found] == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert [row.code if isinstance(row, Problem) else row for _, row in found] == [
        "bad-value", "too-large", "bad-value", {"id": "d", "text": "A b."},
    ]  # fmt: skip
    not_utf8 = pa.array([b"caf\xe9", b"A b."]).cast(pa.binary()).view(pa.string())
    pq.write_table(pa.table({"id": ["a", None], "text": not_utf8}), tmp_path / "t.parquet")
    (_, first), (place, second) = records(tmp_path / "t.parquet")
    assert isinstance(first, Problem)
    assert (place, second) == ("t.parquet row 1", {"id": None, "text": "A b."})


def test_a_line_too_long_is_skipped_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "LINE_BYTES", 40)
    fits = b'{"id": "a", "text": "%s"}\n' % (b"b" * 16)
    assert len(fits) == 40
    (tmp_path / "t.jsonl").write_bytes(fits + b"x" * 95 + b"\n" + fits + b"y" * 40 + b"\n" + fits[:-1])
    found = list(records(tmp_path / "t.jsonl"))
    assert [(place, isinstance(row, Problem)) for place, row in found] == [
        ("t.jsonl:1", False), ("t.jsonl:2", True), ("t.jsonl:3", False), ("t.jsonl:4", True), ("t.jsonl:5", False),
    ]  # fmt: skip


def test_a_shard_that_fails_keeps_no_other_from_being_labelled(
    source: Path, model: Path, plain: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    prepared(job(source, output, model), records(source))
    shard = output / "shards" / "00001.jsonl"
    kept = shard.read_bytes()
    shard.write_bytes(kept[:-1])
    done = door(source, output, model, "--articles", 2)
    assert done.returncode == 1
    assert "shard 00001 failed" in done.stderr
    assert "1 of 3 shards failed; the same command tries them again" in done.stderr
    assert sorted(path.stem for path in output.glob("0*.jsonl")) == ["00000", "00002"]
    shard.write_bytes(kept)
    (output / "00002.jsonl").write_text("{}\n")
    done = door(source, output, model, "--articles", 2)
    assert (done.returncode, "1 rows for 2 articles (delete it and run again)" in done.stderr) == (1, True)
    (output / "00002.jsonl").unlink()
    assert door(source, output, model, "--articles", 2).returncode == 0
    assert labels(output) == plain


# Size


@pytest.mark.usefixtures("unasked")
def test_input_is_cut_in_bounded_memory(model: Path, tmp_path: Path) -> None:
    """20,000 articles of 2,000 characters, half of them rejected: 40 MB, of which a shard of 50 has 0.1 MB."""
    text = "Peloumt " * 250

    def many() -> Iterator[Record]:
        for number in range(20_000):
            row: Row = {"id": f"a{number // 2}", "text": text + str(number)}
            yield f"row {number}", row

    (tmp_path / "source").touch()
    tracemalloc.start()
    try:
        plan = prepared(job(tmp_path / "source", tmp_path / "out", model, 50), many())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (plan["rejected"], len(plan["shards"])) == (10_000, 200)
    assert peak < 4_000_000


@pytest.mark.usefixtures("unasked")
def test_long_articles_make_short_shards(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotate, "SHARD_CHARACTERS", 10)
    lengths = (4, 4, 4, 12, 9, 1, 1)
    found: list[tuple[str, Any]] = [(str(i), {"id": str(i), "text": "a" * size}) for i, size in enumerate(lengths)]
    (tmp_path / "source").touch()
    plan = prepared(job(tmp_path / "source", tmp_path / "out", model, 5), iter(found))
    assert [shard["articles"] for shard in plan["shards"]] == [3, 1, 2, 1]
    shutil.rmtree(tmp_path / "out")
    plan = prepared(job(tmp_path / "source", tmp_path / "out", model), iter([]))
    assert (plan["shards"], plan["rejected"]) == ([], 0)
