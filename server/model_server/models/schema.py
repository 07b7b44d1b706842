# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of a model's columns: as model.json holds it, and as it is made from sample data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

KINDS = ("number", "boolean", "text")
FIELDS = {"name", "kind", "nullable", "categories", "range", "strict"}
# A text column with more different texts than this is no choice among categories.
MAX_CATEGORIES = 50


class SchemaError(Exception):
    """A schema that cannot be used; the message says where and why."""


class Column(NamedTuple):
    """One column.

    :ivar kind: one of KINDS.
    :ivar nullable: whether a value may be missing.
    :ivar categories: the texts that there were in training, or None where they were too many.
    :ivar range: the least and the greatest number of training, or None.
    :ivar strict: whether other categories, and numbers outside the range, are refused.
    """

    name: str
    kind: str
    nullable: bool = False
    categories: list[str] | None = None
    range: list[float] | None = None
    strict: bool = False

    def public(self) -> dict:
        """As model.json holds it."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def read(value: Any) -> list[Column]:
    """The columns of a schema.

    :raises SchemaError: it is none.
    """
    if not isinstance(value, list) or not value:
        raise SchemaError(" is no list of columns")
    columns = [column(entry, f"[{i}]") for i, entry in enumerate(value)]
    if len({known.name for known in columns}) < len(columns):
        raise SchemaError(" has two columns of one name")
    return columns


def column(entry: Any, where: str) -> Column:
    if not isinstance(entry, dict) or not entry.keys() <= FIELDS:
        raise SchemaError(f"{where} is no object with only {', '.join(sorted(FIELDS))}")
    if not isinstance(entry.get("name"), str) or entry.get("kind") not in KINDS:
        raise SchemaError(f"{where} needs a name, and a kind that is one of {', '.join(KINDS)}")
    for flag in ("nullable", "strict"):
        if not isinstance(entry.get(flag, False), bool):
            raise SchemaError(f"{where}.{flag} is neither true nor false")
    categories, limits = entry.get("categories"), entry.get("range")
    if categories is not None and not (isinstance(categories, list) and all(isinstance(c, str) for c in categories)):
        raise SchemaError(f"{where}.categories is no list of texts")
    if limits is not None and not (isinstance(limits, list) and len(limits) == 2 and all(map(is_number, limits))):
        raise SchemaError(f"{where}.range is not the least and the greatest number")
    if entry.get("strict") and categories is None and limits is None:
        raise SchemaError(f"{where} is strict, but has neither categories nor a range")
    return Column(**entry)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_missing(value: Any) -> bool:
    """Whether it is None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def of_data(columns: dict[str, Iterable]) -> list[dict]:
    """The schema that sample data have.

    :param columns: by name, plain values; None and NaN are missing ones.
    :raises SchemaError: a column is of no one kind.
    """
    return [of_column(name, list(values)).public() for name, values in columns.items()]


def of_column(name: str, values: list) -> Column:
    known = [value for value in values if not is_missing(value)]
    nullable = len(known) < len(values)
    if known and all(isinstance(value, bool) for value in known):
        return Column(name, "boolean", nullable)
    if all(isinstance(value, str) for value in known):
        categories = sorted(set(known))
        return Column(name, "text", nullable, categories if 0 < len(categories) <= MAX_CATEGORIES else None)
    if all(map(is_number, known)):
        return Column(name, "number", nullable, None, [min(known), max(known)])
    raise SchemaError(f"column {name!r} of the data is not all numbers, all booleans or all texts")
