# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the chart asks of texts: the role's forms, and those of its constraints that are about one text each, in the
role's sentences. Go has no fullmatch, so each pattern gets its ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ansible_collections.modelops.serving.plugins.module_utils.variables import forms, helm, server_settings
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints import (
    capacity,
    models,
    naming,
    settings,
)
from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import SETTING

# The forms of values that are no variable of their own.
OF_THE_IMAGE = {
    "image.repository": forms.Form(
        forms.NAMED, "the name of an image without its tag, such as registry.example.org/model-api"
    ),
    "image.tag": forms.Form(forms.TAGGED, "a tag: at most 128 letters, digits, dots, dashes and underscores"),
    "image.digest": forms.Form(forms.DIGEST, "sha256: and 64 digits and letters from a to f"),
}
MAY_BE_EMPTY = ("image.tag", "image.digest")
SHAPE = "{where} ('{text}') must be %s."
# An annotation's prefix may have capitals.
# Text in which every template of Prometheus is closed.
WHOLE_TEMPLATES = rf"({naming.WHOLE_TEMPLATE.pattern}|[^{{}}]|\{{[^{{]|\}}[^}}])*[{{}}]?"
ANNOTATION_NAME = f"(?i:{naming.LABEL_NAME.pattern})"
# What a model's file must be, by the row of the role's constraints.
OF_MODELS = {
    "model-name": (("name", "version"), models.MODEL_NAME.pattern, ""),
    "model-uri-credentials": (("uri",), ".*", r"[^:]*://[^/]*@.*"),
    "model-uri-comma": (("uri",), ".*", ".*,.*"),
    "model-uri": (("uri",), models.MODEL_URI.pattern, ""),
    "model-sha256": (("sha256",), models.SHA256.pattern, ""),
}


@dataclass(frozen=True)
class Rule:
    """``path``: of a value, whose texts it is for; ``field``: of the objects in its list. ``keys``: for the names of
    its entries and not for their texts. ``optional``: the text may be empty; ``or_nothing``: a word for nothing meant
    then to be empty. ``known``: texts that are right in any case. ``range``: it may have no bits beyond its prefix.
    ``sentence``: has {where}, {path}, {text}, {entry} for an object of a list,
    and its {target}.
    """

    path: str
    pattern: str
    sentence: str
    but: str = ""
    field: str = ""
    keys: bool = False
    optional: bool = False
    or_nothing: bool = False
    length: int = 2**20
    known: tuple[str, ...] = ()
    range: bool = False


def rules(table: dict[str, str]) -> list[Rule]:
    """``table``: the variable of each path."""
    path_of = {variable: path for path, variable in table.items()}
    return sorted(
        [
            *_of_forms(table),
            *_of_labels(path_of),
            *_of_settings(path_of),
            *_of_amounts(path_of),
            *_of_pods(path_of),
            *_of_models(path_of),
        ],
        key=lambda rule: (rule.path, rule.field, rule.keys),
    )


def put(path: str, value) -> dict:
    """Values with this one alone."""
    values: dict = {}
    helm.put(values, path, value)
    return values


def written(table: dict[str, str]) -> str:
    found = [{**asdict(rule), "pattern": _whole(rule.pattern), "but": _whole(rule.but)} for rule in rules(table)]
    about = {"nothing": list(forms.NOTHING), "settings": values_of_settings(), "rules": found}
    return json.dumps(about, indent=2) + "\n"


def values_of_settings() -> dict[str, dict]:
    """What each of the server's settings must be: one of ``choices``, or a number ``from`` ``to`` these."""
    whole = {name: {"from": least, "to": most, "whole": True} for name, (least, most) in server_settings.WHOLE.items()}
    numbers = {
        name: {"from": least, "to": most, "whole": False} for name, (least, most) in server_settings.NUMBERS.items()
    }
    switches = {
        name: {"choices": list(server_settings.SWITCH), "must": "true or false"} for name in server_settings.SWITCHES
    }
    choices = {
        name: {"choices": [word.lower() for word in words], "must": f"one of {', '.join(words)}"}
        for name, words in server_settings.CHOICES.items()
    }
    return dict(sorted({**whole, **numbers, **switches, **choices}.items()))


def _whole(pattern: str) -> str:
    return f"^(?s:{pattern})$" if pattern else ""


def _of_forms(table: dict[str, str]) -> Iterator[Rule]:
    named = {path: forms.FORMS[name] for path, name in table.items() if name in forms.FORMS and name != helm.IMAGE}
    optional = {path for path, name in table.items() if name in forms.MAY_BE_EMPTY} | set(MAY_BE_EMPTY)
    for path, form in {**named, **OF_THE_IMAGE}.items():
        field = "name" if path == "imagePullSecrets" else ""
        sentence = SHAPE % form.must
        may = path in optional
        given = {"optional": may, "or_nothing": may, "length": form.length, "range": form is forms.RANGE}
        yield Rule(path, form.pattern, sentence, form.but, field, **given)


def _of_labels(path_of: dict[str, str]) -> Iterator[Rule]:
    name, value = _sentence(naming, "label-name"), _sentence(naming, "label-value")
    for variable in naming.LABELS:
        path = path_of[PREFIX + variable]
        yield Rule(path, naming.LABEL_NAME.pattern, name, keys=True)
        yield Rule(path, naming.LABEL_VALUE.pattern, value, optional=True)
    for variable in naming.ANNOTATIONS:
        yield Rule(path_of[PREFIX + variable], ANNOTATION_NAME, name, keys=True)
    alerts = path_of[PREFIX + "alert_labels"]
    yield Rule(alerts, SETTING.pattern, _sentence(naming, "alert-label-name"), keys=True)
    template = _sentence(naming, "alert-label-template").replace("{{{{", "{{").replace("}}}}", "}}")
    yield Rule(alerts, WHOLE_TEMPLATES, template, optional=True)


def _of_settings(path_of: dict[str, str]) -> Iterator[Rule]:
    for variable in settings.SETTINGS:
        yield Rule(path_of[PREFIX + variable], SETTING.pattern, _sentence(settings, "setting-name"), keys=True)
    unknown = (
        _sentence(settings, "setting-unknown")
        .replace("{meant}", ".")
        .replace("model_serving_settings.{setting}", "{where}")
    )
    unknown = unknown.replace("model_serving_extra_env", path_of["model_serving_extra_env"])
    prefixes = "|".join(server_settings.PREFIXES)
    bare = sorted({re.sub(f"^({prefixes})", "", name).replace("_", "_?") for name in server_settings.KNOWN})
    but = f"(?i:({prefixes}).*|{'|'.join(bare)})"
    known = tuple(sorted(server_settings.KNOWN))
    yield Rule(path_of["model_serving_settings"], ".*", unknown, but, keys=True, known=known)


def _of_amounts(path_of: dict[str, str]) -> Iterator[Rule]:
    quantity = _sentence(capacity, "amount").replace("{meant}", "500m or 2 for CPU, 512Mi or 2Gi for memory")
    milli = _sentence(capacity, "bytes-in-milli").replace("{meant}", "Mi")
    few = _sentence(capacity, "bytes-too-few").replace("{meant}", "Mi")
    yield Rule(path_of[PREFIX + "extra_resources"], capacity.QUANTITY.pattern, quantity)
    for variable in (*capacity.AMOUNTS, *capacity.DISK):
        path, may_be_empty = path_of[PREFIX + variable], variable in capacity.DISK
        yield Rule(path, capacity.QUANTITY.pattern, quantity, optional=may_be_empty)
        if variable in (*capacity.BYTES, *capacity.DISK):
            yield Rule(path, ".*", milli, capacity.MILLI.pattern, optional=True)
            yield Rule(path, ".*", few, capacity.FEW.pattern, optional=True)
        else:
            yield Rule(path, ".*", _sentence(capacity, "cpu-in-bytes"), capacity.IN_BYTES.pattern, optional=True)


def _of_pods(path_of: dict[str, str]) -> Iterator[Rule]:
    for variable in ("pdb_min_available", "max_surge", "max_unavailable"):
        path = path_of[PREFIX + variable]
        yield Rule(path, capacity.NUMBER_OR_PERCENTAGE.pattern, _sentence(capacity, "number-or-percentage"))
        if variable != "max_surge":
            yield Rule(path, ".*", _sentence(capacity, "above-all-pods"), capacity.ABOVE_ALL.pattern)


def _of_models(path_of: dict[str, str]) -> Iterator[Rule]:
    for name, (fields, pattern, but) in OF_MODELS.items():
        for field in fields:
            sentence = _sentence(models, name).replace("model_serving_models[{number}]", "{entry}")
            sentence = sentence.replace("{part}", field)
            sentence = re.sub(r"model_serving_\w+", lambda match: path_of[match[0]], sentence)
            yield Rule(path_of["model_serving_models"], pattern, sentence, but, field)


def _sentence(module, name: str) -> str:
    """That of the role's row, with the chart's places."""
    (row,) = [row for row in module.ROWS if row.name == name]
    sentence = row.sentence.replace("{variable}.{key} (", "{where} (").replace(
        "{variable}: '{key}'", "{path}: '{text}'"
    )
    return sentence.replace("{variable} (", "{where} (").replace("{value}", "{text}")
