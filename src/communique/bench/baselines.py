"""The names baseline against python-crfsuite on the same features and a blank spaCy NER, on the same data, in one run.

Features are the columns of the baseline's first pass. python-crfsuite gets them as strings, as its users write them;
spaCy makes its own. Figures: F1 on `test` and `shift` (exact span and type), training seconds, tokens a second in
prediction, bytes of the model, peak memory that Python's allocator saw (without what the rivals allocate in C).
"""

import random
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pycrfsuite
import spacy
from spacy.training import Example
from tqdm import tqdm

from communique.bench.timing import timed
from communique.models import Document, Labelled
from communique.models.bilou import decode, encode
from communique.models.columns import casing, gather, place, words
from communique.schema import Row
from communique.tasks import entities

COLUMNS = (words, place, casing)
EPOCHS = 20
Predict = Callable[[Row], list[Labelled]]


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


def _features(document: Document) -> list[list[list[str]]]:
    """The columns of each paragraph's tokens as strings `column=code`."""
    codes = gather(document, COLUMNS)
    lines = [[f"{column}={code}" for column, code in enumerate(row)] for row in codes.tolist()]
    borders = [0, *(np.flatnonzero(np.diff(document.paragraph)) + 1).tolist(), len(lines)]
    return [lines[first:last] for first, last in zip(borders, borders[1:], strict=False) if first < last]


def _parts(document: Document, tags: Sequence[str]) -> list[list[str]]:
    borders = [0, *(np.flatnonzero(np.diff(document.paragraph)) + 1).tolist(), len(tags)]
    return [list(tags[first:last]) for first, last in zip(borders, borders[1:], strict=False) if first < last]


def train_crfsuite(rows: Sequence[Row], folder: Path) -> tuple[Predict, int]:
    """L-BFGS, c2 = 0.1 (c1 = 0), BILOU; returns the prediction and the bytes of the model."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.0, "c2": 0.1, "max_iterations": 200, "feature.minfreq": 2})
    for row in rows:
        document = Document.of(row)
        for features, tags in zip(_features(document), _parts(document, encode(document, names_of(row))), strict=True):
            trainer.append(features, tags)
    path = folder / "crfsuite.model"
    trainer.train(str(path))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))

    def predict(row: Row) -> list[Labelled]:
        document = Document.of(row)
        tags = [tag for features in _features(document) for tag in tagger.tag(features)]
        try:
            return decode(document, tags)
        except ValueError:
            return []

    return predict, path.stat().st_size


def train_spacy(rows: Sequence[Row], folder: Path) -> tuple[Predict, int]:
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
    pipeline.to_disk(folder / "spacy")
    size = sum(path.stat().st_size for path in (folder / "spacy").rglob("*") if path.is_file())

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
