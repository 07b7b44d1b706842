# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The leaves that rows reach in small trees, by bit masks instead of walks (QuickScorer, Lucchese et al. 2015).

A tree's leaves are bits, from left to right. A node whose test fails rules out the leaves to its left. With the nodes
of one column in order of their thresholds, a value fails the tests of the first few, and what these rule out together
stands in a table: one search a column, for all trees at once. Of the leaves left, the leftmost is the one reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .evaluator import Evaluator
from .nodes import Nodes

MAX_LEAVES = 64
# The table is a second copy of the trees in memory.
MAX_BYTES = 2**23
# What is read of it at a time stays in the cache.
CACHED_BYTES = 2**18 + 2**17
MAX_ROWS = 256
# With many columns, a search a column costs more than a step a level.
MAX_COLUMNS = 64
INFINITE = np.array([np.inf])
MOST_BITS = 2**31 - 1
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


def evaluator(trees: Sequence[Nodes], kind_of_rows: type) -> Evaluator | None:
    """The values of the leaves that rows reach, of shape (trees, rows) or (trees, rows, outputs).

    None if the trees are too large or have too many columns.

    :param kind_of_rows: np.float32 or np.float64.
    """
    most_leaves = max(int(nodes.leaf.sum()) for nodes in trees)
    inner = sum(int((~nodes.leaf).sum()) for nodes in trees)
    width = 32 if most_leaves <= 32 else 64
    kind = np.dtype(f"uint{width}")
    if most_leaves > MAX_LEAVES or inner == 0 or 3 * inner * len(trees) * kind.itemsize > MAX_BYTES:
        return None
    columns = np.unique(np.concatenate([nodes.column[~nodes.leaf] for nodes in trees]))
    if len(columns) > MAX_COLUMNS:
        return None
    sequence, shift = kind.type(SEQUENCES[width]), kind.type(width - width.bit_length() + 1)
    numbers = (kind.type(1) << np.arange(width, dtype=kind)) * sequence >> shift
    values = np.zeros((len(trees), width, *trees[0].value.shape[1:]))
    found: list[tuple[int, float, int, int, bool]] = []
    for tree, nodes in enumerate(trees):
        leaves = walk(nodes, tree, found)
        values[tree, numbers[: len(leaves)]] = nodes.value[leaves]
    column, threshold, tree_of, ruled_out, fails = zip(*found, strict=True)
    limits = thresholds_for(np.array(threshold), kind_of_rows)
    tests = Tests(*map(np.array, (column, limits, tree_of, np.array(ruled_out, kind), fails)))
    limit, keys, table = lookup_table(tests, columns, len(trees))
    # Several numbers may have one key: so many comparisons with their thresholds tell which line it is.
    comparisons = range(0 if kind_of_rows is np.float32 else int(np.unique(keys, return_counts=True)[1].max()))
    first_keys = np.arange(len(columns), dtype=np.int64)[:, None] << 32
    flat = values.reshape(-1, *values.shape[2:])
    starts = (np.arange(len(trees), dtype=kind) * kind.type(width))[:, None]
    signed = np.dtype(f"int{width}")

    def find(rows: np.ndarray) -> np.ndarray:
        wanted = rows.T.take(columns, axis=0)
        line = keys.searchsorted(sort_keys(wanted, first_keys))
        for _unused in comparisons:
            line += wanted > limit.take(line)
        left = np.bitwise_and.reduce(table.take(line, axis=0), axis=0)
        leaves = (left & -left) * sequence >> shift
        return flat.take((leaves.T + starts).view(signed), axis=0)

    return Evaluator(find, CACHED_BYTES // (len(columns) * len(trees) * kind.itemsize), MAX_ROWS)


def thresholds_for(thresholds: np.ndarray, kind_of_rows: type) -> np.ndarray:
    """Thresholds of this kind that pass and fail the same numbers as the ones given.

    Zero has two signs, which are equal as numbers and not as keys: it gets the greater one.
    """
    if kind_of_rows is np.float32:
        with np.errstate(over="ignore"):
            near = thresholds.astype(np.float32)
        thresholds = np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float64)
    return thresholds + 0.0


def sort_keys(numbers: np.ndarray, first: np.ndarray | np.int64) -> np.ndarray:
    """Integers in the order of the numbers: a smaller number never has a larger key, but may have the same.

    The bits of a float are in order as they are; those of a negative one are in order once they are turned over. What
    is no number is beyond the infinite, on either side.

    :param first: the key of zero, a multiple of 2**32, of which each has its own keys around it.
    """
    if numbers.dtype == np.float64:
        with np.errstate(over="ignore"):  # what is too large becomes infinite, which is still in order
            numbers = numbers.astype(np.float32)
    bits = numbers.view(np.int32)
    return (bits ^ ((bits >> 31) & MOST_BITS)) + first


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


def lookup_table(tests: Tests, columns: np.ndarray, trees: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The table: of each line the threshold, the sort key, and what is left of every tree's leaves.

    A column has a line for each threshold, up to infinity: what is left if the tests of all smaller ones failed. Before
    and behind these is what is left if the value is missing.
    """
    limits, keys, blocks = [], [], []
    for place, column in enumerate(columns):
        own = Tests(*(entries[tests.column == column] for entries in tests))
        limit = np.unique(np.append(own.threshold, np.inf))
        block = np.full((len(limit) + 2, trees), np.iinfo(own.ruled_out.dtype).max, own.ruled_out.dtype)
        missing = block[0].copy()
        np.bitwise_and.at(missing, own.tree[own.missing_fails], ~own.ruled_out[own.missing_fails])
        np.bitwise_and.at(block, (np.searchsorted(limit, own.threshold) + 2, own.tree), ~own.ruled_out)
        block[1:-1] = np.bitwise_and.accumulate(block[1:-1])
        block[0] = block[-1] = missing
        blocks.append(block)
        limits.append(np.array([np.nan, *limit, np.nan]))
        first = np.int64(place) << 32
        keys.append(np.array([*(sort_keys(-INFINITE, first) - 1), *sort_keys(limit, first), first + MOST_BITS]))
    return np.concatenate(limits), np.concatenate(keys), np.concatenate(blocks)
