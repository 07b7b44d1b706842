# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The server's own protocol: POST /predict.

Request: `{"instances": [[5.1, 3.5, 1.4, 0.2]], "method": "predict"}`; rows are lists, or objects by column name, or
MLflow's `dataframe_split` and `dataframe_records`; `method` is `predict` (default) or another method of the model.
Response: `{"model": "iris", "version": "1", "predictions": ["setosa"]}`, with `classes` for probabilities. A model of
several outputs answers for each row a list of probabilities for each output, and `classes` has a list for each output.
"""

from __future__ import annotations

from types import SimpleNamespace

import orjson

from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..inference.call import Call
from ..inference.several_outputs import without_filling
from ..inference.validation import rows_of
from ..models.model import Model
from .instances import FIELDS, instances_of
from .numbers import object_with_instances

KNOWN = {*FIELDS, "method"}


def decode(request: Request, model: Model, settings: SimpleNamespace) -> list[Call]:
    """:raises RequestError: 400, 413 or 422."""
    body = object_with_instances(request.body, model)
    if not body.keys() <= KNOWN:
        raise RequestError(
            422, f"unknown field {sorted(body.keys() - KNOWN)[0][:100]!r}; known: {', '.join(sorted(KNOWN))}"
        )
    method = body.get("method", "predict")
    if method not in model.methods:
        raise RequestError(422, f"method: expected one of {', '.join(model.methods)}")
    rows, field = instances_of(body)
    return [Call(model, method, rows_of(rows, model, settings.server_max_rows, field))]


def encode(calls: list[Call]) -> Response:
    (call,) = calls
    answer = {"model": call.model.name, "version": call.model.version}
    if call.method in ("predict_proba", "predict_log_proba"):
        classes = call.model.classes
        several = call.result.ndim == 3 and classes
        answer["predictions"] = without_filling(call.result, classes) if several else call.result.tolist()
        answer["classes"] = classes
    else:
        answer["predictions"] = call.result.tolist()
    return Response(200, orjson.dumps(answer))
