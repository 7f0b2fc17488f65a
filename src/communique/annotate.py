"""Labelling texts from anywhere with a saved model: input cut into shards, each predicted by a process of its own.

The work lies in one folder. `shards/NNNNN.jsonl` is a shard's input, `NNNNN.jsonl` its labels, `rejected.jsonl` names
every row that was left out, and `shards.json`, written when all shards are cut, says what belongs together. Every file
appears whole or not at all, so that a run that was killed is taken up again by the same command. No more than a shard
for each worker is held in memory.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from communique.files import json_line, json_lines, parse_json, read_text, write_bytes
from communique.inputs import Record, duplicate, fault, files_of
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import Row

SHARD_CHARACTERS = 4_000_000
"""A shard is full when its texts have so many code points, or with its number of articles."""
PLAN = "shards.json"
REJECTED = "rejected.jsonl"


@dataclass(frozen=True)
class Job:
    """What is to be labelled (`source`, only hashed here), into which folder, with which model of which program.

    `size` is the number of articles in a shard.
    """

    source: Path
    output: Path
    model: Path
    program: Path
    size: int


def content_hash(path: Path) -> str:
    """sha256 of a file, or over the names and hashes of a folder's files."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for found in files_of(path):
        line = f"{found.relative_to(path).as_posix()}\n{content_hash(found)}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file to write in pieces that takes its name when it is complete."""
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _first_place(database: sqlite3.Connection, article: str, place: str) -> str:
    """Where an id stood first, the place itself if it is new. The ids are kept on disk, not in memory."""
    key = article.encode()
    if not database.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (key, place)).rowcount:
        ((place,),) = database.execute("SELECT place FROM ids WHERE id = ?", (key,))
    return place


def _filled(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows in shards."""
    shard: list[Row] = []
    characters = 0
    for row in rows:
        shard.append(row)
        characters += len(row["text"])
        if len(shard) == size or characters >= SHARD_CHARACTERS:
            yield shard
            shard, characters = [], 0
    if shard:
        yield shard


def _cut(job: Job, found: Iterable[Record], identity: Row) -> Row:
    """Write the shards, the rejected rows, and then the plan, which is returned."""
    rejected = 0
    shards: list[Row] = []
    folder = job.output / "shards"
    folder.mkdir(parents=True, exist_ok=True)
    for former in folder.glob("*.jsonl"):  # of a run that was stopped while it cut
        former.unlink()
    with _appearing(job.output / REJECTED) as file, closing(sqlite3.connect("")) as database:
        database.execute("CREATE TABLE ids (id BLOB PRIMARY KEY, place TEXT) WITHOUT ROWID")

        def accepted() -> Iterator[Row]:
            nonlocal rejected
            for place, row in tqdm(found, desc="cut into shards", unit="article"):
                problem = row if isinstance(row, Problem) else fault(place, row)
                if not problem and (first := _first_place(database, row["id"], place)) != place:
                    problem = duplicate(place, row["id"], first)
                if not problem:
                    yield {"id": row["id"], "text": row["text"]}
                    continue
                rejected += 1
                told = {"place": place, "code": problem.code, "reason": problem.message, "hint": problem.hint}
                file.write(json_line(told).encode("utf-8", "backslashreplace"))

        for rows in _filled(accepted(), job.size):
            name, content = f"{len(shards):05}", json_lines(rows)
            write_bytes(folder / f"{name}.jsonl", content)
            shards.append({"name": name, "articles": len(rows), "sha256": hashlib.sha256(content).hexdigest()})
    plan = identity | {"rejected": rejected, "shards": shards}
    write_bytes(job.output / PLAN, json.dumps(plan, indent=1).encode() + b"\n")
    return plan


def _known_plan(job: Job, identity: Row) -> Row:
    """The plan of a run that was begun before; raises `ProblemsError` when it was of other input or another model."""
    path = job.output / PLAN
    plan = parse_json(read_text(path), str(path))
    if not isinstance(plan, dict) or set(plan) != {*identity, "rejected", "shards"}:
        raise ProblemsError([Problem(str(path), "bad-value", "no list of shards", "label into a new folder")])
    hint = f"label into a new folder, or delete {job.output} to begin again"
    told = {
        "input_sha256": f"{job.source} is not what was cut into its shards",
        "model_sha256": f"{job.model} is not the model of its labels",
        "size": f"its shards have {plan['size']} articles, not {job.size}",
    }
    refuse(Problem(str(path), "bad-value", told[name], hint) for name, value in identity.items() if plan[name] != value)
    return plan


def prepared(job: Job, found: Iterable[Record]) -> Row:
    """The plan of the job: that of the run that is taken up again, or else the input is cut and one is made.

    Args:
        job: what to label. Its program is asked first whether it takes the model.
        found: what `records` gives for the input; not read when a run is taken up again.

    Returns:
        The content of `shards.json`: the hashes of input and model, the size of shards, how many rows were rejected,
        and `shards`, each with its name, number of articles and the hash of its input.

    Raises:
        ProblemsError: for a model that the program refuses, an output within the input, and a folder that holds labels
            of other input or of another model. No label was written.
    """
    here, there = job.output.resolve(), job.source.resolve()
    if here.is_file() or here == there or there in here.parents:
        refuse([Problem(str(job.output), "bad-value", "a file, or within the input", "give a folder of its own")])
    with tempfile.TemporaryDirectory() as name:
        nothing = Path(name) / "nothing.jsonl"
        nothing.touch()
        told = _label(job, nothing, Path(name) / "labels.jsonl")
    if told:
        refuse([Problem(str(job.model), "bad-value", f"{job.program.name} does not take it: {told}")])
    identity = {"input_sha256": content_hash(job.source), "model_sha256": content_hash(job.model), "size": job.size}
    if (job.output / PLAN).exists():
        return _known_plan(job, identity)
    if any(job.output.glob("[0-9]*.jsonl")):
        refuse([Problem(str(job.output), "bad-value", f"labels without {PLAN}", "label into a new folder")])
    return _cut(job, found, identity)


def _label(job: Job, source: Path, target: Path) -> str:
    """Let the program label a file; returns what it said if it failed."""
    command = [sys.executable, job.program, "--load", job.model, "--annotate", source, target]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    return (done.stderr.strip() or f"ended with {done.returncode}") if done.returncode else ""


def _label_shard(job: Job, shard: Row) -> str:
    source = job.output / "shards" / f"{shard['name']}.jsonl"
    if not source.exists() or content_hash(source) != shard["sha256"]:
        return f"{source} is not what {PLAN} says: delete {job.output} to begin again"
    return _label(job, source, job.output / f"{shard['name']}.jsonl")


def label(job: Job, plan: Row, workers: int) -> dict[str, str]:
    """Label the shards of the plan that have no labels yet, by at most so many processes at a time.

    A shard that fails does not keep the others from being labelled. Returns what the failed ones said, by their names.
    """
    missing = [shard for shard in plan["shards"] if not (job.output / f"{shard['name']}.jsonl").exists()]
    total, left = (sum(shard["articles"] for shard in shards) for shards in (plan["shards"], missing))
    failed = {}
    bar = tqdm(total=total, initial=total - left, desc="label", unit="article")
    with bar, ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(_label_shard, job, shard): shard for shard in missing}
        try:
            for future in as_completed(waiting):
                told, shard = future.result(), waiting[future]
                if told:
                    failed[shard["name"]] = told
                else:
                    bar.update(shard["articles"])
        finally:
            pool.shutdown(cancel_futures=True)
    return dict(sorted(failed.items()))


def result_hash(job: Job, plan: Row) -> str:
    """sha256 over the labels of all shards in their order: that of the file one process would write for the whole.

    Raises `ProblemsError` for labels that are not as many as their shard's articles. What writers that were killed left
    behind is deleted.
    """
    digest = hashlib.sha256()
    problems = []
    for shard in plan["shards"]:
        path, rows = job.output / f"{shard['name']}.jsonl", 0
        with path.open("rb") as file:
            for line in file:
                digest.update(line)
                rows += 1
        if rows != shard["articles"]:
            message = f"{rows} rows for {shard['articles']} articles"
            problems.append(Problem(str(path), "bad-value", message, "delete it and run again"))
    refuse(problems)
    for left in job.output.glob(".*.jsonl.*"):
        left.unlink(missing_ok=True)
    return digest.hexdigest()
