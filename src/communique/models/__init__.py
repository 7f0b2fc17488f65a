"""The estimators that the baselines share: the only importer of scikit-learn.

`Document` is what a system may see of an article; `columns` say what its tokens look like; `SequenceLabeller`,
`StackedLabeller` and `Lexicon` find labelled spans, `SpanClassifier` labels given ones, `LinkClassifier` pairs of them.
Everything is deterministic, and every span is in code points, half-open.
"""

from communique.models.document import Document, Labelled, nearest
from communique.models.labeller import Lexicon, SequenceLabeller
from communique.models.links import LINKED, LinkClassifier, Pairs, SpanClassifier
from communique.models.speakers import PRONOUN, Attributed, EagerLabeller, EagerLinker, SpeakerRanker, held_out
from communique.models.stacked import StackedLabeller

__all__ = [
    "LINKED",
    "PRONOUN",
    "Attributed",
    "Document",
    "EagerLabeller",
    "EagerLinker",
    "Labelled",
    "Lexicon",
    "LinkClassifier",
    "Pairs",
    "SequenceLabeller",
    "SpanClassifier",
    "SpeakerRanker",
    "StackedLabeller",
    "held_out",
    "nearest",
]
