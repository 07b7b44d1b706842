# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes a model ready: chooses the plan for each of its methods, which also runs each of them."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import orjson

from ..api.errors import RequestError
from ..fast.compiler import compile_methods
from ..models.input_parts import first
from ..models.model import PROBED, Model, ModelError
from . import recorded
from .conformity import check_kinds, check_nullable
from .missing import columns_with_none
from .nullable import nullable_columns
from .plans import Plan, apart, choose
from .probes import around, repeated
from .row_independent import treats_rows_alone
from .table import Table
from .validation import rows_of

LOGGER = logging.getLogger("model_server")


def prepare(model: Model) -> None:
    """Set the model's plans, methods and kind of prediction.

    Methods that fail, or whose result has not one entry for each row, are dropped, and the log says so.

    :raises ModelError: predict fails on the model's own example, gives what JSON cannot hold, or other predictions than
        the metadata's `expected`; or its schema contradicts it.
    """
    title = f"model {model.name} version {model.version}"
    try:
        orjson.dumps(model.names)  # documents and refusals hold them
    except TypeError as error:
        raise ModelError(f"{title}: the names of its columns cannot be shown to clients: {error}") from error
    model.none = columns_with_none(model.parts, model.columns)
    model.nullable = [True] * model.features  # until it is tried
    try:
        example = example_of(model)
    except RequestError as error:
        raise ModelError(f"{title}: model.json's {error.message}") from error
    check_kinds(model, title)
    if isinstance(example, Table):
        model.kinds = dict(zip(example.columns, example.kinds, strict=True))
    model.nullable = nullable_columns(model, example)
    by_row = treats_rows_alone(model.estimator)
    faster = compile_methods(model.estimator) if model.numeric else {}
    for method in model.methods:
        bound = getattr(model.estimator, method)
        fast = faster.get(method)
        try:
            if method not in PROBED:
                model.plans[method] = apart(bound)
            else:
                model.plans[method] = chosen(bound, fast, by_row, model, example)
            model.results[method] = shape_of(model.plans[method], example)
        except Exception as error:
            if method == "predict":
                raise ModelError(f"{title}: {method} fails on its example: {error}") from error
            LOGGER.warning("%s: %s is not served: %s", title, method, str(error)[:300])
    model.methods = tuple(model.results)
    model.plans = {method: model.plans[method] for method in model.methods}
    check_nullable(model, title)
    predictions = model.plans["predict"].run([example])[0]
    try:
        recorded.check(model, recorded.answered(predictions))
        orjson.dumps(model.classes)  # answers to predict_proba hold them
    except TypeError as error:
        raise ModelError(f"{title}: its predictions cannot be answered as JSON: {error}") from error


def chosen(method: Callable, fast: Callable | None, by_row: bool, model: Model, example: np.ndarray | Table) -> Plan:
    """The plan that probes choose."""
    try:
        return choose(method, fast, by_row, around(example, model))
    except Exception:  # some models take only values that they were fitted with
        return choose(method, fast, by_row, repeated(example))


def shape_of(plan: Plan, example: np.ndarray | Table) -> tuple[np.dtype, tuple[int, ...]]:
    """The dtype, and the shape, of one row's result.

    :raises ValueError: there is not one for each row.
    """
    (result,) = plan.run([example])
    if result.ndim == 0 or len(result) != len(example):
        raise ValueError("its result has not one entry for each row")
    return result.dtype, result.shape[1:]


def example_of(model: Model) -> np.ndarray | Table:
    """The rows of its example.

    A model that was fitted on a DataFrame and fails for an array gets a DataFrame: one of its steps knows names.

    :raises RequestError: they are no rows of this model.
    """
    example = rows_of(model.example, model, len(model.example), "example")
    if model.numeric and first(model.estimator, "feature_names_in_") is not None:
        try:
            model.estimator.predict(example[:1])
        except Exception:
            model.takes = "frame"
            return rows_of(model.example, model, len(model.example), "example")
    return example
