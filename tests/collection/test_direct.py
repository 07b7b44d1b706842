# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module that runs from its own files, in a fork or in a process of its own, gives what it gives when Ansible packs
it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import yaml
from playbook_runs import command

from ansible_collections.modelops.serving.plugins.module_utils.common import playbook_names
from ansible_collections.modelops.serving.plugins.plugin_utils import direct

SECRET = "s3cret-of-the-token"
# The same Python by another name: the module is packed then. What Python reads when it starts needs a process.
WAYS = {
    "fork": {},
    "process": {"environment": {"PYTHONUNBUFFERED": "1"}},
    "packed": {"vars": {"ansible_python_interpreter": sys.executable.replace("/bin/", "/bin/../bin/")}},
}


KINDS = {
    "kind": "APIResourceList",
    "groupVersion": "apps/v1",
    "resources": [{"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["get", "list", "watch"]}],
}
FORBIDDEN = {
    "kind": "Status",
    "message": "deployments.apps is forbidden: not for José",
    "reason": "Forbidden",
    "code": 403,
}


class Api(BaseHTTPRequestHandler):
    """An API server that lets nobody in, and warns."""

    def do_GET(self):
        kinds = self.path.partition("?")[0] == "/apis/apps/v1"
        body = json.dumps(KINDS if kinds else FORBIDDEN).encode()
        self.send_response(200 if kinds else 403)
        self.send_header("Warning", '299 - "apps/v1 is old"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def api() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def outcome(folder, way: str, options: dict, *arguments: str) -> tuple[dict, str]:
    """The task's whole result, and all that was printed."""
    hosts = {"here": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}
    play = {"hosts": "all", "gather_facts": False, "tasks": [{"modelops.serving.rollout_wait": options, **WAYS[way]}]}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    done = command(
        "ansible-playbook",
        str(folder / "play.yml"),
        "-i",
        str(folder / "hosts.yml"),
        *arguments,
        ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
    )
    report = json.loads(
        done.output[done.output.index("\n{\n") if not done.output.startswith("{") else 0 :].split("\n}\n")[0] + "\n}"
    )
    return report["plays"][0]["tasks"][0]["hosts"]["here"], done.output


@pytest.mark.parametrize(
    ("options", "said", "arguments"),
    [
        ({"name": "model-api", "timeout": 1}, "not for José", ()),
        ({"name": "model-api", "timeout": 1}, "not for José", ("--check", "--diff")),
        ({"name": "model-api", "timeout": "soon"}, "timeout", ()),
    ],
    ids=["what the API says", "check mode", "a wrong type"],
)
def test_all_ways_give_the_same_result(tmp_path, api, options, said, arguments):
    given = {**options, "host": api, "api_key": SECRET, "namespace": "t-direct"}
    results = {}
    for way in WAYS:
        result, printed = outcome(tmp_path, way, given, *arguments)
        assert SECRET not in printed
        assert said in json.dumps(result, ensure_ascii=False)
        result.pop("seconds", None)
        # Up to ansible-core 2.20; it matters to what runs in the background.
        result.pop("_ansible_parsed", None)
        # A module that was packed does not know whether it came from a checkout.
        results[way] = playbook_names.in_result(result)
    assert results["fork"]["failed"] is True
    assert results["fork"] == results["process"] == results["packed"]


def test_other_collections_are_found_where_ansible_finds_them(tmp_path):
    """In AWX the project's collections are in one folder, those of the execution environment in another."""
    written = {
        "own/ansible_collections/some/user/plugins/modules/asks.py": (
            "from ansible_collections.some.library.plugins.module_utils.said import WORD\nprint(WORD)\n"
        ),
        "other/ansible_collections/some/library/plugins/module_utils/said.py": "WORD = 'from the other folder'\n",
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    roots = os.pathsep.join(str(tmp_path / folder / "ansible_collections") for folder in ("own", "other"))
    command = [sys.executable, "-c", direct.PROGRAM, roots, "ansible_collections.some.user.plugins.modules.asks"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "from the other folder\n", done.stderr


def test_the_folders_are_the_own_and_ansibles(monkeypatch, tmp_path):
    (tmp_path / "ansible_collections").mkdir()
    monkeypatch.setattr(direct, "configured", lambda: [str(direct.ROOT), str(tmp_path), str(tmp_path / "missing")])
    assert direct.roots() == [str(direct.ROOT / "ansible_collections"), str(tmp_path / "ansible_collections")]


WARNS = """
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"name": {"type": "str"}})
module.warn("old " + module.params["name"])
module.exit_json(changed=True)
"""


def test_a_warning_arrives_as_ansible_shows_it():
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"name": "kind"}})
    done = subprocess.run([sys.executable, "-c", WARNS], input=arguments, capture_output=True, text=True, check=False)
    result = direct._parsed({"stdout": done.stdout, "stderr": done.stderr, "rc": done.returncode})
    assert (result["changed"], len(result["warnings"])) == (True, 1), done.stderr
    assert "old kind" in str(result["warnings"][0])
    assert not isinstance(result["warnings"][0], dict)


def test_a_module_that_ends_without_a_result_has_failed_with_its_own_words():
    result = direct._parsed({"stdout": "half", "stderr": "Traceback\nMemoryError: no room\n\n", "rc": 1})
    assert (result["failed"], result["rc"]) == (True, 1)
    assert result["msg"] == "The module gave no result: MemoryError: no room"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"action": "somebody.else.release"}, False),
        ({"transport": "ssh"}, False),
        ({"become": object()}, False),
        ({"async_val": 30}, False),
        ({"delegate_to": "there"}, False),
        ({"python": "/usr/bin/python4"}, False),
        ({"python": None}, False),
    ],
)
def test_only_what_would_run_here_anyway_runs_from_its_files(change, expected):
    said = {
        "action": "modelops.serving.release",
        "transport": "local",
        "become": None,
        "async_val": 0,
        "delegate_to": None,
        "python": sys.executable,
        **change,
    }
    action = SimpleNamespace(
        _task=SimpleNamespace(action=said["action"], async_val=said["async_val"], delegate_to=said["delegate_to"]),
        _connection=SimpleNamespace(transport=said["transport"], become=said["become"]),
        _templar=SimpleNamespace(template=lambda value: value),
    )
    assert direct.suits(action, {"ansible_python_interpreter": said["python"]}) is expected


@pytest.mark.parametrize("forks", [True, False])
def test_a_process_stands_in_where_there_is_no_fork(monkeypatch, forks):
    asked = []

    def fork(*given) -> dict | None:
        asked.append(given)
        return {"stdout": '{"by": "fork"}', "stderr": "", "rc": 0} if forks else None

    def environment(into: dict | None = None) -> str:
        (into if into is not None else {}).update(FILE="a b", NUMBER=1)
        return "FILE='a b' NUMBER=1"

    monkeypatch.setattr(direct, "fork_servers", [SimpleNamespace(run=fork)])
    monkeypatch.setattr(direct, "configured", list)
    monkeypatch.setattr(direct, "_arguments", lambda _action: {"name": "churn"})
    action = SimpleNamespace(
        _task=SimpleNamespace(action="modelops.serving.release"),
        _loader=SimpleNamespace(get_basedir=lambda: "/plays"),
        _compute_environment_string=environment,
        _low_level_execute_command=lambda *_given, **_named: {"stdout": '{"by": "process"}', "stderr": "", "rc": 0},
    )
    assert direct.run(action) == {"by": "fork" if forks else "process"}
    given = b'{"ANSIBLE_MODULE_ARGS": {"name": "churn"}}'
    assert asked == [(f"{direct.MODULES}.release", given, {"FILE": "a b", "NUMBER": "1"}, "/plays")]
