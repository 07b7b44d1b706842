# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads variables as the types of an argument specification: YAML, and the text that a survey or -e sends. Pure.

Ansible's own validation takes a list for text, NaN for a number and nothing for anything; it splits lists at commas
only, and the role would still see the text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.variables.names import nearest
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import SCALARS, as_text, shown

TRUE, FALSE = ("true", "yes", "on", "y", "t", "1"), ("false", "no", "off", "n", "f", "0")
# More digits are out of every range, and would take Python long to read.
WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
# Numbers that may be left to the platform: null, or what a survey sends for no answer.
MAY_BE_NOTHING = ("model_serving_run_as_user",)
SEPARATORS = re.compile(r"[,\r\n]")
# A number as it is said, not as it is written: 30s, 70%, 24 h.
WITH_A_UNIT = re.compile(r"[+-]?[0-9.]{1,18}\s*(%|[A-Za-z]{1,12})")
# Lists of names, whose elements Kubernetes writes as {name: …}.
REFERENCES = ("model_serving_image_pull_secrets", "model_serving_settings_secrets", "model_serving_models_secrets")


@dataclass(frozen=True)
class Reading:
    """``values``: those that could be read, of their types. ``problems``: a sentence for each of the others."""

    values: dict
    problems: list[str]


class _Unreadable(ValueError):
    """Says what the value must be."""


def read(values: dict, options: dict) -> Reading:
    """Reads the values that are in ``options``; those with ``no_log`` are never shown."""
    found, problems = {}, []
    for name, value in values.items():
        if name in options:
            wrong = list(_problems(name, value, options[name], found, name))
            if wrong:
                found.pop(name, None)
            problems += wrong
    return Reading(found, problems)


def _problems(where: str, value: object, option: dict, found: dict, name: str) -> Iterator[str]:
    """Puts the value into ``found``, or yields what is wrong with it."""
    if where in MAY_BE_NOTHING and value in (None, ""):
        found[name] = None
        return
    kind = option.get("type", "str")
    reader = _version if kind == "str" and where.endswith("version") else _READERS[kind]
    try:
        result = reader(value)
    except _Unreadable as must:
        seen = "" if option.get("no_log") else f" ({shown(value)})"
        yield f"{where}{seen} must be {must}."
        return
    if _unwritable(result):
        yield f"{where} has a character that UTF-8 cannot write, or NUL: remove it."
        return
    if "choices" in option and not isinstance(result, list) and result not in option["choices"]:
        choices = ", ".join(str(choice) for choice in option["choices"] if choice != "")
        yield f"{where} ({shown(value)}) must be one of {choices}."
        return
    if option.get("type") == "list":
        result = yield from _elements(where, result, option)
    elif isinstance(result, dict) and option.get("options") and (result or option.get("default") != {}):
        result = yield from _fields(where, result, option["options"])
    found[name] = result


def _elements(where: str, items: list, option: dict) -> Iterator[str]:
    """Returns the elements of their type."""
    same = {name: option[name] for name in ("options", "choices", "no_log") if name in option}
    element = {"type": option.get("elements", "str"), **same}
    found: dict = {}
    for number, item in enumerate(items):
        if where in REFERENCES and isinstance(item, dict) and list(item) == ["name"]:
            item = item["name"]
        yield from _problems(f"{where}[{number}]", item, element, found, str(number))
    return list(found.values())


def _fields(where: str, given: dict, options: dict) -> Iterator[str]:
    """Returns the fields of their types."""
    found: dict = {}
    for field, value in given.items():
        if field in options:
            yield from _problems(f"{where}.{field}", value, options[field], found, field)
        else:
            meant = nearest(field, options)
            known = f"is {meant} meant?" if meant else f"it may have {', '.join(options)}."
            yield f"{where} has {shown(field)}, which is not known; {known}"
    for field, option in options.items():
        if option.get("required") and given.get(field) in (None, ""):
            yield f"{where} has no {field}: add it."
    return found


def _unwritable(value: object) -> bool:
    """Whether a text in the value is none that a manifest could have."""
    if isinstance(value, dict):
        return any(_unwritable(name) or _unwritable(item) for name, item in value.items())
    if isinstance(value, list):
        return any(_unwritable(item) for item in value)
    return isinstance(value, str) and bool(UNWRITABLE.search(value))


def _text(value: object) -> str:
    if not isinstance(value, SCALARS):
        raise _Unreadable(f"one text, not a {_kind(value)}")
    return value if isinstance(value, str) else as_text(value)


def _path(value: object) -> str:
    """A text. What joins paths takes no number, and who wrote one may have meant something else."""
    if isinstance(value, (bool, int, float)):
        raise _Unreadable("a path, in quotes where it looks like a number")
    return _text(value)


def _version(value: object) -> str:
    """A text that YAML may have taken for a number, and has cut then."""
    if isinstance(value, float):
        raise _Unreadable("text in quotes: YAML reads 1.10 as the number 1.1")
    return _text(value)


def _whole(value: object) -> int:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    raise _Unreadable("a whole number" + _without_its_unit(value))


def _decimal(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, str) and DECIMAL.fullmatch(value.strip()) and math.isfinite(float(value)):
        return float(value)
    raise _Unreadable("a number" + _without_its_unit(value))


def _without_its_unit(value: object) -> str:
    return ", without a unit" if isinstance(value, str) and WITH_A_UNIT.fullmatch(value.strip()) else ""


def is_true(value: object) -> bool:
    """Whether a value is one of those that are read as true."""
    return isinstance(value, SCALARS) and as_text(value).strip().lower() in TRUE


def _truth(value: object) -> bool:
    if is_true(value):
        return True
    if isinstance(value, SCALARS) and as_text(value).strip().lower() in FALSE:
        return False
    raise _Unreadable("true or false")


def _list(value: object) -> list:
    """A list, or text with its elements: JSON, or separated by commas or newlines. Nothing, also an empty mapping, is
    an empty list."""
    if value is None or value == {}:
        return []
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, dict):
        raise _Unreadable("a list, not a mapping")
    text = as_text(value).strip()
    if text.startswith(("[", "{")):
        result = _json(text)
        if isinstance(result, list):
            return result
        raise _Unreadable("a list: [a, b], or text with a comma or a newline between two of them")
    return [part.strip() for part in SEPARATORS.split(text) if part.strip()]


def _mapping(value: object) -> dict:
    """A mapping, or text with its entries: JSON, or name=value separated by newlines or commas. Nothing, also an empty
    list, is an empty mapping."""
    if value is None or value == []:
        return {}
    if isinstance(value, dict):
        return {as_text(name) if isinstance(name, SCALARS) else str(name): item for name, item in value.items()}
    if not isinstance(value, str):
        raise _Unreadable("a mapping of names to values")
    text = value.strip()
    if text.startswith("{"):
        result = _json(text)
        if isinstance(result, dict):
            return result
    else:
        parts = [part.strip() for part in re.split(r"[\r\n]" if "\n" in text else ",", text) if part.strip()]
        if all("=" in part and not part.startswith("=") for part in parts):
            return {name.strip(): item.strip() for name, _mark, item in (part.partition("=") for part in parts)}
    raise _Unreadable("a mapping: {name: value}, or text with name=value on each line")


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _kind(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"


def _structure(value: object) -> dict:
    if value is None or value == [] or isinstance(value, dict):
        return _mapping(value)
    raise _Unreadable("a mapping, not text: write it in the inventory, or as -e '{...}' or -e @file")


def _as_it_is(value: object) -> object:
    return value


_READERS: dict[str, Callable[[object], object]] = {
    "raw": _as_it_is,
    "str": _text,
    "path": _path,
    "int": _whole,
    "float": _decimal,
    "bool": _truth,
    "list": _list,
    "dict": _mapping,
    "structure": _structure,
}
