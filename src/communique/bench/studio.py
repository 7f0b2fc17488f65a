"""Label Studio's JSON to standoff and back, against the SDK's converter to CSV."""

import json
import random
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from label_studio_sdk.converter import Converter
from tqdm import tqdm

from communique import label_studio
from communique.annotation import canonical, empty_layer
from communique.articles import Article
from communique.bench.timing import timed
from communique.files import read_json_lines
from communique.problems import refuse
from communique.schema import EVENT_TYPES, ROLES, Row
from communique.workshop.exports import read_tasks
from communique.workshop.shelf import Shelf

TRIGGERS, ARGUMENTS = 24, 38
"""62 spans and 38 relations a task."""
TARGET = 3.0
"""How many times the rate of the SDK's converter a pull has at least."""
GROWTH = 1.5
"""How much more memory a pull of four times as many tasks may take."""
WHAT = {
    "pull": "Label Studio JSON -> standoff, checked",
    "push": "standoff -> Label Studio JSON",
    "rival": "label-studio-sdk: JSON -> CSV",
}
WORDS = "Peloumt Izeevo accused visited signed talks 🙂 “treaty” embargo Friday envoy port said the of on in".split()


def make_sample(number: int) -> tuple[Article, Row]:
    """An article of some 400 words and an event layer of 24 triggers and 38 arguments on distinct words."""
    rng = random.Random(number)
    text = "Title\n" + " ".join(rng.choice(WORDS) for _ in range(400))
    metadata = (None, None, "bench", "report", "bench", f"b{number}", "authored", "CC-BY-4.0", "train")
    article = Article(f"b{number}", text, *metadata)
    tokens = rng.sample([token for token in article.tokens if token.end - token.start > 1], TRIGGERS + ARGUMENTS)
    events: list[Row] = []
    arguments: list[Row] = []
    for i, token in enumerate(tokens):
        span = {"start": token.start, "end": token.end}
        words = text[token.start : token.end]
        if i < TRIGGERS:
            kind, modality = rng.choice(EVENT_TYPES), rng.choice(("asserted", "planned"))
            events.append({"id": f"e{i}", "type": kind, **span, "trigger": words, "modality": modality,
                           "polarity": "positive", "source_entity": None})  # fmt: skip
        else:
            event = events[i % TRIGGERS]["id"]
            arguments.append({"event": event, "role": rng.choice(ROLES), **span, "text": words})
    row = empty_layer(article, "events", "bench", "0.1") | {"events": events, "arguments": arguments}
    return article, canonical(row)


def to_tasks(samples: Iterable[tuple[Article, Row]], path: Path) -> None:
    """Standoff to the JSON that Label Studio imports and exports."""
    with path.open("w", encoding="utf-8") as file:
        for number, (article, row) in enumerate(samples, start=1):
            results = label_studio.make_results("events", row, article.text)
            annotation = {"id": number, "completed_by": 1, "was_cancelled": False, "result": results}
            task = {"id": number, **label_studio.make_task(article), "annotations": [annotation]}
            file.write(("[" if number == 1 else ", ") + json.dumps(task, ensure_ascii=False))
        file.write("]")


def to_standoff(articles: Sequence[Article], source: Path, target: Path) -> None:
    """Label Studio's JSON to checked standoff rows, as a pull does it with a project's export."""
    with tempfile.TemporaryFile() as file, source.open("rb") as export, target.open("wb") as layer:
        shelf = Shelf(file, articles, "bench", 1, "0.1")
        refuse(shelf.take("events", read_tasks(export, source.name)))
        layer.writelines(shelf.lines("events"))


def peak_megabytes(articles: Sequence[Article], source: Path, target: Path) -> float:
    """The most memory that `to_standoff` takes at any moment, by Python's own count."""
    tracemalloc.start()
    to_standoff(articles, source, target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def _memory(samples: list[tuple[Article, Row]], folder: Path) -> tuple[float, float]:
    """Peaks at the number of samples and at four times as many."""
    copies = [(replace(article, id=f"{article.id}-{copy}"), row) for copy in range(4) for article, row in samples]
    peaks = []
    for number in (len(samples), len(copies)):
        source = folder / "memory.json"
        to_tasks(tqdm(copies[:number], desc="write tasks", unit="task"), source)
        peaks.append(peak_megabytes([article for article, _ in copies[:number]], source, folder / "memory.jsonl"))
    return peaks[0], peaks[1]


def run(config: str, tasks: int, rounds: int) -> int:
    """Print the rates, their ratios and the peaks of memory; 1 if rows were lost or a target is missed.

    Args:
        config: the labelling config of the events layer.
        tasks: tasks of a round.
        rounds: the median of so many counts.
    """
    samples = [make_sample(number) for number in tqdm(range(tasks), desc="make tasks", unit="task")]
    articles = [article for article, _ in samples]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source, target, csv = folder / "tasks.json", folder / "events.jsonl", folder / "tasks.csv"
        to_tasks(samples, source)
        converter = Converter(config, str(folder), download_resources=False)
        actions: dict[str, Callable[[], object]] = {
            "pull": lambda: to_standoff(articles, source, target),
            "push": lambda: to_tasks(samples, source),
            "rival": lambda: converter.convert_to_csv(str(source), str(csv), is_dir=False, header=True, sep=","),
        }
        seconds: dict[str, list[float]] = {name: [] for name in actions}
        for _ in tqdm(range(rounds), desc="rounds", unit="round"):
            for name, action in actions.items():
                seconds[name].append(timed(action))
        came = {row["id"]: row for _, row in read_json_lines(target)}
        lost = sum(came.get(row["id"]) != row for _, row in samples)
        columns = pd.read_csv(csv).columns.tolist()
        peaks = _memory(samples, folder)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    ratio = {name: median["rival"] / median[name] for name in actions}
    print(f"{tasks} tasks of {TRIGGERS + ARGUMENTS} spans and {ARGUMENTS} relations, median of {rounds}")
    for name, what in WHAT.items():
        print(f"{what:<40} {tasks / median[name]:8.0f} tasks/s")
    print(f"the SDK's CSV has the columns {', '.join(columns)}: relations are in none of them")
    print(f"rows that did not come back equal: {lost}")
    print(f"peak memory of a pull: {peaks[0]:.1f} MB at {tasks} tasks, {peaks[1]:.1f} MB at {4 * tasks}")
    print(f"ratio push {ratio['push']:.2f}")
    print(f"ratio pull {ratio['pull']:.2f}")
    missed = [f"{lost} rows lost"] * bool(lost)
    missed += [f"pull under {TARGET:g} x the converter's rate"] * (ratio["pull"] < TARGET)
    missed += [f"memory grows with the tasks: over {GROWTH:g} x"] * (peaks[1] > GROWTH * peaks[0])
    for what in missed:
        print(f"failed: {what}", file=sys.stderr)
    return 1 if missed else 0
