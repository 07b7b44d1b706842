# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One cell of the table: a model is fitted, served, asked, and compared with scikit-learn's own answers."""

from __future__ import annotations

import json
import warnings
from contextlib import ExitStack
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pandas
from sklearn.pipeline import make_pipeline

from model_server.api.auth import ApiKeys
from model_server.api.messages import Request
from model_server.inference import plans, probes
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model, ModelError
from model_server.models.registry import Registry
from model_server.observe.metrics import Metrics
from model_server.process import settings
from model_server.service.dataplane import DataPlane

from .data import Kind, titles
from .estimators import Row

# Rows of three requests, that are answered in one turn.
REQUESTS = ([0], [7, 1], [3, 14, 2])
# Fewer probes than the server takes, for so many models; test_every_estimator.py takes all of them.
FEWER = ((plans, "REQUESTS", (1, 2, 3)), (plans, "BATCHES", (3,)), (probes, "PROBES", 6))
EXAMPLE = [1, 2, 3]


class Cell(NamedTuple):
    """What became of a model.

    :ivar behind: the steps that had to go before the estimator for scikit-learn to fit it; "" for none.
    :ivar refused: why it is not served; "" if it is.
    :ivar differs: the methods whose answers were not scikit-learn's own.
    """

    behind: str
    refused: str
    differs: tuple[str, ...]


def cell(row: Row, kind: Kind) -> Cell:
    with warnings.catch_warnings(), ExitStack() as stack:
        for module, name, value in FEWER:
            stack.enter_context(patch.object(module, name, value))
        warnings.simplefilter("ignore")
        estimator, behind = fitted(row, kind)
        metadata = {"sklearn_version": "", "example": as_instances(taken(kind.rows, EXAMPLE))}
        try:
            model = describe("m", "1", "", metadata, estimator)
            prepare(model)
        except ModelError as error:
            return Cell(behind, str(error), ())
        plane = DataPlane(Registry([model], ""), settings.read({}), Metrics(), ApiKeys(""))
        return Cell(behind, "", tuple(m for m in model.methods if not equal(plane, model, m, kind)))


def fitted(row: Row, kind: Kind) -> tuple[Any, str]:
    """The first of these that scikit-learn fits: the estimator as it is, with the usual steps in it, or behind them."""
    steps = kind.steps()
    makers = (
        ("", lambda: row.make([])),
        (titles(steps), lambda: row.make(steps)),
        (titles(steps), lambda: make_pipeline(*steps, row.make([]))),
    )
    for behind, make in makers[:-1]:
        try:
            return make().fit(kind.rows, row.target), behind
        except (ValueError, TypeError, AttributeError):
            pass
    behind, make = makers[-1]
    return make().fit(kind.rows, row.target), behind


def taken(rows: Any, chosen: list[int]) -> Any:
    if isinstance(rows, pandas.DataFrame):
        return rows.iloc[chosen]
    return [rows[i] for i in chosen] if isinstance(rows, list) else rows[chosen]


def as_instances(rows: Any) -> list:
    """Rows as a client sends them: null for what is missing."""
    if isinstance(rows, list):
        return rows
    values = rows.to_numpy(dtype=object) if isinstance(rows, pandas.DataFrame) else rows
    return [[None if pandas.isna(value) else value for value in row] for row in values.tolist()]


def equal(plane: DataPlane, model: Model, method: str, kind: Kind) -> bool:
    """Whether each of several requests gets what scikit-learn answers to it alone."""
    wanted = [as_json(getattr(model.estimator, method)(taken(kind.rows, chosen))) for chosen in REQUESTS]
    return asked(plane, method, [as_instances(taken(kind.rows, chosen)) for chosen in REQUESTS]) == wanted


def asked(plane: DataPlane, method: str, blocks: list[list]) -> list:
    """The predictions of one turn with a request for each block; a refusal's text in place of them."""
    requests = [
        Request("POST", "/predict", "", {}, json.dumps({"instances": block, "method": method}).encode(), "test")
        for block in blocks
    ]
    for request in requests:
        request.received = float("inf")  # never late
        plane.identify(request)
    answers = dict(plane.handle(iter(requests)))
    bodies = [json.loads(answers[request].body) for request in requests]
    return [body.get("predictions", body.get("error")) for body in bodies]


def as_json(result: Any) -> list:
    """Plain values, by row; what is no finite number has no other name in JSON than null."""
    if isinstance(result, list):  # rows by classes, of each output
        return [list(outputs) for outputs in zip(*map(as_json, result), strict=True)]
    if result.dtype.kind == "f" and not np.isfinite(result).all():
        return np.where(~np.isfinite(result), None, result.astype(object)).tolist()
    return result.tolist()
