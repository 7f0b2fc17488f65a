"""The names baseline against python-crfsuite on the same features and a blank spaCy NER, on the same data, in one run.

Features are the columns of the baseline's first pass. python-crfsuite gets them as strings, as its users write them;
spaCy makes its own. Each model is trained and used in a process of its own. Figures: F1 of names by split (exact span
and type), processor seconds of training, tokens a processor second in prediction, bytes of the saved model, and the
process's peak memory.
"""

import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import numpy as np
import pandas as pd
import pycrfsuite
import skops.io
import spacy
from spacy.training import Example
from tqdm import tqdm

from communique.bench.timing import cpu_seconds
from communique.dataset import read_gold
from communique.models import Document, Labelled, SequenceLabeller, StackedLabeller
from communique.models.bilou import decode, encode
from communique.models.columns import casing, gather, place, words
from communique.schema import Row
from communique.tasks import entities

COLUMNS = (words, place, casing)
EPOCHS = 20
DRAWS, SHARE = 5, 0.8
Predict = Callable[[Row], list[Labelled]]
Train = Callable[[Sequence[Row]], tuple[Predict, int]]
"""From training rows to a prediction and the bytes of the model."""


def names_of(row: Row) -> list[Labelled]:
    """The gold names of a row."""
    return [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]


def score(rows: Sequence[Row], predict: Predict) -> float:
    """Names F1."""
    predicted = [
        {
            "id": row["id"],
            "mentions": [
                {"id": f"m{number}", "start": span.start, "end": span.end, "type": span.label, "level": "name"}
                for number, span in enumerate(predict(row))
            ],
        }
        for row in rows
    ]
    return float(entities.evaluate(rows, predicted)["f1"])


def _parts(document: Document, items: Sequence[Any]) -> list[list[Any]]:
    """One item a token, cut into paragraphs."""
    borders = [0, *(np.flatnonzero(np.diff(document.paragraph)) + 1).tolist(), len(items)]
    return [list(items[first:last]) for first, last in pairwise(borders) if first < last]


def _features(document: Document) -> list[list[list[str]]]:
    """The columns of each paragraph's tokens as strings `column=code`."""
    codes = gather(document, COLUMNS).tolist()
    return _parts(document, [[f"{column}={code}" for column, code in enumerate(row)] for row in codes])


def train_crfsuite(rows: Sequence[Row]) -> tuple[Predict, int]:
    """L-BFGS, c2 = 0.1 (c1 = 0), BILOU; returns the prediction and the bytes of the model."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.0, "c2": 0.1, "max_iterations": 200, "feature.minfreq": 2})
    for row in rows:
        document = Document.of(row)
        for features, tags in zip(_features(document), _parts(document, encode(document, names_of(row))), strict=True):
            trainer.append(features, tags)
    tagger = pycrfsuite.Tagger()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crfsuite.model"
        trainer.train(str(path))
        size = path.stat().st_size
        tagger.open(str(path))  # reads it whole; from memory it would be read after Python had freed it

    def predict(row: Row) -> list[Labelled]:
        document = Document.of(row)
        return decode(document, [tag for features in _features(document) for tag in tagger.tag(features)])

    return predict, size


def train_spacy(rows: Sequence[Row]) -> tuple[Predict, int]:
    """A blank English pipeline with `ner` alone, spaCy's default architecture, on the CPU, `EPOCHS` epochs."""
    spacy.util.fix_random_seed(0)
    pipeline = spacy.blank("en")
    ner = pipeline.add_pipe("ner")
    examples = []
    for row in rows:
        for paragraph in row["paragraphs"]:
            start, end = paragraph["start"], paragraph["end"]
            doc = pipeline.make_doc(row["text"][start:end])
            spans = [
                (name.start - start, name.end - start, name.label)
                for name in names_of(row) if start <= name.start and name.end <= end
                and doc.char_span(name.start - start, name.end - start) is not None
            ]  # fmt: skip
            examples.append(Example.from_dict(doc, {"entities": spans}))
    for label in {name.label for row in rows for name in names_of(row)}:
        ner.add_label(label)
    optimizer = pipeline.initialize(lambda: examples)
    shuffled = list(examples)
    rng = random.Random(0)
    for _ in tqdm(range(EPOCHS), desc="spaCy", unit="epoch"):
        rng.shuffle(shuffled)
        for batch in spacy.util.minibatch(shuffled, size=32):
            pipeline.update(batch, sgd=optimizer, drop=0.2)
    size = len(pipeline.to_bytes())

    def predict(row: Row) -> list[Labelled]:
        found = []
        for paragraph in row["paragraphs"]:
            doc = pipeline(row["text"][paragraph["start"] : paragraph["end"]])
            found += [
                Labelled(paragraph["start"] + span.start_char, paragraph["start"] + span.end_char, span.label_)
                for span in doc.ents
            ]
        return found

    return predict, size


def _ours(model: SequenceLabeller) -> tuple[Predict, int]:
    return lambda row: model.predict([Document.of(row)])[0], len(skops.io.dumps(model, compression=ZIP_DEFLATED))


def train_one_pass(rows: Sequence[Row]) -> tuple[Predict, int]:
    """The baseline's first pass alone."""
    return _ours(SequenceLabeller(COLUMNS).fit([Document.of(row) for row in rows], [names_of(row) for row in rows]))


def train_two_passes(rows: Sequence[Row]) -> tuple[Predict, int]:
    """The names of the baseline."""
    storylines = [row["storyline"] for row in rows]
    documents, names = [Document.of(row) for row in rows], [names_of(row) for row in rows]
    return _ours(StackedLabeller(COLUMNS).fit(documents, names, storylines))


OURS, RIVAL = "svc-names", "python-crfsuite"
MODELS: dict[str, Train] = {
    "svc-names, first pass": train_one_pass,
    OURS: train_two_passes,
    RIVAL: train_crfsuite,
    "blank spaCy": train_spacy,
}


@dataclass(frozen=True)
class Measured:
    """One model: names F1 by split, processor seconds of training, tokens a processor second in prediction, bytes of
    the model, and peak memory of its process in bytes.
    """

    name: str
    f1: dict[str, float]
    seconds: float
    rate: float
    size: int
    memory: int


def measure(name: str, dataset: Path, articles: Sequence[str], splits: Sequence[str]) -> Measured:
    """Train a model of `MODELS` on the named articles of `train`, score splits, and time the prediction of all of them
    (the best of three).
    """
    training = [row for row in read_gold(dataset, "train") if row["id"] in set(articles)]
    gold = {split: read_gold(dataset, split) for split in splits}
    made: list[tuple[Predict, int]] = []
    seconds = cpu_seconds(lambda: made.append(MODELS[name](training)))
    predict, size = made[0]
    rows = [row for found in gold.values() for row in found]
    best = min(cpu_seconds(lambda: [predict(row) for row in rows]) for _ in range(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    scores = {split: score(found, predict) for split, found in gold.items()}
    return Measured(name, scores, seconds, sum(len(row["tokens"]) for row in rows) / best, size, peak)


def _alone(name: str, dataset: Path, articles: Sequence[str], splits: Sequence[str]) -> Measured:
    """`measure` in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, name, dataset, articles, splits).result()


def table(found: Sequence[Measured]) -> pd.DataFrame:
    """A row for each model; F1 in percent, sizes in megabytes."""
    return pd.DataFrame(
        [
            {"model": one.name}
            | {f"F1 {split}": round(100 * value, 1) for split, value in one.f1.items()}
            | {
                "training CPU s": round(one.seconds, 1),
                "tokens/CPU s": round(one.rate),
                "model MB": round(one.size / 1e6, 1),
            }
            | {"memory MB": round(one.memory / 1e6)}
            for one in found
        ]
    )


def draws(articles: Sequence[str]) -> list[list[str]]:
    """`DRAWS` random parts of the training articles, the same every time."""
    return [random.Random(seed).sample(articles, round(SHARE * len(articles))) for seed in range(DRAWS)]


def run(dataset: Path, splits: Sequence[str]) -> int:
    """Print a table of all models trained on `train`, the ratios of speed to python-crfsuite, and the mean difference
    to it over draws.
    """
    articles = [row["id"] for row in read_gold(dataset, "train")]
    found = {name: _alone(name, dataset, articles, splits) for name in tqdm(MODELS, desc="models", unit="model")}
    print(table(list(found.values())).to_string(index=False))
    first, rival = found["svc-names, first pass"], found[RIVAL]
    print(f"ratio training {rival.seconds / first.seconds:.1f}\nratio prediction {first.rate / rival.rate:.1f}")
    gaps: dict[str, list[float]] = {split: [] for split in splits}
    for part in tqdm(draws(articles), desc="draws", unit="draw"):
        one, other = (_alone(name, dataset, part, splits) for name in (OURS, RIVAL))
        for split in splits:
            gaps[split].append(100 * (one.f1[split] - other.f1[split]))
    for split, values in gaps.items():
        each = ", ".join(f"{value:+.1f}" for value in values)
        print(f"{OURS} - {RIVAL} on {split}: {statistics.mean(values):+.2f} (draws of {SHARE:.0%}: {each})")
    return 0
