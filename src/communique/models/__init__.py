"""The estimators that the baselines share: the only importer of scikit-learn.

`Document` is what a system may see of an article; `columns` say what its tokens look like; `SequenceLabeller`,
`StackedLabeller`, `BiasedLabeller` and `Lexicon` find labelled spans, `SpanClassifier` labels given ones,
`LinkClassifier` pairs of them; `RoleLabeller` finds the arguments of given ones, `EntityLinker` what they mean.
Everything is deterministic, and every
span is in code points, half-open.
"""

from communique.models.biased import BiasedLabeller
from communique.models.document import Document, Labelled, nearest
from communique.models.labeller import Lexicon, SequenceLabeller
from communique.models.linker import EntityLinker, Linked
from communique.models.links import LINKED, LinkClassifier, Pairs, RoleLabeller, SpanClassifier, Surroundings
from communique.models.speakers import PRONOUN, Attributed, EagerLabeller, SpeakerRanker, held_out
from communique.models.stacked import StackedLabeller

__all__ = [
    "LINKED",
    "PRONOUN",
    "Attributed",
    "BiasedLabeller",
    "Document",
    "EagerLabeller",
    "EntityLinker",
    "Labelled",
    "Lexicon",
    "LinkClassifier",
    "Linked",
    "Pairs",
    "RoleLabeller",
    "SequenceLabeller",
    "SpanClassifier",
    "SpeakerRanker",
    "StackedLabeller",
    "Surroundings",
    "held_out",
    "nearest",
]
