# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The leaves that rows reach in small trees, by bit masks instead of walks (QuickScorer, Lucchese et al. 2015).

A tree's leaves are bits, from left to right. A node whose test fails rules out the leaves to its left. With the nodes
of one column in order of their thresholds, those whose test fails are the first so many, and what all of them rule out
can be looked up: one look-up a column, for all trees at once. Of the leaves left, the leftmost is the one reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .nodes import Nodes
from .ways import Way

MAX_LEAVES = 64
# Of the table, which is a second copy of the trees in memory; and of what is looked up in it at a time.
MAX_BYTES = 2**23
CACHED_BYTES = 2**18 + 2**17
MAX_ROWS = 256
# A look-up a column costs more than a step a level where there are many columns.
MAX_COLUMNS = 64
# A power of two times one of these has in its highest bits a number that no other power of two has (de Bruijn).
SEQUENCES = {32: 0x077CB531, 64: 0x03F79D71B4CB0A89}


class Tests(NamedTuple):
    """The tests of all trees' inner nodes.

    :ivar ruled_out: bits of the tree's leaves that a row does not reach if the test fails.
    :ivar missing_fails: whether the test fails if the value is missing.
    """

    column: np.ndarray
    threshold: np.ndarray
    tree: np.ndarray
    ruled_out: np.ndarray
    missing_fails: np.ndarray


def finder(trees: Sequence[Nodes]) -> Way | None:
    """To the values of the leaves that rows reach, of shape (trees, rows) or (trees, rows, outputs).

    None if the trees are too large, or of more columns than is worth it.
    """
    width = 32 if max(int(nodes.leaf.sum()) for nodes in trees) <= 32 else 64
    kind = np.dtype(f"uint{width}")
    inner = sum(int((~nodes.leaf).sum()) for nodes in trees)
    most_leaves = max(int(nodes.leaf.sum()) for nodes in trees)
    if most_leaves > MAX_LEAVES or inner == 0 or 3 * inner * len(trees) * kind.itemsize > MAX_BYTES:
        return None
    sequence, shift = kind.type(SEQUENCES[width]), kind.type(width - width.bit_length() + 1)
    numbers = (kind.type(1) << np.arange(width, dtype=kind)) * sequence >> shift
    values = np.zeros((len(trees), width, *trees[0].value.shape[1:]))
    found: list[tuple[int, float, int, int, bool]] = []
    for tree, nodes in enumerate(trees):
        leaves = walk(nodes, tree, found)
        values[tree, numbers[: len(leaves)]] = nodes.value[leaves]
    column, threshold, tree_of, ruled_out, fails = zip(*found, strict=True)
    # Zero has two signs, which are equal as numbers and not as keys.
    tests = Tests(*map(np.array, (column, np.add(threshold, 0.0), tree_of, np.array(ruled_out, kind), fails)))
    columns = np.unique(tests.column)
    if len(columns) > MAX_COLUMNS:
        return None
    limits, table = lookups(tests, columns, len(trees))
    keys = np.concatenate([keyed(own, place) for place, own in enumerate(limits)])
    # Numbers of one key are told apart by looking again, as often as there are any.
    looks = range(int(np.unique(keys, return_counts=True)[1].max()))
    limit = np.concatenate(limits)
    places = np.arange(len(columns))[:, None]
    missing = len(limit) + places
    flat = values.reshape(-1, *values.shape[2:])
    starts = np.arange(len(trees))[:, None] * width

    def find(rows: np.ndarray) -> np.ndarray:
        wanted = rows.T[columns]
        unknown = np.isnan(wanted)
        some_unknown = unknown.any()
        if some_unknown:
            wanted[unknown] = 0
        line = np.searchsorted(keys, keyed(wanted, places))
        for _unused in looks:
            line += wanted > limit.take(line)
        if some_unknown:
            line = np.where(unknown, missing, line)
        left = np.bitwise_and.reduce(table.take(line, axis=0), axis=0)
        leaves = (left & -left) * sequence >> shift
        return flat.take(leaves.T.astype(np.intp) + starts, axis=0)

    return Way(find, CACHED_BYTES // (len(columns) * len(trees) * kind.itemsize), MAX_ROWS)


def keyed(numbers: np.ndarray, places: np.ndarray | int) -> np.ndarray:
    """Integers in the order of place and number: a smaller number never has a larger key, but may have the same.

    The bits of a float are in order as they are; those of a negative one are in order once they are turned over.
    """
    with np.errstate(over="ignore"):  # what is too large is infinite, which is in order too
        bits = numbers.astype(np.float32).view(np.int32)
    bits ^= (bits >> 31) & 0x7FFFFFFF
    return bits + (np.int64(places) << 32)


def walk(nodes: Nodes, tree: int, tests: list[tuple[int, float, int, int, bool]]) -> list[int]:
    """The leaves of a tree from left to right.

    :param tests: gets the tests of the tree's inner nodes.
    """
    leaf, column, threshold, left, right, missing_left = (entries.tolist() for entries in nodes[:6])
    leaves: list[int] = []

    def below(index: int) -> None:
        if leaf[index]:
            leaves.append(index)
            return
        first = len(leaves)
        below(left[index])
        ruled_out = (1 << len(leaves)) - (1 << first)
        tests.append((column[index], threshold[index], tree, ruled_out, not missing_left[index]))
        below(right[index])

    below(0)
    return leaves


def lookups(tests: Tests, columns: np.ndarray, trees: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The thresholds of each column in order, up to infinity, and a table of what is left of every tree's leaves.

    The table has a line for each threshold: what is left if the tests of all smaller ones failed. After these lines
    comes one for each column, for missing values.
    """
    every = np.iinfo(tests.ruled_out.dtype).max
    limits, blocks = [], []
    missing = np.full((len(columns), trees), every, tests.ruled_out.dtype)
    for place, column in enumerate(columns):
        own = Tests(*(entries[tests.column == column] for entries in tests))
        limits.append(np.unique(np.append(own.threshold, np.inf)))
        block = np.full((len(limits[-1]) + 1, trees), every, tests.ruled_out.dtype)
        after = np.searchsorted(limits[-1], own.threshold) + 1
        np.bitwise_and.at(block, (after, own.tree), ~own.ruled_out)
        blocks.append(np.bitwise_and.accumulate(block)[:-1])
        failing = own.missing_fails
        np.bitwise_and.at(missing[place], own.tree[failing], ~own.ruled_out[failing])
    return limits, np.concatenate([*blocks, missing])
