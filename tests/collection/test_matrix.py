# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every variable of every role with every kind of value: understood, or refused by its name before anything is changed.

The values are made from the argument specifications. Each is judged as tasks/check.yml judges it, without a start of
Ansible. What is understood is then rendered, by one real run of playbooks/render.yml: it must be in the manifests as it
was given, and change nothing else in them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import yaml
from playbook_runs import ROLE, ROOT, render

from ansible_collections.modelops.serving.plugins.lookup import model_serving_problems
from ansible_collections.modelops.serving.plugins.plugin_utils import given

SPECS = given.specifications()
ROLE_OPTIONS = SPECS["model_serving.main"]
OPTIONS = {name: option for spec in SPECS.values() for name, option in spec.items()}
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
MANIFESTS = ["deployment", "service", "ingress"]
IMAGE = "registry.example.org/model-api:0123456789ab"

LONG = "x" * 300_000
# What somebody might send who wants more than a value, and what YAML, Jinja, Python, shells and Prometheus treat in
# their own ways.
TEXTS = {
    "empty": "",
    "space": " ",
    "unicode": "größe-☃-e\u0301-\u202e",
    "yaml": "a: b #c\n- {d}: \"e' \\ [f] %g",
    "yaml-document": "a\n---\nkind: Secret\n...",
    "yaml-tag": "!!python/object/apply:os.system [id]",
    "jinja": "{{ 1 + 1 }}{% if true %}x{% endif %}{# y #}",
    "jinja-open": "{{ {% {#",
    "format": "{v.name} {0} %s %(a)s $x",
    "shell": "$(touch /tmp/matrix); `id` && exit 1 | cat > /dev/null",
    "option": "--help",
    "promql": 'a"} or vector(1) or {b=~".*',
    "selector": "a,b=c,!d",
    "header": "a\r\nX-Injected: b",
    "control": "a\x1b[31mb\x07",
    "nul": "a\x00b",
    "surrogate": "a\ud800b",
    "path": "../../etc/passwd",
    "long": LONG,
}
# Values that are of no text's type, for all of them.
OTHERS = {
    "nothing": None,
    "true": True,
    "number": 7,
    "negative": -1,
    "huge": 10**30,
    "share": 1.5,
    "not-a-number": float("nan"),
    "endless": float("inf"),
    "list": ["a"],
    "mapping": {"a": "b"},
    "nested": {"a": [{"b": None}]},
    "nested-list": [["a"], {"b": []}],
}


class Case(NamedTuple):
    """A variable with a value, and the name of the kind of value."""

    variable: str
    kind: str
    value: object


def values(option: dict) -> Iterator[tuple[str, object]]:
    """Kinds of values for a variable: right and wrong ones, of its own and of other types."""
    yield from OTHERS.items()
    yield from TEXTS.items()
    kind, default = option.get("type", "str"), option.get("default")
    if kind in ("int", "float") and not isinstance(default, str) and default is not None:
        yield "as-text", str(default)
        yield "with-a-unit", f"{default}s"
        yield "above", default + 10**9
    if kind == "bool":
        yield "as-text", "no"
    if kind == "list":
        yield "as-text", "a, b\nc"
        yield "as-json", '["a", "b"]'
        for name, text in TEXTS.items():
            yield f"element-{name}", ["x1", text]
            yield f"field-{name}", [{"name": text}]
        yield "many", ["x1"] * 5000
    if kind == "dict":
        yield "as-text", "a=b\nc=d"
        yield "as-json", '{"a": "b"}'
        for field in option.get("options") or ["x1"]:
            for name, text in TEXTS.items():
                yield f"value-{field}-{name}", {field: text}
        for name, text in TEXTS.items():
            yield f"key-{name}", {text: "x1"}
    for choice in option.get("choices", ()):
        yield f"choice-{choice}", choice
        yield f"choice-{choice}-as-text", str(choice)


CASES = [Case(variable, kind, value) for variable, option in sorted(OPTIONS.items()) for kind, value in values(option)]
# The set has at most one object of each template then, and every variable is read by one.
EVERYTHING = {
    "model_serving_load_balancer_enabled": True,
    "model_serving_vpa_enabled": True,
    "model_serving_monitoring": "operator",
    "model_serving_network_policy_model_store_cidrs": ["198.51.100.0/24"],
}


def judged(variables: dict) -> list[str]:
    """What tasks/check.yml says of these variables, and of the defaults for all others."""
    options = {name: OPTIONS[name] for name in variables}
    image = variables.get("model_serving_image", IMAGE)
    image = image if isinstance(image, str) else "" if image is None else str(image)
    return model_serving_problems.problems(variables, options, ROLE_OPTIONS, image, MANIFESTS)


@pytest.fixture(scope="module")
def verdicts() -> dict[Case, list[str]]:
    began = time.monotonic()
    found = {number: judged({case.variable: case.value}) for number, case in enumerate(CASES)}
    print(f"{len(CASES)} cases of {len(OPTIONS)} variables in {time.monotonic() - began:.1f} s")
    return found


def test_there_is_something_to_judge(verdicts):
    """And the defaults themselves are understood."""
    assert len(CASES) > 8000
    assert judged({}) == []
    refused = sum(bool(sentences) for sentences in verdicts.values())
    assert refused > len(CASES) / 2
    assert len(CASES) - refused > 500


def test_what_is_refused_is_named_and_can_be_read(verdicts):
    """One line each, short, without control characters, and with the variable's name in front."""
    wrong = []
    for number, sentences in verdicts.items():
        case = CASES[number]
        for sentence in sentences:
            if sentence.startswith("There are ") and len(sentences) > 25:
                continue
            readable = sentence.isprintable() and len(sentence) < 1500
            if not readable or not re.search(rf"\b{case.variable}\b", sentence):
                wrong.append((case.variable, case.kind, sentence[:300]))
    assert wrong == []


def test_what_is_refused_is_said_in_few_sentences(verdicts):
    """A list of thousands of wrong elements, too."""
    most = max((len(sentences), CASES[number].variable) for number, sentences in verdicts.items())
    assert most[0] <= 26, most


def test_secrets_are_not_shown():
    for variable in given.SECRET:
        for value in ("hunter2", ["hunter2"], {"hunter2\n": "a"}, {"a": {"b": "hunter2"}}, {"X-Key": "hunter2\r\n"}):
            assert "hunter2" not in " ".join(judged({variable: value})).replace("'hunter2\\n'", "")


def unsafe(value: object) -> object:
    """The value in YAML as a survey of AWX sends it: not as a template."""
    if isinstance(value, dict):
        return {Unsafe(key): unsafe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unsafe(item) for item in value]
    return Unsafe(value) if isinstance(value, str) else value


class Unsafe(str):
    """A text with the tag !unsafe."""


yaml.SafeDumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


def texts(value: object) -> Iterator[str]:
    """Every text in a value, keys as well."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


# Their values are not in the manifests, or choose them, or are whole manifests.
ELSEWHERE = {
    "model_serving_kubernetes", "model_serving_render_directory", "model_serving_report", "model_serving_own_variables",
    "model_serving_tolerated_managers", "model_serving_patches", "model_serving_extra_objects",
    *(name for name in ROLE_OPTIONS if name.startswith(("model_serving_verify_", "model_serving_notify_"))),
}  # fmt: skip
# A text for a text: what is rendered from the one must be what is rendered from the other.
HARMLESS = {text: f"harmless-{name}" for name, text in TEXTS.items() if name not in ("empty", "long")}


def harmless(value: object) -> object:
    """The same with harmless text for each that is hostile, in keys and in text of several words too."""
    if isinstance(value, dict):
        return {harmless(key): harmless(item) for key, item in value.items()}
    if isinstance(value, list):
        return [harmless(item) for item in value]
    if not isinstance(value, str):
        return value
    return HARMLESS.get(value) or " ".join(HARMLESS.get(word, word) for word in value.split(" "))


def merged(values: list) -> object:
    """One value for a variable that has all of these: the dictionaries' entries, or the lists' elements."""
    if isinstance(values[0], list):
        return [item for value in values for item in value]
    together: dict = {}
    for value in values:
        for key, item in value.items():
            together[f"x{len(together)}" if key == "x1" else key] = item
    return together


@pytest.fixture(scope="module")
def hostile(verdicts) -> dict[str, object]:
    """A value for each variable that may be hostile, with all of its texts that are understood."""
    found: dict[str, list] = {}
    for number, case in enumerate(CASES):
        of_the_set = case.variable in ROLE_OPTIONS and case.variable not in ELSEWHERE
        if of_the_set and not verdicts[number] and HARMLESS.keys() & set(texts(case.value)):
            # A text for a whole list or dictionary is read as their elements, of which there are cases, too.
            if isinstance(case.value, (list, dict)):
                found.setdefault(case.variable, []).append(case.value)
            else:
                assert OPTIONS[case.variable].get("type", "str") != "str", f"{case.variable} takes {case.value!r}"
    return {variable: merged(values) for variable, values in found.items()}


@pytest.fixture(scope="module")
def rendered(hostile, tmp_path_factory) -> dict[str, list[dict]]:
    variants = {
        "hostile": unsafe({**EVERYTHING, **hostile}),
        "harmless": unsafe({**EVERYTHING, **harmless(hostile)}),
    }
    return render(variants, tmp_path_factory.mktemp("matrix"))


def without_hash(objects: list[dict]) -> list[dict]:
    """The name of the ConfigMap follows from its content."""
    return json.loads(re.sub("model-api-config-[0-9a-f]{10}", "model-api-config", json.dumps(objects)))


def test_hostile_texts_are_data_and_nothing_else(rendered):
    """No object, field or query more or other than with harmless texts."""
    assert harmless(without_hash(rendered["hostile"])) == without_hash(rendered["harmless"])


def test_every_hostile_text_arrives_as_it_was_given(hostile, rendered):
    sent = {text for text in texts(hostile) if text in HARMLESS}
    assert len(sent) >= len(HARMLESS) - 2  # NUL and a lone surrogate are refused everywhere
    arrived = {word for text in texts(rendered["hostile"]) for word in (text, *text.split(" "))}
    assert sent <= arrived


def test_the_page_says_how_many_cases_there_are():
    page = (ROOT / "docs" / "variables.md").read_text()
    said = int(re.search(r"(\d+) cases", page)[1])
    assert said <= len(CASES) < said + 1000
