"""Where gold may be wrong: tokens whose gold tag a model that has not seen their storyline finds least likely.

Every storyline is left out once; the labeller trained on the others gives each token a distribution over tags (softmax
of its margins). A token's score is the probability of its gold tag (self-confidence, Northcutt, Jiang and Chuang 2021).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import softmax
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from communique.models.bilou import encode
from communique.models.document import Document, Labelled
from communique.models.labeller import SequenceLabeller
from communique.schema import Row


def suspicious_tokens(
    rows: Sequence[Row], spans: Sequence[Sequence[Labelled]], labeller: SequenceLabeller, folds: int = 5
) -> pd.DataFrame:
    """Tokens by how unlikely their gold tag is, the least likely first.

    Args:
        rows: joined gold rows of two storylines or more.
        spans: the gold spans of each row, flat.
        labeller: a labeller, whose columns and cost are used; it stays as it is.
        folds: at most this many parts; storylines stay whole.

    Returns:
        Columns article, token, text (with five tokens either side), gold, predicted and confidence (of the gold tag).
    """
    documents = [Document.of(row) for row in rows]
    storylines = [row["storyline"] for row in rows]
    records = []
    parts = GroupKFold(min(folds, len(set(storylines)))).split(documents, groups=storylines)
    for train, held in tqdm(list(parts), desc="held-out storylines", unit="fold"):
        model = SequenceLabeller(labeller.columns, labeller.cost)
        model.fit([documents[i] for i in train], [spans[i] for i in train])
        for i in held:
            document = documents[i]
            tags, margins = model.margins(document)
            likely = softmax(margins, axis=1)
            for number, gold in enumerate(encode(document, spans[i])):
                first, last = max(0, number - 5), min(len(document.words), number + 6)
                around = document.text[document.starts[first] : document.ends[last - 1]].replace("\n", " ")
                confidence = float(likely[number, tags.index(gold)]) if gold in tags else 0.0
                best = tags[int(np.argmax(margins[number]))]
                records.append((rows[i]["id"], document.words[number], around, gold, best, confidence))
    table = pd.DataFrame(records, columns=["article", "token", "text", "gold", "predicted", "confidence"])
    return table.sort_values("confidence", kind="stable").reset_index(drop=True)
