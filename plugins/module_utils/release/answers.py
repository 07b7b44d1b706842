# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what a release answered when it was asked for a prediction. Pure."""

from __future__ import annotations

import json
import math

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding, short

# Beyond rounding: a model that was trained again, or the features in another order.
TOLERANCE = 1e-6
# The server, or what stands before it, asks who we are: that says nothing of the model.
ASKS_FOR_CREDENTIALS = (401, 403)
# No such path, or nothing behind what answers: no server answers a request for a prediction so, whatever it takes.
NOTHING_THERE = (404, 502, 503, 504)
# From here on it is the server that failed, or what stands before it.
SERVER_FAILS = 500
ANOTHER = "AnotherAnswers"
REDIRECTS = (301, 302, 303, 307, 308)
SERVER_REMEDY = (
    "See the server's log for it. model_serving_verify_path and model_serving_verify_body set what is asked."
)
PORT_REMEDY = (
    "See that the Service's first port leads to the port of the pods that predicts (targetPort), and that "
    "model_serving_verify_path is the path at which it does."
)


def judge(where: str, status: int, text: str, body: dict, expected: list | None) -> Finding | None:
    """What is wrong with an answer to ``body``. ``expected``: the predictions that its model recorded, None for any."""
    if not status:
        remedy = "See that a container listens on the Service's targetPort, on all addresses, and what its log says."
        return Finding("PredictionFails", where, f"no answer: {short(text, 200)}", remedy)
    if not 200 <= status < 300:
        remedy = PORT_REMEDY if status == 404 else SERVER_REMEDY
        return Finding("PredictionFails", where, f"answered {status}: {short(text, 200)}".rstrip(": "), remedy)
    try:
        answer = json.loads(text)
    except ValueError:
        return _malformed(where, f"the answer is no JSON: {short(text, 120)}")
    if "instances" not in body:
        return _other_protocol(where, body, answer, text)
    predictions = answer.get("predictions") if isinstance(answer, dict) else None
    if not isinstance(predictions, list):
        return _malformed(where, f"the answer has no list of predictions: {short(text, 120)}")
    if len(predictions) != len(body["instances"]):
        return _malformed(where, f"{len(body['instances'])} instances were sent, {len(predictions)} predictions came")
    if expected is not None and not same(predictions, expected):
        text = f"predicts {short(json.dumps(predictions), 120)}, its model recorded {short(json.dumps(expected), 120)}"
        remedy = (
            "The image does not hold the model that model.json describes, or another version of a library changes its "
            "answers: build it again from the training's own environment."
        )
        return Finding("PredictionDiffers", where, text, remedy)
    return None


def of_another(where: str, outside, inside) -> Finding | None:
    """The finding where an answer from outside is of another model than the Service's own to the same question. Two
    versions may share an entrance; an answer that names no model says nothing of it."""
    theirs, ours = _model(outside), _model(inside)
    if None in (theirs, ours) or theirs == ours:
        return None
    remedy = (
        "Ask where this release is reached: model_serving_verify_url ends in model_serving_ingress_prefix, and "
        "model_serving_ingress_host is asked for. Where another release has the same host and path, give one of them "
        "another."
    )
    return Finding(ANOTHER, where, f"the model {theirs} answered, and that of the Service is {ours}", remedy)


def _model(answer) -> str | None:
    """The name of the model that an answer says it is of."""
    found = answer.get("model") or answer.get("model_name") if isinstance(answer, dict) else None
    return found if isinstance(found, str) else None


def _other_protocol(where: str, body: dict, answer, text: str) -> Finding | None:
    """What an answer has to have by the protocol that ``body`` is of; nothing where it is of none that is known."""
    wanted = ""
    if any(isinstance(entry, dict) and "datatype" in entry for entry in _list(body.get("inputs"))):
        wanted = "outputs"  # Open Inference Protocol
    elif "dataframe_split" in body or "dataframe_records" in body:
        wanted = "predictions"  # MLflow
    if wanted and not _list(answer.get(wanted) if isinstance(answer, dict) else None):
        return _malformed(where, f"the answer has no {wanted}: {short(text, 120)}")
    return None


def _list(value) -> list:
    return value if isinstance(value, list) else []


def _malformed(where: str, message: str) -> Finding:
    remedy = "See that the path is the model server's (model_serving_verify_path), and that nothing else answers there."
    return Finding("PredictionMalformed", where, message, remedy)


def same(one, other) -> bool:
    """Equal but for the rounding of floats; NaN is equal to NaN."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def described(text: str, model: str) -> dict:
    """The model's own entry in what the server says of itself, or its first one; {} where it says nothing."""
    try:
        models = json.loads(text)["models"]
        return next((entry for entry in models if entry.get("name") == model), models[0])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return {}


def port_text(port: dict) -> str:
    """A Service's port, and where it leads."""
    number = port["port"]
    return f"{port.get('name') or number} ({number} to the pods' port {port.get('targetPort', number)})"


def lines(prediction: dict) -> list[str]:
    """What was answered, for a person: through the Service, which stands for all, else from outside."""
    answer = prediction.get("service") or prediction.get("url")
    if answer is None:
        return []
    shown = answer.get("predictions", answer) if isinstance(answer, dict) else answer
    return [f"prediction  {short(json.dumps(shown), 200)}"]
