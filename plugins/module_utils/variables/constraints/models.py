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
from ansible_collections.modelops.serving.plugins.module_utils.variables.reading import is_true

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


def _opens_joblib(v: Variables) -> bool:
    """model_serving_settings overrides the variable."""
    return is_true(v.settings.get("MODEL_ALLOW_JOBLIB", v.allow_joblib))


def _serves_another(v: Variables) -> list[Fault]:
    """The names of the models that are fetched, where the model of /predict is none of them."""
    names = list(dict.fromkeys(str(model["name"]) for model in v.models))
    if not v.model_name or "MODEL_NAME" in v.settings or v.model_name in names:
        return []
    return [{"names": ", ".join(names)}] if names else []


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
        "model-joblib",
        lambda v: [] if _opens_joblib(v) else [model for model in _models(v) if str(model["uri"]).endswith(".joblib")],
        "model_serving_models[{number}] ({target}): a joblib file can run any code when it is opened, and the server "
        "opens none: save the model with skops, or, if it is your own, set model_serving_allow_joblib to true.",
    ),
    Constraint(
        "model-name-served",
        _serves_another,
        "model_serving_model_name ({v.model_name}) is none of model_serving_models ({names}), and the server would not "
        "start: name one of these, or leave it out.",
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
