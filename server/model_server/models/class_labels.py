# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The labels of a model's classes that model.json holds: a booster's file has only their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .boosted import BoostedClassifier
from .model import ModelError

KINDS = (str, int, bool)


def are_labels(value: Any) -> bool:
    """Whether it is a list of different texts, whole numbers or booleans, all of one kind."""
    if not isinstance(value, list) or not value:
        return False
    of_one_kind = len({type(label) for label in value}) == 1 and isinstance(value[0], KINDS)
    return of_one_kind and len(set(value)) == len(value)


def name_classes(title: str, estimator: Any, labels: list | None) -> None:
    """Give a booster the labels of its classes, in the order of their numbers; any other model must have them itself.

    :param title: of the model, for messages.
    :param labels: those of model.json, or None.
    :raises ModelError: the model has other classes, or none.
    """
    if labels is None:
        return
    own = getattr(estimator, "classes_", None)
    if own is None:
        raise ModelError(f"{title} predicts no classes: take 'classes' out of model.json")
    own = plain(own)
    if isinstance(estimator, BoostedClassifier):
        if len(labels) != len(own):
            raise ModelError(
                f"{title} has {len(own)} classes; 'classes' in model.json has {len(labels)}: {short(labels)}. "
                "List the labels in the order in which the training numbered them"
            )
        estimator.labels = np.array(labels)
        estimator.classes_ = estimator.labels
    elif own != labels:
        raise ModelError(f"{title} has the classes {short(own)}; 'classes' in model.json says {short(labels)}")


def plain(classes: Any) -> list:
    """The classes as plain values; of several outputs, a list for each."""
    return [plain(part) for part in classes] if isinstance(classes, list) else np.asarray(classes).tolist()


def short(values: list) -> str:
    """The values, cut where there are many."""
    return ", ".join(map(str, values))[:200]
