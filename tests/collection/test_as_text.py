# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a variable's text is read as is what the role does: the same objects as with values of its type."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
import yaml
from playbook_runs import ROLE, ROOT, command
from role_objects import objects

from ansible_collections.modelops.serving.plugins.module_utils.variables import forms

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
HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
BLANK = [
    name
    for name, option in SPEC.items()
    if option["type"] in ("str", "path", "list", "dict")
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
    for kind, words in WRITTEN.items():
        sets[kind] = dict(written({**NUMBERS, **BOOLEANS}, *words))
        sets[f"{kind}-opposite"] = dict(written({**NUMBERS, **OPPOSITE}, *words))
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


def test_no_answer_is_no_text_for_the_build_of_an_image(tmp_path):
    spec = yaml.safe_load((ROOT / "roles/model_image/meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    blank = dict.fromkeys(name for name in spec["options"] if name in forms.MAY_BE_EMPTY and name in forms.FORMS)
    assert {"model_image_ca_bundle", "model_image_pip_conf", "model_image_alias"} <= blank.keys()
    defaults, derived = (str(ROOT / f"roles/model_image/{folder}/main.yml") for folder in ("defaults", "vars"))
    made = {"role_path": "/role", "model_image_reference": "a:1", "_model_image_context": {"path": "/c", "tag": "t"}}
    tasks = [{"name": "Show", "ansible.builtin.debug": {"msg": "{{ _model_image_environment }}"}}]
    play = {"hosts": "all", "gather_facts": False, "vars_files": [defaults, derived], "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    (tmp_path / "given.yml").write_text(yaml.safe_dump({**made, **blank}))
    arguments = ("ansible-playbook", str(tmp_path / "play.yml"), "-i", "localhost,", "-c", "local")
    done = command(*arguments, "-e", f"@{tmp_path}/given.yml", ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")
    assert done.status == 0, done.output
    (task,) = json.loads(done.output[done.output.index("{\n") :])["plays"][0]["tasks"]
    shown = task["hosts"]["localhost"]["msg"]
    assert [name for name, value in shown.items() if value in (None, "None")] == []
    assert (shown["CA_BUNDLE"], shown["BUILDER_INSTALL"]) == ("", "True")
    given = json.dumps(
        {"model_image_ca_bundle": "ca.pem", "model_image_pip_conf": "pip.conf", "model_image_cache_dir": "c"}
    )
    done = command(
        *arguments, "-e", f"@{tmp_path}/given.yml", "-e", given, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json"
    )
    (task,) = json.loads(done.output[done.output.index("{\n") :])["plays"][0]["tasks"]
    shown = task["hosts"]["localhost"]["msg"]
    # A relative path is where the person stands, not where the playbook is.
    assert [shown[name] for name in ("CA_BUNDLE", "PIP_CONF", "CACHE")] == [
        str(ROOT / name) for name in ("ca.pem", "pip.conf", "c")
    ]


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "remove"])
def test_a_whole_number_may_have_a_point(playbook):
    """As what makes 300.0 of 300 sends it; modules of ansible-core before 2.18 take no such number."""
    given = {
        **IMAGE,
        "model_serving_kubernetes": {"host": "https://127.0.0.1:1", "api_key": "none", "validate_certs": False},
        "model_serving_timeout": "300.0",
        "model_serving_total_timeout": 900.0,
        "model_serving_history_limit": " 10.0\n",
        "model_serving_rollback_revision": "2.0",
        "model_serving_verify_patience": 60.0,
    }
    done = command("ansible-playbook", f"playbooks/{playbook}.yml", "-i", "localhost,", "-e", json.dumps(HERE | given))
    assert "https://127.0.0.1:1 cannot be reached" in done.output, done.output
