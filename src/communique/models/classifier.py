"""The one learner under every model: a linear support vector machine over categorical columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.svm import LinearSVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from communique.models.columns import cross
from communique.models.document import Codes


class OneHot(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Codes of shape (rows, columns) to a sparse matrix with a one for each row and column.

    What `OneHotEncoder` does, in one search over all columns instead of one per column, some ten times as fast.
    Categories seen fewer than `min_count` times in training, or never, share one feature per column. Numbers that are
    no integers lose their fraction. Training on no rows keeps no category.
    """

    def __init__(self, min_count: int = 2) -> None:
        self.min_count = min_count

    def fit(self, columns: Codes, y: object = None) -> "OneHot":
        """Remember the categories of each column; `y` is not looked at."""
        columns = validate_data(self, columns, dtype=np.int64, ensure_min_samples=0)
        keys, counts = np.unique(self._keys(columns), return_counts=True)
        self.keys_ = keys[counts >= self.min_count]
        return self

    def transform(self, columns: Codes) -> csr_matrix:
        """The sparse matrix, shape (rows, kept categories + columns)."""
        check_is_fitted(self)
        columns = validate_data(self, columns, dtype=np.int64, ensure_min_samples=0, reset=False)
        rows, width = columns.shape
        size = len(self.keys_)
        keys = self._keys(columns)
        features = np.broadcast_to(size + np.arange(width), keys.shape)
        if size:
            at = np.minimum(np.searchsorted(self.keys_, keys), size - 1)
            features = np.where(self.keys_[at] == keys, at, features)
        ends = np.arange(0, rows * width + 1, width)
        return csr_matrix((np.ones(rows * width), features.ravel(), ends), shape=(rows, size + width))

    @staticmethod
    def _keys(columns: Codes) -> Codes:
        return cross(columns, np.arange(columns.shape[1]))


class CategoricalSVC(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One-hot columns, then `LinearSVC`, one class against the rest.

    With a single class, or no training rows, there is nothing to learn: that class is always predicted, with margin 0.

    Args:
        cost: the weight of training errors (`C` of `LinearSVC`).
    """

    def __init__(self, cost: float = 0.1) -> None:
        self.cost = cost

    def fit(self, columns: Codes, y: Sequence[str]) -> "CategoricalSVC":
        """Learn from codes of shape (rows, columns) and a label for each row."""
        self.classes_ = np.array([], dtype=str)
        if np.asarray(columns).shape[:1] == (0,):
            return self
        columns, y = validate_data(self, columns, y, dtype=np.int64)
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) > 1:
            self.encoder_ = OneHot()
            # Margins settle long before the optimum: a loose tolerance gives the same decisions.
            self.svc_ = LinearSVC(C=self.cost, tol=0.05, dual=True, random_state=0, max_iter=2000)
            self.svc_.fit(self.encoder_.fit_transform(columns), y)
        return self

    def decision_function(self, columns: Codes) -> NDArray[np.float64]:
        """Margins of shape (rows, classes), classes in the order of `classes_`, also when there are two."""
        check_is_fitted(self)
        rows = len(np.asarray(columns))
        if len(self.classes_) < 2 or not rows:
            return np.zeros((rows, len(self.classes_)))
        margins = self.svc_.decision_function(self.encoder_.transform(columns))
        return np.column_stack([-margins, margins]) if margins.ndim == 1 else np.asarray(margins)

    def predict(self, columns: Codes) -> NDArray[Any]:
        """The class with the largest margin for each row. Raises `ValueError` for rows after training on none."""
        margins = self.decision_function(columns)
        return self.classes_[margins.argmax(axis=1) if len(margins) else []]
