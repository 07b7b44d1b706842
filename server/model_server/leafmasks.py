# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The leaves that rows reach in small trees, by bit masks instead of walks (QuickScorer, Lucchese et al. 2015).

A tree's leaves are bits, from left to right. A node whose test fails rules out the leaves to its left. With the nodes
of one column in order of their thresholds, those whose test fails are the first so many, and what all of them rule out
can be looked up: one look-up a column, for all trees at once. Of the leaves left, the leftmost is the one reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

MAX_LEAVES = 64
MAX_BYTES = 2**23
FIELDS = ("is_leaf", "value", "left", "right", "feature_idx", "num_threshold", "missing_go_to_left")


def finder(trees: Sequence[np.ndarray]) -> Callable[[np.ndarray], np.ndarray] | None:
    """Values of the leaves that float64 rows reach, of shape (rows, trees); None if the trees are too large.

    :param trees: nodes of histogram gradient boosting, without categorical splits.
    """
    most = max(int(nodes["is_leaf"].sum()) for nodes in trees)
    inner = sum(len(nodes) - int(nodes["is_leaf"].sum()) for nodes in trees)
    kind = np.dtype(np.uint32 if most <= 32 else np.uint64)
    if most > MAX_LEAVES or inner == 0 or 3 * inner * len(trees) * kind.itemsize > MAX_BYTES:
        return None
    values = np.zeros((len(trees), most))
    tests: list[tuple[int, float, int, int, bool]] = []
    for number, nodes in enumerate(trees):
        order: list[float] = []
        rule_out({name: nodes[name].tolist() for name in FIELDS}, 0, number, order, tests)
        values[number, : len(order)] = order
    tests.sort(key=lambda test: test[:2])
    columns = sorted({test[0] for test in tests})
    place = {column: i for i, column in enumerate(columns)}
    # Complex numbers are ordered by their real part and then by the other: all columns are searched at once.
    keys = np.empty(len(tests), dtype=complex)
    keys.real, keys.imag = [place[test[0]] for test in tests], [test[1] for test in tests]
    table, missing = lookups(tests, len(columns), place, len(trees), kind)
    numbers = np.arange(len(columns))
    starts = np.arange(len(trees)) * most
    flat = values.reshape(-1)

    def find(rows: np.ndarray) -> np.ndarray:
        wanted = np.empty((len(rows), len(columns)), dtype=complex)
        wanted.real, wanted.imag = numbers, rows[:, columns]
        unknown = np.isnan(wanted.imag)
        some_unknown = unknown.any()
        if some_unknown:
            wanted.imag[unknown] = 0
        index = np.searchsorted(keys, wanted) + numbers * 2
        if some_unknown:
            index = np.where(unknown, missing, index)
        left = np.bitwise_and.reduce(table.take(index.T, axis=0), axis=0)
        leaves = np.frexp((left & -left).astype(np.float64))[1] - 1
        return flat.take(leaves + starts)

    return find


def rule_out(nodes: dict[str, list], index: int, number: int, order: list[float], tests: list) -> None:
    """Walk one tree from left to right.

    :param nodes: the tree's fields.
    :param order: gets the leaves' values.
    :param tests: gets (column, threshold, tree, leaves left if it fails, whether missing values fail it).
    """
    if nodes["is_leaf"][index]:
        order.append(nodes["value"][index])
        return
    first = len(order)
    rule_out(nodes, nodes["left"][index], number, order, tests)
    ruled_out = (1 << len(order)) - (1 << first)
    fails = not nodes["missing_go_to_left"][index]
    tests.append((nodes["feature_idx"][index], nodes["num_threshold"][index], number, ~ruled_out, fails))
    rule_out(nodes, nodes["right"][index], number, order, tests)


def lookups(tests: list, columns: int, place: dict[int, int], trees: int, kind: np.dtype) -> tuple:
    """For each column, what is left of every tree's leaves after none, one, ... all of its tests failed.

    A last line for each column is for missing values. Returned with the number of that line for each column.
    """
    every = int(np.iinfo(kind).max)
    table = np.full((len(tests) + 2 * columns, trees), every, dtype=kind)
    missing = np.empty(columns, dtype=np.intp)
    line, at = 0, 0
    for column in range(columns):
        first = line
        own = [test for test in tests[at:] if place[test[0]] == column]
        at += len(own)
        missing[column] = first + len(own) + 1
        for _column, _threshold, number, mask, fails in own:
            line += 1
            table[line] = table[line - 1]
            table[line, number] &= kind.type(mask & every)
            if fails:
                table[missing[column], number] &= kind.type(mask & every)
        line = int(missing[column]) + 1
    return table, missing
