# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the surveys of job templates from the argument specifications of the roles. Pure.

What a survey says and what the role accepts are then one: types, choices, ranges and defaults are written once.
"""

from __future__ import annotations

import json
import math
import re

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import names_credential, redact

LONGEST_LINE, LONGEST_TEXT = 1024, 32768
# Ansible's markup in descriptions: C(x), V(x), O(x=y), M(x) and the like.
MARKUP = re.compile(r"\b[CVOMPE]\(([^)]*)\)")
# What stands on a line of a list, or beside = on one, and is read as it was written. All else is JSON.
PLAIN = re.compile(r"[^\s,=\[\]{}\"'](?:[^\r\n\t,=]*[^\s,=])?")
# What may hold whole Secrets.
HOLDS_SECRETS = ("model_serving_extra_objects",)
NUMBERS = {"int": "integer", "float": "float"}
TEXTS = {"list": "textarea", "dict": "textarea"}


def survey(name: str, questions: dict[str, str], options: dict, ranges: dict, current: dict) -> dict:
    """A survey in AWX's form, ``{}`` when it asks nothing. ``questions``: the title of each variable's question;
    ``options`` has all of them.

    ``current``: what the variables are in the inventory, where it gives them all one value; None where the targets
    differ, so that a question without an answer leaves each its own.
    """
    hidden = [name for name in questions if options[name].get("no_log") or name in HOLDS_SECRETS]
    if hidden:
        raise ServingError(
            f"awx_setup_surveys.{name} asks for {hidden[0]}, which may be secret, and a survey's answers are shown in"
            " every job: give it in the inventory, or as a credential."
        )
    spec = [
        _question(variable, title, options[variable], ranges.get(variable), current)
        for variable, title in questions.items()
    ]
    return {"name": "", "description": "", "spec": spec} if spec else {}


def _question(variable: str, title: str, option: dict, bounds: tuple | None, current: dict) -> dict:
    value = current.get(variable, option.get("default"))
    found = {
        "question_name": title,
        "question_description": _plain(option.get("description", "")),
        "required": False,
        "variable": variable,
        **_answers(option, bounds),
    }
    default = _default(found["type"], value)
    if default is None or not _is_answer(default, found.get("choices")) or _holds_credential(value, default):
        return found
    return {**found, "default": default}


def _holds_credential(value: object, default: object) -> bool:
    """Whether a default is likely to show a credential, by the names in it or by how it is written."""
    return _names_credential(value) or redact(str(default)) != str(default)


def _names_credential(value: object) -> bool:
    """Whether something in it is called like a credential and has a value, as an entry or as an env of Kubernetes."""
    if isinstance(value, list):
        return any(map(_names_credential, value))
    if not isinstance(value, dict):
        return False
    named = [*value.items(), (value.get("name"), value.get("value"))]
    own = any(item and isinstance(item, str) and names_credential(str(name)) for name, item in named)
    return own or any(map(_names_credential, value.values()))


def _is_answer(default: object, choices: list[str] | None) -> bool:
    """Whether it can be chosen. Some variables say their default in words, because it depends on others."""
    return choices is None or all(part in choices for part in str(default).splitlines())


def _answers(option: dict, bounds: tuple | None) -> dict:
    """The type of the question, and what may be answered."""
    kind = option.get("type", "str")
    choices = [True, False] if kind == "bool" else [choice for choice in option.get("choices", ()) if choice != ""]
    if choices:
        return {
            "type": "multiselect" if kind == "list" else "multiplechoice",
            "choices": [_text(choice) for choice in choices],
        }
    if kind in NUMBERS:
        low, high = bounds or (None, None)
        # AWX takes whole bounds only. The role itself refuses what is between these and its own.
        whole = {} if bounds is None else {"min": math.floor(low), "max": math.ceil(high)}
        return {"type": NUMBERS[kind], **whole}
    if kind in TEXTS:
        return {"type": TEXTS[kind], "min": 0, "max": LONGEST_TEXT}
    return {"type": "text", "min": 0, "max": LONGEST_LINE}


def _default(kind: str, value: object) -> object:
    """The default in AWX's form; None for a question without one. AWX would send an empty one as an answer, and a
    template would be shown as it is: the playbook fills that in better."""
    if value is None or value == "" or value == [] or value == {} or "{{" in str(value):
        return None
    if kind == "integer":
        return int(value)
    if kind == "float":
        return float(value)
    if isinstance(value, list):
        simple = all(not isinstance(item, (dict, list)) and PLAIN.fullmatch(_text(item)) for item in value)
        return "\n".join(_text(item) for item in value) if simple else json.dumps(value)
    if isinstance(value, dict):
        pairs = [(str(name), item) for name, item in value.items()]
        simple = all(isinstance(item, str) and PLAIN.fullmatch(name) and PLAIN.fullmatch(item) for name, item in pairs)
        return "\n".join(f"{name}={item}" for name, item in pairs) if simple else json.dumps(value)
    return _text(value)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(description: str | list[str]) -> str:
    text = description if isinstance(description, str) else " ".join(description)
    return MARKUP.sub(r"\1", " ".join(text.split()))


def agreed(values: list[dict], variables: list[str]) -> dict:
    """What all targets have, of these variables: the value, or None where they differ. ``values``: those of each."""
    found = {}
    for name in variables:
        seen = [each[name] for each in values if name in each]
        if seen:
            same = len(seen) == len(values) and all(value == seen[0] for value in seen)
            found[name] = seen[0] if same else None
    return found


def same_form(spec: dict | None) -> list[dict]:
    """The questions of a survey, so that two that ask the same are equal. Only what AWX's survey has is compared."""
    return [_same_form(question) for question in (spec or {}).get("spec") or []]


def _same_form(question: dict) -> dict:
    kept = {name: question.get(name) for name in ("question_name", "question_description", "type", "variable")}
    kept["required"] = bool(question.get("required"))
    choices = question.get("choices")
    if choices:
        kept["choices"] = choices.splitlines() if isinstance(choices, str) else list(choices)
    for name in ("min", "max"):
        if question.get(name) not in (None, ""):
            kept[name] = question[name]
    if question.get("default") not in (None, "", []):
        default = question["default"]
        kept["default"] = "\n".join(default) if isinstance(default, list) else default
    return kept


def refused_question(spec: dict, error: str) -> str:
    """Which question AWX's error is about, as words to add; AWX counts them from 0."""
    number = re.search(r"(?:question|position) (\d+)", error)
    questions = spec.get("spec") or []
    if not number or int(number[1]) >= len(questions):
        return ""
    question = questions[int(number[1])]
    return f" It is the question '{question.get('question_name')}', for {question.get('variable')}."
