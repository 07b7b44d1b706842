# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a model's method is run for several requests at once, so that each gets exactly the answer it would get alone.

A plan is chosen when the model is loaded: on probe rows, cut into requests of many sizes, it must give bit for bit what
the estimator gives for each request alone. The first candidate that does is taken.

Probes cannot prove everything: a BLAS sums products in an order that depends on the number of rows, and the last bit of
a sum then differs only sometimes. So numbers are computed together only by estimators that treat each row by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from .several_outputs import array_of
from .table import Table, stack

# Sizes of the requests that the probes are cut into, and how many of those requests a batch is made of.
REQUESTS = (1, 1, 2, 1, 3, 5, 1, 8, 13, 1, 17, 31, 64, 1, 100)
BATCHES = (2, 5, 8, 12, 15)
PROBES = sum(REQUESTS)


class Plan(NamedTuple):
    """`run(blocks)` takes the rows of each request and returns the result of each.

    :ivar name: for people: fast or estimator, and whether requests are run together or apart.
    """

    name: str
    run: Callable[[Sequence[Any]], list[np.ndarray]]


def bounds_of(blocks: Sequence[Any]) -> list[tuple[int, int]]:
    return list(pairwise(accumulate(map(len, blocks), initial=0)))


def split(result: np.ndarray, blocks: Sequence[Any]) -> list[np.ndarray]:
    if len(blocks) == 1:
        return [result]
    return [result[start:end] for start, end in bounds_of(blocks)]


def candidates(method: Callable, fast: Callable | None, mixes: bool) -> list[Plan]:
    """The plans that there are, the fastest first; the last one is right by definition.

    :param mixes: whether rows of several requests may be computed in one call.
    """
    plans = []
    if fast is not None and mixes:
        plans.append(Plan("fast, together", lambda blocks: split(fast(stack(blocks), None), blocks)))
    if fast is not None and not mixes:
        plans.append(Plan("fast, products apart", lambda blocks: split(fast(stack(blocks), bounds_of(blocks)), blocks)))
    if mixes:
        plans.append(
            Plan("estimator, together", lambda blocks: split(array_of(method(argument(stack(blocks)))), blocks))
        )
    return [*plans, apart(method)]


def apart(method: Callable) -> Plan:
    """The estimator itself, for each request alone."""
    return Plan("estimator, apart", lambda blocks: [array_of(method(argument(block))) for block in blocks])


def argument(block: np.ndarray | Table) -> Any:
    """What the estimator itself takes."""
    return block.argument() if isinstance(block, Table) else block


def choose(method: Callable, fast: Callable | None, by_row: bool, probes: Any) -> Plan:
    """The first plan that answers the probes exactly as the estimator does.

    :param method: the estimator's bound method.
    :param fast: a faster function for it, or None.
    :param by_row: whether the estimator treats each row by itself (row_independent.py).
    :param probes: rows; at least one.
    :raises Exception: whatever the estimator raises for the probes.
    """
    blocks = cut(probes)
    first = answer(method, blocks[0])
    labels = first.dtype.kind != "f" and fast is None
    plans = candidates(method, fast, by_row or labels)
    if len(plans) == 1:
        answer(method, probes)
        return plans[0]
    wanted = [first, *estimator_answers(method, blocks[1:], by_row)]
    return next((plan for plan in plans[:-1] if answers_equal(plan, blocks, wanted)), plans[-1])


def estimator_answers(method: Callable, blocks: list[Any], together: bool) -> list[np.ndarray]:
    """What the estimator answers to each block alone.

    :param together: predict all of them in one call, which gives the same where each row is treated by itself, and is
        faster, since a call of an ensemble takes long.
    :raises ValueError: its results have not one entry for each row.
    """
    if together and blocks:
        return split(answer(method, stack(blocks)), blocks)
    return [answer(method, block) for block in blocks]


def answer(method: Callable, rows: Any) -> np.ndarray:
    """The estimator's result.

    :raises ValueError: it has not one entry for each row.
    """
    result = array_of(method(argument(rows)))
    if result.ndim == 0 or len(result) != len(rows):
        raise ValueError("its result has not one entry for each row")
    return result


def cut(probes: Any) -> list[Any]:
    """Requests of REQUESTS' sizes, as far as there are probes."""
    ends = list(accumulate(REQUESTS, initial=0))
    return [probes[start:end] for start, end in pairwise(ends) if len(probes[start:end])]


def answers_equal(plan: Plan, blocks: list[Any], wanted: list[np.ndarray]) -> bool:
    """Whether the plan gives the wanted answers, for batches of several sizes."""
    try:
        return all(
            same(result, expected)
            for size in (1, *BATCHES)
            for first in ((0, len(blocks) - size) if size <= len(blocks) else (0,))
            for result, expected in zip(
                plan.run(blocks[first : first + size]), wanted[first : first + size], strict=True
            )
        )
    except Exception:  # a plan that fails is not equal: the estimator itself ran on the same rows
        return False


def same(result: np.ndarray, expected: np.ndarray) -> bool:
    """Equal in type, shape and every bit of value; NaN equals NaN."""
    if result.dtype != expected.dtype or result.shape != expected.shape:
        return False
    return np.array_equal(result, expected, equal_nan=expected.dtype.kind == "f")
