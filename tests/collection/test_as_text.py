# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a variable's text is read as is what the role does: the same objects as with values of its type."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
import yaml
from playbook_runs import ROLE, command
from role_objects import objects

SPEC = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
IMAGE = {"model_serving_image": "registry.example.org/api:1"}
NUMBERS = {name: option["default"] for name, option in SPEC.items() if option["type"] in ("int", "float")}
BOOLEANS = {name: option["default"] for name, option in SPEC.items() if option["type"] == "bool"}
OPPOSITE = {name: not value for name, value in BOOLEANS.items()}
# Text as surveys, command lines and files with other line ends have it: of a number, of true and of false.
WRITTEN = {
    "plain": ("{}", "true", "false"),
    "capitals": ("+{}", "TRUE", "False"),
    "with-a-line-end": ("{}\r\n", "yes\r\n", "no\n"),
    "with-spaces": (" {} ", " on ", " off "),
    "letters": ("{}", "Y", "N"),
    "first-letters": ("{}", "t", "f"),
    "digits": ("{}", "1", "0"),
}
# A question of a survey that was left blank is nothing, or empty.
BLANK = [
    name
    for name, option in SPEC.items()
    if option["type"] in ("str", "list", "dict")
    and option["default"] in ("", [], {})
    and name not in (*IMAGE, "model_serving_kubernetes")
]


def written(values: dict, number: str, true: str, false: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        text = (true if value else false) if isinstance(value, bool) else number.format(value)
        yield name, text


@pytest.fixture(scope="module")
def rendered() -> dict:
    sets = {"typed": {}, "typed-opposite": OPPOSITE, "null": dict.fromkeys(BLANK), "empty": dict.fromkeys(BLANK, "")}
    for kind, forms in WRITTEN.items():
        sets[kind] = dict(written({**NUMBERS, **BOOLEANS}, *forms))
        sets[f"{kind}-opposite"] = dict(written({**NUMBERS, **OPPOSITE}, *forms))
    return dict(zip(sets, objects([{**IMAGE, **given} for given in sets.values()]), strict=True))


def test_there_are_booleans_and_numbers():
    assert len(BOOLEANS) >= 12
    assert len(NUMBERS) >= 40
    assert len(BLANK) >= 50


@pytest.mark.parametrize("kind", WRITTEN)
def test_text_makes_the_same_objects_as_a_value_of_its_type(rendered, kind):
    assert rendered[kind] == rendered["typed"]
    assert rendered[f"{kind}-opposite"] == rendered["typed-opposite"]
    assert rendered["typed"] != rendered["typed-opposite"]


@pytest.mark.parametrize("blank", ["null", "empty"])
def test_no_answer_makes_the_same_objects_as_the_default(rendered, blank):
    assert rendered[blank] == rendered["typed"]


def test_no_answer_is_no_text_for_a_module(tmp_path):
    """What modules get does not go through a template: a filter for text would make None of nothing."""
    tasks = [
        {"ansible.builtin.import_role": {"name": "modelops.serving.model_serving", "tasks_from": "check"}},
        {"name": "Show", "ansible.builtin.debug": {"msg": "{{ _model_serving_verify }}"}},
        {"ansible.builtin.import_role": {"name": "modelops.serving.model_serving", "tasks_from": "notify"}},
    ]
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    given = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        **IMAGE,
        **dict.fromkeys(BLANK),
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": given, "hosts": {"here": {}}}}))
    arguments = ("ansible-playbook", str(tmp_path / "play.yml"), "-i", str(tmp_path / "hosts.yml"))
    done = command(*arguments, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")
    assert done.status == 0, done.output
    tasks = json.loads(done.output[done.output.index("{\n") :])["plays"][0]["tasks"]
    results = {task["task"]["name"]: task["hosts"]["here"] for task in tasks}
    assert "None" not in str({name: value for name, value in results["Show"]["msg"].items() if value is not None})
    assert results["modelops.serving.model_serving : Tell the receivers"]["skipped"]
