# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The leaves that rows reach in large trees, a step down at a time for all rows and trees at once.

A walk waits for memory at every node, for the next one is not known before. The walks of several rows through many
trees do not wait for each other: one step of all of them reads their nodes together. A node is one number of 64 bits,
so that all trees together stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .evaluator import Evaluator
from .nodes import Nodes
from .quickscorer import thresholds_for

# Of a node: in the upper half its threshold, in the lower one its column and where its children are.
CHILD_BITS, COLUMN_BITS = 20, 12
# Walks at a time: what they allocate stays in the cache.
WALKS = 2**14
# With fewer rows the steps cost more than what they save; with more, walking tree by tree is as fast.
MIN_ROWS, MAX_ROWS = 6, 512
# Steps after which the walks that have reached a leaf are left out.
STRETCH = 4


def evaluator(trees: Sequence[Nodes], columns: int) -> Evaluator | None:
    """The values of the leaves that float32 rows reach, of shape (trees, rows, outputs); None if they are too many.

    Rows with missing values are for others if trees know where these go.
    """
    count = sum(len(nodes.leaf) for nodes in trees)
    if count > 2**CHILD_BITS or columns > 2**COLUMN_BITS:
        return None
    first, order = numbered(trees)
    leaf = first == np.arange(count)
    column, threshold, value = (
        np.concatenate([getattr(nodes, name) for nodes in trees])[order] for name in ("column", "threshold", "value")
    )
    threshold = np.where(leaf, np.nan, thresholds_for(threshold, np.float32)).astype(np.float32)  # a leaf stays
    lower = first | np.where(leaf, 0, column).astype(np.int64) << CHILD_BITS
    packed = threshold.view(np.uint32).astype(np.int64) << 32 | lower
    leaf_values, leaf_number = value[leaf], (np.cumsum(leaf) - 1).astype(np.int32)
    roots = np.arange(len(trees))

    def find(rows: np.ndarray) -> np.ndarray:
        reached = walk(packed, np.repeat(roots, len(rows)), rows)
        return leaf_values.take(leaf_number.take(reached), axis=0).reshape(len(trees), len(rows), -1)

    return Evaluator(find, WALKS // len(trees), MAX_ROWS)


def numbered(trees: Sequence[Nodes]) -> tuple[np.ndarray, np.ndarray]:
    """New numbers for the nodes of all trees, level by level: the roots are first, and of two siblings the right one.

    :return: of each node the number of its right child, or of a leaf its own; and the nodes in the new order.
    """
    starts = np.cumsum([0, *(len(nodes.leaf) for nodes in trees)])
    leaf = np.concatenate([nodes.leaf for nodes in trees])
    left, right = (
        np.concatenate([getattr(nodes, side) + start for nodes, start in zip(trees, starts, strict=False)])
        for side in ("left", "right")
    )
    level, known = starts[:-1], 0
    first, order = [], []
    while len(level):
        inner = ~leaf[level]
        below = known + len(level)
        first.append(np.where(inner, below + 2 * (np.cumsum(inner) - 1), known + np.arange(len(level))))
        order.append(level)
        known, parents = below, level[inner]
        level = np.stack([right[parents], left[parents]], axis=1).ravel()
    return np.concatenate(first), np.concatenate(order)


def walk(packed: np.ndarray, at: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The numbers of the leaves that walks reach from where they are, the rows one after the other for each tree."""
    count, columns = rows.shape
    values = rows.ravel()
    offset = np.tile(np.arange(0, count * columns, columns), len(at) // count)
    reached, walks = at, None
    while True:
        for _unused in range(STRETCH):
            node = packed.take(at)
            column = node >> CHILD_BITS
            column &= 2**COLUMN_BITS - 1
            column += offset
            at = node & 2**CHILD_BITS - 1
            at += values.take(column) <= node.view(np.float32)[1::2]
        if walks is None:
            reached = at
        else:
            reached[walks] = at
        going = (packed.take(at) & 2**CHILD_BITS - 1 != at).nonzero()[0]
        if not len(going):
            return reached
        walks = going if walks is None else walks.take(going)
        at, offset = at.take(going), offset.take(going)
