# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server knows of one model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .input_parts import Part
from .schema import Column

# Columns beyond these get no counters of their own, so that wide models do not flood Prometheus.
MAX_COLUMNS = 100
# Those whose plan is chosen by probes, and those that are run for each request alone.
PROBED = ("predict", "predict_proba")
METHODS = (*PROBED, "predict_log_proba", "decision_function", "transform")
VECTORIZERS = {"CountVectorizer", "TfidfVectorizer", "HashingVectorizer"}


class ModelError(Exception):
    """A model that is not served; the message says which, why, and what to do."""


@dataclass
class Model:
    """One version of one model, ready to predict.

    :ivar features: number of columns it takes.
    :ivar names: names of the columns, or None if it was fitted without names.
    :ivar methods: those of METHODS that it has.
    :ivar takes: the form of its rows (input_form.py).
    :ivar parts: those of the estimator that are given its columns (input_parts.py).
    :ivar example: rows from its metadata, shown to people and used for the warm-up.
    :ivar expected: the predictions for the example that its training recorded, or None.
    :ivar nullable: of each column, whether the model takes a missing value there; found when it is prepared.
    :ivar kinds: of a table's columns, as its example has them: what a column is that holds only nulls.
    :ivar none: columns in which a missing value is None (inference/missing.py); it is NaN in all others.
    :ivar schema: of its columns, in order, where its metadata has one: it is enforced.
    :ivar precision: the type of an array of its numbers (precision.py).
    :ivar plans: how each method is run (inference/plans.py).
    :ivar results: of each method, the dtype and the shape of one row's result.
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
    takes: str
    parts: list[Part]
    example: list
    expected: list | None = None
    nullable: list[bool] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    none: frozenset[str] = frozenset()
    schema: list[Column] | None = None
    precision: type = np.float64
    plans: dict[str, Any] = field(default_factory=dict)
    results: dict[str, tuple[np.dtype, tuple[int, ...]]] = field(default_factory=dict)

    @property
    def plan_names(self) -> dict[str, str]:
        """The name of each method's plan."""
        return {method: plan.name for method, plan in self.plans.items()}

    @property
    def numeric(self) -> bool:
        """Whether it takes an array of numbers."""
        return self.takes == "numbers"

    @cached_property
    def documents(self) -> frozenset[str]:
        """The columns whose texts are cut into words, so that no other value will do."""
        return frozenset(
            self.columns[column]
            for part in self.parts
            if type(part.estimator).__name__ in VECTORIZERS
            for column in part.columns
        )

    @cached_property
    def limits(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The least and the greatest number of each strict or boolean column, infinite elsewhere; None without one."""
        ranges = [allowed(column) for column in self.schema or ()]
        if not any(ranges):
            return None
        return tuple(np.array([limits or (-np.inf, np.inf) for limits in ranges], np.float64).T)

    @cached_property
    def booleans(self) -> np.ndarray:
        """Of each column, whether its schema says that it is boolean."""
        return np.array([column.kind == "boolean" for column in self.schema or ()])

    @cached_property
    def ranges(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The least and the greatest number of each column in training; None without a schema."""
        if not self.schema:
            return None
        known = [column.range or (-np.inf, np.inf) for column in self.schema[:MAX_COLUMNS]]
        return tuple(np.array(known, np.float64).T)

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


def allowed(column: Column) -> list[float] | None:
    """The least and the greatest number that is taken in the column, or None where all are."""
    if column.kind == "boolean":
        return [0, 1]
    return column.range if column.strict else None
