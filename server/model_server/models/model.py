# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server knows of one model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

# Columns beyond these get no counters of their own, so that wide models do not flood Prometheus.
MAX_COLUMNS = 100
METHODS = ("predict", "predict_proba")


class ModelError(Exception):
    """A model that is not served; the message says which, why, and what to do."""


@dataclass
class Model:
    """One version of one model, ready to predict.

    :ivar features: number of columns it takes.
    :ivar names: names of the columns, or None if it was fitted without names.
    :ivar methods: those of METHODS that it has.
    :ivar frame: whether it needs a DataFrame, with columns of different kinds.
    :ivar example: rows from its metadata, shown to people and used for the warm-up.
    :ivar expected: the predictions for the example that its training recorded, or None.
    :ivar kinds: of a frame's columns, as its example has them: what a column is that holds only nulls.
    :ivar none: columns in which a missing value is None (inference/missing.py); it is NaN in all others.
    :ivar plans: how each method is run (inference/plans.py).
    :ivar predicts: numpy's kind of dtype, and shape, of one prediction.
    """

    name: str
    version: str
    estimator: Any
    sha256: str
    sklearn_version: str
    features: int
    names: list[str] | None
    methods: tuple[str, ...]
    classes: list | None
    allows_nan: bool
    frame: bool
    example: list[list]
    expected: list | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    none: frozenset[str] = frozenset()
    plans: dict[str, Any] = field(default_factory=dict)
    predicts: tuple[str, tuple[int, ...]] = ("f", ())

    @property
    def plan_names(self) -> dict[str, str]:
        """The name of each method's plan."""
        return {method: plan.name for method, plan in self.plans.items()}

    @cached_property
    def columns(self) -> list[str]:
        """A name for each column: its own, or its number."""
        return self.names or [str(i) for i in range(self.features)]

    @cached_property
    def column_labels(self) -> list[tuple[str, str, str]]:
        """Labels of the metrics that each column has of its own."""
        return [(self.name, self.version, column) for column in self.columns[:MAX_COLUMNS]]

    @property
    def info(self) -> dict[str, str]:
        """Labels of the metric that names the served models."""
        return {
            "model": self.name,
            "version": self.version,
            "estimator": type(self.estimator).__name__,
            "sklearn_version": self.sklearn_version,
            "sha256": self.sha256[:12],
            "engine": self.plan_names.get("predict", ""),
        }


def describe(name: str, version: str, digest: str, metadata: dict, estimator: Any) -> Model:
    """A model that is not prepared yet: it has no plans.

    :param metadata: of its model.json.
    :raises ModelError: the estimator is not fitted, or cannot predict.
    """
    features = getattr(estimator, "n_features_in_", None)
    if not hasattr(estimator, "predict") or features is None:
        raise ModelError(
            f"model {name} version {version}: {type(estimator).__name__} is no fitted estimator with predict"
        )
    names = getattr(estimator, "feature_names_in_", None)
    classes = getattr(estimator, "classes_", None)
    return Model(
        name=name,
        version=version,
        estimator=estimator,
        sha256=digest,
        sklearn_version=metadata["sklearn_version"],
        features=int(features),
        names=metadata.get("feature_names") or (None if names is None else [str(n) for n in names]),
        methods=tuple(m for m in METHODS if hasattr(estimator, m)),
        classes=None if classes is None else np.asarray(classes).tolist(),
        allows_nan=bool(estimator.__sklearn_tags__().input_tags.allow_nan),
        frame=names is not None and takes_frame(estimator),
        example=metadata.get("example") or [guess(estimator, names, int(features))],
        expected=metadata.get("expected"),
    )


def takes_frame(estimator: Any) -> bool:
    """Whether a part of it selects columns by name or by kind, so that an array of numbers would not do."""
    if type(estimator).__name__ in ("ColumnTransformer", "OneHotEncoder", "OrdinalEncoder", "TargetEncoder"):
        return True
    inner = [step for _unused, step in getattr(estimator, "steps", ())]
    inner += [getattr(estimator, name) for name in ("estimator_", "best_estimator_") if hasattr(estimator, name)]
    return any(takes_frame(part) for part in inner)


def guess(estimator: Any, names: Any, features: int) -> list:
    """A row for a model without an example: the first category of each encoded column, zeros elsewhere."""
    row: list = [0.0] * features
    for part in [estimator, *(step for _unused, step in getattr(estimator, "steps", ()))]:
        for _unused, encoder, columns in getattr(part, "transformers_", ()):
            categories = getattr(encoder, "categories_", None)
            if categories is None and hasattr(encoder, "steps"):
                categories = getattr(encoder.steps[-1][1], "categories_", None)
            for column, known in zip(columns, categories or (), strict=False):
                index = list(names).index(column) if isinstance(column, str) else int(column)
                row[index] = np.asarray(known).tolist()[0]
    return row
