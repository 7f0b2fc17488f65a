"""Label Studio's JSON to standoff and back, against the SDK's converter to CSV."""

import json
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from label_studio_sdk.converter import Converter
from tqdm import tqdm

from communique import label_studio
from communique.annotation import canonical, empty_layer
from communique.articles import Article
from communique.bench.timing import timed
from communique.check import layer_problems
from communique.files import read_json_lines, write_json_lines
from communique.problems import refuse
from communique.schema import EVENT_TYPES, ROLES, Row

TRIGGERS, ARGUMENTS = 22, 38
"""60 spans and 38 relations a task."""
TARGET = 2.0
WORDS = "Peloumt Izeevo accused visited signed talks 🙂 “treaty” embargo Friday envoy port said the of on in".split()


def make_sample(number: int) -> tuple[Article, Row]:
    """An article of some 400 words and an event layer of 22 triggers and 38 arguments on distinct words."""
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


def to_tasks(samples: list[tuple[Article, Row]], path: Path) -> None:
    """Standoff to the JSON that Label Studio imports and exports."""
    tasks = []
    for number, (article, row) in enumerate(samples, start=1):
        results = label_studio.make_results("events", row, article.text)
        annotation = {"id": number, "completed_by": 1, "was_cancelled": False, "result": results}
        tasks.append({"id": number, **label_studio.make_task(article), "annotations": [annotation]})
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")


def to_standoff(articles: dict[str, Article], source: Path, target: Path) -> None:
    """Label Studio's JSON to checked standoff rows."""
    rows = []
    for task in json.loads(source.read_text(encoding="utf-8")):
        article = articles[task["data"]["article"]]
        row, problems = label_studio.read_task("events", task, article, "bench", 1, "0.1")
        assert row is not None
        refuse(problems or layer_problems(article, "events", row, article.id))
        rows.append(canonical(row))
    write_json_lines(target, rows)


def run(config: str, tasks: int, rounds: int) -> int:
    """Print the rates and their ratios; 1 if rows were lost or a ratio is under the target.

    Args:
        config: the labelling config of the events layer.
        tasks: tasks of a round.
        rounds: the median of so many counts.
    """
    samples = [make_sample(number) for number in tqdm(range(tasks), desc="make tasks", unit="task")]
    articles = {article.id: article for article, _ in samples}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source, target, csv = folder / "tasks.json", folder / "events.jsonl", folder / "tasks.csv"
        to_tasks(samples, source)
        converter = Converter(config, str(folder), download_resources=False)
        actions: dict[str, Callable[[], object]] = {
            "Label Studio JSON -> standoff, checked": lambda: to_standoff(articles, source, target),
            "standoff -> Label Studio JSON": lambda: to_tasks(samples, source),
            "label-studio-sdk: JSON -> CSV": lambda: converter.convert_to_csv(
                str(source), str(csv), is_dir=False, header=True, sep=","
            ),
        }
        seconds: dict[str, list[float]] = {name: [] for name in actions}
        for _ in tqdm(range(rounds), desc="rounds", unit="round"):
            for name, action in actions.items():
                seconds[name].append(timed(action))
        came = [row for _, row in read_json_lines(target)]
        lost = sum(row != expected for row, (_, expected) in zip(came, samples, strict=True))
        columns = pd.read_csv(csv).columns.tolist()
    *ours, rival = [(name, statistics.median(times)) for name, times in seconds.items()]
    print(f"{tasks} tasks of {TRIGGERS + ARGUMENTS} spans and {ARGUMENTS} relations, median of {rounds}")
    for name, median in (*ours, rival):
        print(f"{name:<40} {tasks / median:8.0f} tasks/s   {rival[1] / median:5.2f} x the SDK's converter")
    print(f"rows that did not come back equal: {lost}")
    print(f"the SDK's CSV has the columns {', '.join(columns)}: relations are in none of them")
    slow = [name for name, median in ours if rival[1] / median < TARGET]
    if lost or slow:
        print(f"failed: {lost} rows lost; under {TARGET:g} x: {', '.join(slow) or 'none'}", file=sys.stderr)
        return 1
    return 0
