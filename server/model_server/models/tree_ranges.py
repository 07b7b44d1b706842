# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks that the trees in a model point only at nodes and features that there are.

scikit-learn follows these numbers in C without a check: a damaged file would read memory that is not its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def fault(estimator: Any) -> str | None:
    """What is wrong with the trees in an estimator and its parts, or None."""
    for holder, part in parts(estimator, None, set()):
        kind = type(part).__name__
        if kind == "Tree" and hasattr(part, "children_left"):
            found = fault_of_tree(part)
        elif kind == "TreePredictor" and hasattr(part, "nodes"):
            found = fault_of_predictor(part, int(holder.n_features_in_))
        else:
            continue
        if found is not None:
            return f"a tree of its {type(holder).__name__} is damaged: {found}"
    return None


def parts(value: Any, holder: Any, seen: set[int]) -> Iterator[tuple[Any, Any]]:
    """Every object of scikit-learn in a value, each with the one that holds it."""
    if id(value) in seen:
        return
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        inner = list(value.ravel()) if isinstance(value, np.ndarray) else list(value)
    elif type(value).__module__.startswith("sklearn."):
        yield holder, value
        inner, holder = list(getattr(value, "__dict__", {}).values()), value
    else:
        return
    seen.add(id(value))
    for part in inner:
        yield from parts(part, holder, seen)


def fault_of_tree(tree: Any) -> str | None:
    """For the tree of a forest or of gradient boosting. Children come after their parent, so no walk is endless."""
    left, right, feature = (np.asarray(getattr(tree, name)) for name in ("children_left", "children_right", "feature"))
    inner = np.flatnonzero(left != -1)
    for name, children in (("left", left), ("right", right)):
        if (children[inner] <= inner).any() or (children[inner] >= tree.node_count).any():
            return f"a {name} child is no later node"
    if (feature[inner] < 0).any() or (feature[inner] >= tree.n_features).any():
        return f"a split is of no feature from 0 to {tree.n_features - 1}"
    return None


def fault_of_predictor(predictor: Any, features: int) -> str | None:
    """For a tree of histogram boosting."""
    nodes = predictor.nodes
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    for name in ("left", "right"):
        children = nodes[name][inner].astype(np.int64)
        if (children <= inner).any() or (children >= len(nodes)).any():
            return f"a {name} child is no later node"
    split = nodes["feature_idx"][inner].astype(np.int64)
    if (split < 0).any() or (split >= features).any():
        return f"a split is of no feature from 0 to {features - 1}"
    categorical = inner[nodes["is_categorical"][inner] != 0]
    if (nodes["bitset_idx"][categorical].astype(np.int64) >= len(predictor.raw_left_cat_bitsets)).any():
        return "a split is of no set of categories"
    return None
