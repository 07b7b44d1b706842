# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image and the models that are fetched. Pure."""

from __future__ import annotations

import re

from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import (
    Constraint,
    Fault,
    Variables,
)

# As the server requires: it names folders after name and version, and separates its models by commas and spaces.
MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
MODEL_URI = re.compile(r"(https?|s3|gs|az|file)://\S+\.(skops|joblib|ubj|json|txt)")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def _models(v: Variables) -> list[Fault]:
    """The models, with their ``number`` and their ``target``."""
    return [
        {**model, "number": number, "target": f"{model['name']}/{model['version']}"}
        for number, model in enumerate(v.models)
    ]


def _twice(v: Variables) -> list[Fault]:
    targets = [model["target"] for model in _models(v)]
    return [model for model in _models(v) if model["target"] in targets[: model["number"]]]


def _host(uri: str) -> str:
    return uri.partition("://")[2].partition("/")[0]


MODEL_FILES = (".skops", ".joblib", ".pkl", ".pickle", ".ubj")

ROWS = (
    Constraint(
        "model-name",
        lambda v: [
            {**model, "part": part}
            for model in _models(v)
            for part in ("name", "version")
            if not MODEL_NAME.fullmatch(str(model[part]))
        ],
        "model_serving_models[{number}] ({target}): its {part} may have only letters, digits, dots, dashes and "
        "underscores, at most 63, and must begin with a letter or a digit.",
    ),
    Constraint(
        "model-uri-credentials",
        lambda v: [model for model in _models(v) if "@" in _host(str(model["uri"]))],
        "model_serving_models[{number}] ({target}): its uri has credentials, which anybody could read in the "
        "ConfigMap: put them into a Secret and name it in model_serving_models_secrets.",
    ),
    Constraint(
        "model-uri-comma",
        lambda v: [model for model in _models(v) if "," in str(model["uri"])],
        "model_serving_models[{number}] ({target}): its uri has a comma, which separates models in the server's "
        "settings: rename the file.",
    ),
    Constraint(
        "model-uri",
        lambda v: [model for model in _models(v) if not MODEL_URI.fullmatch(str(model["uri"]))],
        "model_serving_models[{number}] ({target}): its uri must begin with http, https, s3, gs, az or file and ://, "
        "and end in .skops, .joblib, .ubj, .json or .txt. A volume with models, such as a PersistentVolumeClaim, is "
        "named in model_serving_models_volume.",
    ),
    Constraint(
        "model-sha256",
        lambda v: [model for model in _models(v) if not SHA256.fullmatch(str(model["sha256"]))],
        "model_serving_models[{number}] ({target}): its sha256 is not 64 hexadecimal digits: use the output of "
        "sha256sum for the file.",
    ),
    Constraint(
        "model-twice",
        _twice,
        "model_serving_models[{number}] ({target}) is in the list twice: remove one, or give it another version.",
    ),
    Constraint(
        "models-from-one-place",
        lambda v: bool(v.models and v.models_volume),
        "model_serving_models and model_serving_models_volume are both set: leave one of them out.",
    ),
    Constraint(
        "model-store-reachable",
        lambda v: (
            [model for model in _models(v) if not str(model["uri"]).startswith("file:")][:1]
            if v.network_policy_enabled and not v.network_policy_model_store_cidrs
            else []
        ),
        "model_serving_network_policy_model_store_cidrs is empty, so the pods cannot fetch {target}: "
        "list the address ranges of the model store.",
    ),
    Constraint(
        "image",
        lambda v: not v.image,
        "model_serving_image is empty: name an image, or let playbooks/deploy.yml build one.",
    ),
    Constraint(
        "image-is-a-model",
        lambda v: v.image.lower().endswith(MODEL_FILES),
        "model_serving_image ({v.image}) is a model's file, and no image: name it in model_image_model.",
    ),
)
