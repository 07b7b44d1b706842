# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nodes of a decision tree, with the same names for both of scikit-learn's kinds of trees."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Nodes(NamedTuple):
    """One entry for each node; the first is the root. A row goes left if its column's value is at most the threshold.

    :ivar leaf: whether the node is a leaf, whose column, threshold and children mean nothing.
    :ivar missing_left: whether a row goes left if the value is missing.
    :ivar value: what the tree answers at a leaf; of shape (nodes,) or (nodes, outputs).
    """

    leaf: np.ndarray
    column: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray


def of_forest(tree: Any) -> Nodes:
    """The nodes of a tree of a forest, of one output.

    :param tree: scikit-learn's compiled tree.
    """
    nodes = tree.__getstate__()["nodes"]
    names = ("feature", "threshold", "left_child", "right_child", "missing_go_to_left")
    return Nodes(nodes["left_child"] < 0, *(nodes[name] for name in names), tree.value[:, 0, :])


def of_boosting(nodes: np.ndarray) -> Nodes:
    """The nodes of a tree of histogram gradient boosting, without categorical splits."""
    names = ("feature_idx", "num_threshold", "left", "right", "missing_go_to_left", "value")
    return Nodes(nodes["is_leaf"] != 0, *(nodes[name] for name in names))
