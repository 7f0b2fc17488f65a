"""Scoring names against seqeval, resampling storylines against scipy, a board of ten systems, time per span."""

import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap
from seqeval.metrics import classification_report, f1_score
from seqeval.scheme import IOB2
from tqdm import tqdm

from communique.bench.timing import timed
from communique.leaderboard import make_board
from communique.mentions import Mentions, read_mentions
from communique.schema import ENTITY_TYPES, Row
from communique.statistics import RESAMPLES, resamples
from communique.tasks import entities

TOKENS = 20
"""Tokens of a sentence, each of five letters and a space."""
WIDTH = 6
MEMORY_TARGET, FILE_TARGET, RESAMPLE_TARGET = 500.0, 80.0, 5.0
STORYLINES, SYSTEMS, ARTICLES = 16, 10, 5_000


def _sentence(rng: random.Random, spans: list[tuple[int, int, str]], number: int) -> tuple[Row, list[str]]:
    """A row of mentions and the same as BIO tags."""
    tags = ["O"] * TOKENS
    for start, end, label in spans:
        tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    mentions = [
        {"start": start * WIDTH, "end": end * WIDTH - 1, "type": label, "level": "name"} for start, end, label in spans
    ]
    rng.shuffle(mentions)
    return {"id": f"s{number}", "mentions": mentions}, tags


def sample(sentences: int, seed: int = 0) -> tuple[list[Row], list[Row], list[list[str]], list[list[str]]]:
    """Gold rows, predicted rows (some 80 % right), and both as tags; two names of one to three tokens a sentence."""
    rng = random.Random(seed)
    gold, predicted, right, found = [], [], [], []
    text = " ".join(["Wanip"] * TOKENS)
    for number in range(sentences):
        spans = []
        for half in (0, TOKENS // 2):
            start = half + rng.randrange(TOKENS // 2 - 3)
            spans.append((start, start + rng.randrange(1, 4), rng.choice(ENTITY_TYPES)))
        row, tags = _sentence(rng, spans, number)
        names = [item | {"id": f"m{n}", "entity": None, "metonym": False} for n, item in enumerate(row["mentions"])]
        gold.append({"id": row["id"], "text": text, "mentions": names})
        right.append(tags)
        guessed = [
            (start, end, rng.choice(ENTITY_TYPES) if rng.random() < 0.2 else label) for start, end, label in spans
        ]
        row, tags = _sentence(rng, guessed, number)
        predicted.append(row)
        found.append(tags)
    return gold, predicted, right, found


def _write(path: Path, rows: list[Row]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _scoring(sentences: int, folder: Path) -> tuple[float, float]:
    """Ratios of time, from memory and from a file."""
    gold, predicted, right, found = sample(sentences)
    rows, tags = folder / "entities.test.jsonl", folder / "tags.jsonl"
    _write(rows, predicted)
    _write(tags, [{"tags": one} for one in found])
    columns, given = Mentions.of(gold), read_mentions(rows, gold)
    scores: list[float] = []

    def ours() -> None:
        tp, guessed, total = entities.exact_names(columns, given)
        scores.append(2 * tp / (guessed + total))

    def ours_from_file() -> None:
        entities.exact_names(columns, read_mentions(rows, gold))

    def theirs_from_file() -> None:
        with tags.open(encoding="utf-8") as lines:
            classification_report(right, [json.loads(line)["tags"] for line in lines])

    memory = min(timed(ours) for _ in range(5))
    file = min(timed(ours_from_file) for _ in range(5))
    strict = timed(lambda: scores.append(f1_score(right, found, mode="strict", scheme=IOB2)))
    report = timed(theirs_from_file)
    if abs(scores[0] - scores[-1]) > 1e-9:
        print(f"scores differ: {scores[0]} and seqeval's {scores[-1]}", file=sys.stderr)
        return 0.0, 0.0
    print(f"{sentences:,} sentences, {len(given):,} spans, F1 {scores[0]:.4f} in both")
    print(f"  names from columns in memory   {memory:8.4f} s   seqeval f1_score, strict      {strict:7.2f} s")
    print(f"  read, validate, score a file   {file:8.4f} s   seqeval read and report       {report:7.2f} s")
    return strict / memory, report / file


def _resampling() -> float:
    """Ratio of time for joint storyline resamples of ten systems."""
    rng = np.random.default_rng(0)
    gold = rng.integers(20, 80, STORYLINES)
    systems = [np.column_stack([rng.binomial(gold, 0.6), gold, gold]) for _ in range(SYSTEMS)]

    def ours() -> None:
        resamples.cache_clear()
        weights = resamples(STORYLINES)
        totals = weights @ np.hstack(systems)
        _ = 2 * totals[:, 0::3] / (totals[:, 1::3] + totals[:, 2::3])

    columns = [column for system in systems for column in (2 * system[:, 0], system[:, 1] + system[:, 2])]

    def theirs() -> None:
        bootstrap(
            tuple(columns), lambda *data, axis: np.stack([data[n].sum(axis) / data[n + 1].sum(axis)
                                                          for n in range(0, len(data), 2)]),
            paired=True, vectorized=True, n_resamples=RESAMPLES, method="percentile",
        )  # fmt: skip

    mine, other = min(timed(ours) for _ in range(5)), min(timed(theirs) for _ in range(3))
    print(f"{RESAMPLES:,} joint resamples of {SYSTEMS} systems on {STORYLINES} storylines")
    print(f"  ours                           {mine:8.4f} s   scipy.stats.bootstrap         {other:7.2f} s")
    return other / mine


def _board(folder: Path) -> None:
    """Time a board of ten systems and 5,000 articles."""
    for number in tqdm(range(SYSTEMS), desc="make systems", unit="system"):
        gold, predicted, _, _ = sample(ARTICLES, 1)
        rng = random.Random(number)
        for row in predicted:
            row["mentions"] = [item for item in row["mentions"] if rng.random() < 0.9]
        _write(folder / f"system{number}" / "entities.test.jsonl", predicted)
    articles = [row | {"storyline": f"t{number // 8}", "paragraphs": []} for number, row in enumerate(gold)]
    seconds = timed(lambda: make_board(folder, "entities", "test", articles))
    print(f"a board of {SYSTEMS} systems, {ARTICLES:,} articles, {ARTICLES // 8} storylines: {seconds:.1f} s")


def _flat(sentences: int) -> None:
    """Print the time per span."""
    gold, predicted, _, _ = sample(sentences)
    columns, given = Mentions.of(gold), Mentions.of(predicted)
    seconds = min(timed(lambda: entities.exact_names(columns, given)) for _ in range(5))
    print(f"  {len(given):>9,} spans   {1e9 * seconds / len(given):6.0f} ns a span")


def run(sentences: int) -> int:
    """Print timings and ratios; 1 if a ratio is under its target.

    Args:
        sentences: how many the comparison with seqeval has, with two names each.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        memory, file = _scoring(sentences, folder)
        resampled = _resampling()
        systems = folder / "systems"
        for number in range(SYSTEMS):
            (systems / f"system{number}").mkdir(parents=True)
            card = {"name": f"system {number}", "link": "null"} | dict.fromkeys(
                ("description", "authors", "training_data", "parameters", "compute"), "bench"
            )
            lines = [f"{name}: {value}" for name, value in (card | {"date": "2026-11-25"}).items()]
            (systems / f"system{number}" / "card.yaml").write_text("\n".join(lines))
        _board(systems)
    for number in (5_000, 50_000, 500_000):
        _flat(number)
    print(f"ratio memory {memory:.0f}")
    print(f"ratio file {file:.0f}")
    print(f"ratio resamples {resampled:.1f}")
    under = memory < MEMORY_TARGET or file < FILE_TARGET or resampled < RESAMPLE_TARGET
    if under and sentences >= 100_000:
        print(f"failed: the targets are {MEMORY_TARGET}, {FILE_TARGET} and {RESAMPLE_TARGET}", file=sys.stderr)
    return int(under and sentences >= 100_000)
