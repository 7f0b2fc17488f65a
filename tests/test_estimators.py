"""The estimators are scikit-learn's: its own checks, cloning, pipelines, grid search."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import (
    check_estimator_repr,
    check_get_params_invariance,
    parametrize_with_checks,
)

from communique.models import (
    BiasedLabeller,
    Document,
    EagerLabeller,
    Lexicon,
    LinkClassifier,
    RoleLabeller,
    SequenceLabeller,
    SpanClassifier,
    SpeakerRanker,
    StackedLabeller,
)
from communique.models.classifier import CategoricalSVC, OneHot
from communique.models.columns import place, stems, words
from support import make_article
from test_models import gold_row

NOTHING = "training may have nothing to learn from"
TWO = "decision_function has a column for each class, also when there are two"
ON_DOCUMENTS = [
    SequenceLabeller((words, place), cost=0.5),
    StackedLabeller((words, place), cost=0.5),
    BiasedLabeller((words, stems), cost=0.5),
    RoleLabeller(2.0),
    Lexicon(True),
    LinkClassifier(2.0, bias=0.5),
    SpanClassifier((words,)),
    EagerLabeller((words, place), cost=0.5, bias=2.0),
    SpeakerRanker(2.0),
]


def departures(estimator: BaseEstimator) -> dict[str, str]:
    """The checks of scikit-learn that do not hold, and why."""
    empty = {"check_estimators_empty_data_messages": NOTHING}
    if isinstance(estimator, OneHot):
        return empty
    return empty | {"check_classifiers_classes": TWO, "check_classifiers_train": TWO}


@parametrize_with_checks([OneHot(), CategoricalSVC()], expected_failed_checks=departures)
def test_estimators_of_arrays_pass_the_checks_of_scikit_learn(estimator: BaseEstimator, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", ON_DOCUMENTS, ids=lambda estimator: type(estimator).__name__)
def test_estimators_of_documents_pass_those_that_need_no_arrays(estimator: BaseEstimator) -> None:
    check_get_params_invariance(type(estimator).__name__, estimator)
    check_estimator_repr(type(estimator).__name__, estimator)
    assert set(vars(estimator)) == set(estimator.get_params())
    assert clone(estimator).get_params() == estimator.get_params()


def test_columns_go_through_a_pipeline() -> None:
    columns = np.array([[1, 7], [2, 7], [1, 8], [2, 8]] * 3)
    labels = ["one", "two"] * 6
    pipeline = make_pipeline(OneHot(), LinearSVC())
    assert pipeline.fit(columns, labels).predict(columns).tolist() == labels


def nothing(document: Document) -> Any:
    """One column that is the same for every token."""
    return np.zeros((len(document.words), 1), dtype=np.int64)


def test_a_labeller_is_tuned_by_grid_search() -> None:
    texts = [f"Talks\nEnvoy {name} met us on Friday." for name in ("Luzimo", "Teirult", "Vaqunte", "Osmolt")]
    documents = [Document.of(gold_row(make_article(text))) for text in texts]
    names = [[document.labelled(2, 3, "PERSON")] for document in documents]

    def exact(model: SequenceLabeller, found: list[Document], gold: Any) -> float:
        return float(np.mean([a == b for a, b in zip(model.predict(found), gold, strict=True)]))

    search = GridSearchCV(SequenceLabeller((words,)), {"columns": [(nothing,), (words,)]}, scoring=exact, cv=2)
    search.fit(documents, names)
    assert search.best_params_ == {"columns": (words,)}
    assert search.cv_results_["mean_test_score"].tolist() == [0.0, 1.0]
    assert search.predict(documents) == names
