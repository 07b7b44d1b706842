# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's scoring protocol: POST /invocations.

`{"dataframe_split": {"columns": [...], "data": [...]}}`, `dataframe_records`, `instances` or `inputs` is answered by
`{"predictions": [...]}`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..api.errors import RequestError
from ..api.messages import Request
from ..inference.call import Call
from ..inference.validation import rows_of
from ..models.model import Model
from .instances import FIELDS, instances_of, only_predict
from .kserve_v1 import encode
from .numbers import object_with_instances

__all__ = ["decode", "encode"]
INVOCATION_FIELDS = (*FIELDS, "inputs")


def decode(request: Request, model: Model, settings: SimpleNamespace) -> list[Call]:
    """:raises RequestError: 400, 413 or 422."""
    body = object_with_instances(request.body, model)
    only_predict(body)
    rows, field = instances_of(body, INVOCATION_FIELDS)
    if field == "inputs":
        rows = of_inputs(rows)
    return [Call(model, "predict", rows_of(rows, model, settings.server_max_rows, field))]


def of_inputs(inputs: Any) -> Any:
    """The rows of a tensor, or of an object that has a list for each column.

    :raises RequestError: 422 where the columns are no lists of one length.
    """
    if not isinstance(inputs, dict):
        return inputs
    columns = list(inputs.values())
    if not all(isinstance(values, list) and len(values) == len(columns[0]) for values in columns):
        raise RequestError(422, "inputs: expected a list of one length for each column")
    return [dict(zip(inputs, row, strict=True)) for row in zip(*columns, strict=True)]
