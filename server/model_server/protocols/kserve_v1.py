# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The V1 inference protocol: POST /v1/models/{model}:predict.

`{"instances": [...]}` is answered by `{"predictions": [...]}`.
"""

from __future__ import annotations

from types import SimpleNamespace

import orjson

from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..inference.call import Call
from ..inference.validation import rows_of
from ..models.model import Model
from .instances import only_predict
from .numbers import object_with_instances


def decode(request: Request, model: Model, settings: SimpleNamespace) -> list[Call]:
    """:raises RequestError: 400, 413 or 422."""
    body = object_with_instances(request.body, model)
    only_predict(body)
    if "instances" not in body:
        raise RequestError(422, "instances: missing; expected a list of rows")
    return [Call(model, "predict", rows_of(body["instances"], model, settings.server_max_rows))]


def encode(calls: list[Call]) -> Response:
    return Response(200, orjson.dumps({"predictions": calls[0].result.tolist()}))
