# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many trees joined into one.

For a few rows, calling a tree costs more than walking it. So an ensemble's trees are joined below nodes that test a
tree's number, the rows are repeated for each tree with its number as one more column, and one call of scikit-learn's
own compiled code walks them all. The trees' values are then added one after the other, as the estimators add them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from . import level_walk, quickscorer
from .evaluator import Evaluator
from .finite import surely_finite
from .nodes import of_boosting, of_forest

# More rows than this are walked faster tree by tree.
MAX_ROWS = 64
# Rows are repeated for so many numbers at a time, which stay in the cache.
MAX_NUMBERS = 2**16
# Larger ensembles are not joined: joined nodes are a second copy in memory.
MAX_NODES = 2**19


def join(parts: Sequence[np.ndarray], column: int, names: tuple[str, str, str, str]) -> np.ndarray | None:
    """The nodes of one tree in which the column's number leads to one of the parts, or None if they are too many.

    Children are indices, and no node's child is the root: numbers that are not positive mark leaves.

    :param parts: nodes of each tree, all of one structured dtype.
    :param names: the dtype's fields for column, threshold, left and right child.
    """
    feature, threshold, left, right = names
    if sum(map(len, parts)) > MAX_NODES:
        return None
    offsets = list(accumulate(map(len, parts), initial=len(parts) - 1))
    nodes = np.concatenate([np.zeros(len(parts) - 1, parts[0].dtype), *parts])
    for part, offset in zip(parts, offsets, strict=False):
        block = nodes[offset : offset + len(part)]
        for child in (left, right):
            block[child] = np.where(part[child] > 0, part[child] + offset, part[child])
    free = iter(range(len(parts) - 1))

    def lead(first: int, end: int) -> int:
        """Index of the node below which are the trees from first to before end."""
        if end - first == 1:
            return offsets[first]
        here, middle = next(free), (first + end) // 2
        nodes[feature][here], nodes[threshold][here] = column, middle - 0.5
        nodes[left][here] = lead(first, middle)
        nodes[right][here] = lead(middle, end)
        return here

    lead(0, len(parts))
    return nodes


def repeated(rows: np.ndarray, trees: int) -> np.ndarray:
    """The rows for each tree, with its number as the last column."""
    count, columns = rows.shape
    block = np.empty((count, columns + 1), rows.dtype)
    block[:, :columns] = rows
    many = np.empty((trees, count, columns + 1), rows.dtype)
    many[:] = block
    many[:, :, columns] = np.arange(trees)[:, None]
    return many.reshape(trees * count, columns + 1)


def rows_at_once(trees: int, columns: int) -> int:
    """How many rows are repeated at a time."""
    return MAX_NUMBERS // (trees * (columns + 1))


def sum_in_order(values: np.ndarray) -> np.ndarray:
    """The sum along the first axis, added one after the other.

    numpy's sum does so too, and faster, where each addend is more than one number; single numbers it adds in pairs.
    """
    return np.add.reduce(values) if values[0].size > 1 else np.add.accumulate(values)[-1]


def forest_evaluator(trees: Sequence, columns: int, outputs: int) -> Evaluator | None:
    """The sum of the trees' values for float32 rows, added in order; None if nothing is faster.

    :param trees: scikit-learn's compiled trees, of one output.
    :param outputs: values of a leaf.
    """
    nodes = list(map(of_forest, trees))
    small = quickscorer.evaluator(nodes, np.float32)
    if small is not None:
        return small.then(sum_in_order)
    walker = forest_walker(trees, columns, outputs)
    levels = level_walk.evaluator(nodes, columns) if walker is not None else None
    if walker is None or levels is None:
        return walker and walker.then(sum_in_order)
    few, many = walker.then(sum_in_order), levels.then(sum_in_order)
    knows_missing = any(one.missing_left.any() for one in nodes)

    def run(rows: np.ndarray) -> np.ndarray:
        by_levels = len(rows) >= level_walk.MIN_ROWS and not (knows_missing and not surely_finite(rows))
        return (many if by_levels else few).run(rows)

    return Evaluator(run, many.rows_at_once, many.max_rows)


def forest_walker(trees: Sequence, columns: int, outputs: int) -> Evaluator | None:
    """The values of the leaves that rows reach, of shape (trees, rows, outputs), by a walk of the joined trees."""
    from sklearn.tree._tree import Tree

    states = [tree.__getstate__() for tree in trees]
    nodes = join([state["nodes"] for state in states], columns, ("feature", "threshold", "left_child", "right_child"))
    if nodes is None:
        return None
    leading = np.zeros((len(trees) - 1, *states[0]["values"].shape[1:]))
    joined = Tree(columns + 1, np.array([outputs], dtype=np.intp), 1)
    joined.__setstate__(
        {
            "max_depth": max(state["max_depth"] for state in states) + len(trees).bit_length(),
            "node_count": len(nodes),
            "nodes": nodes,
            "values": np.concatenate([leading, *(state["values"] for state in states)]),
        }
    )

    def walk(rows: np.ndarray) -> np.ndarray:
        return joined.predict(repeated(rows, len(trees))).reshape(len(trees), len(rows), outputs)

    return Evaluator(walk, rows_at_once(len(trees), columns), MAX_ROWS)


def boosting_evaluator(estimator: Any) -> Evaluator | None:
    """The raw prediction of a histogram gradient boosting for float64 rows; None if nothing is faster."""
    trees = [tree.nodes for iteration in estimator._predictors for tree in iteration]
    if estimator._preprocessor is not None or any(nodes["is_categorical"].any() for nodes in trees):
        return None
    leaf_values = quickscorer.evaluator(list(map(of_boosting, trees)), np.float64) or boosting_walker(estimator, trees)
    outputs, baseline = estimator.n_trees_per_iteration_, estimator._baseline_prediction

    def total(found: np.ndarray) -> np.ndarray:
        if outputs == 1 and found.size > len(found):  # more than one row: see sum_in_order
            return np.add.reduce(found, initial=baseline.item())[:, None]
        values = np.empty((1 + len(trees) // outputs, outputs, found.shape[1]))
        values[0] = baseline.reshape(-1, 1)
        values[1:] = found.reshape(-1, outputs, found.shape[1])
        return sum_in_order(values).T

    return leaf_values and leaf_values.then(total)


def boosting_walker(estimator: Any, trees: list[np.ndarray]) -> Evaluator | None:
    """The values of the leaves that rows reach, of shape (trees, rows), by a walk of the joined trees."""
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    columns = estimator.n_features_in_
    nodes = join(trees, columns, ("feature_idx", "num_threshold", "left", "right"))
    if nodes is None:
        return None
    bitsets = np.zeros((0, 8), dtype=np.uint32)
    joined = TreePredictor(nodes, bitsets, bitsets)
    known, places = estimator._bin_mapper.make_known_categories_bitsets()
    threads = _openmp_effective_n_threads()

    def walk(rows: np.ndarray) -> np.ndarray:
        return joined.predict(repeated(rows, len(trees)), known, places, threads).reshape(len(trees), len(rows))

    return Evaluator(walk, rows_at_once(len(trees), columns), MAX_ROWS)
