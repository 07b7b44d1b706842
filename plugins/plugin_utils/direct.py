# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of this collection from its own files, where it would run on the controller anyway.

Ansible packs a module with all that it imports into one script, and the Python that gets the script compiles it anew.
On the controller, in the Python that runs Ansible, the files and their bytecode are there already, and a fork of a
process that has loaded them has not even to do that. The module gets its arguments as JSON on its standard input, which
is how Ansible documents to run a module by hand.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

from ansible import constants, context
from ansible.module_utils.common import json as ansible_json
from ansible.release import __version__
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.utils.display import Display

from ansible_collections.modelops.serving.plugins.plugin_utils.forked import ForkServer

# The module is what the task names. What Ansible calls resolved is, before 2.19, the action plugin that is shared.
COLLECTION = "modelops.serving."
MODULES = "ansible_collections.modelops.serving.plugins.modules"
FORK_SERVER = "ansible_collections.modelops.serving.plugins.plugin_utils.fork_server"
# The others import little else.
PRELOADED = f"{MODULES}.release"
# The folder that holds ansible_collections.
ROOT = Path(__file__).absolute().parents[5]
# Collections are looked for in their folders alone, everything else where Python looks, but for the working directory.
PROGRAM = (
    "import os, runpy, sys, types; roots, module, *rest = sys.argv[1:]; sys.argv = [module, *rest]; "
    "package = types.ModuleType('ansible_collections'); package.__path__ = roots.split(os.pathsep); "
    "sys.modules['ansible_collections'] = package; sys.path = [*filter(None, sys.path)]; "
    "runpy.run_module(module, run_name='__main__', alter_sys=True)"
)

display = Display()
# Of this run of Ansible, shared by its forks.
fork_servers: list[ForkServer] = []


def start_fork_server() -> None:
    """Once, in the process of which Ansible's workers are forks; not where the plugins are only looked at."""
    runs = context.CLIARGS and (ROOT / "ansible_collections").is_dir()
    if runs and not fork_servers:
        fork_servers.append(ForkServer(_program(FORK_SERVER), PRELOADED))


def suits(action, task_vars: dict) -> bool:
    """Whether ``action``'s module would run as this user, on this machine, in this Python."""
    task = action._task
    return (
        task.action.startswith(COLLECTION)
        and action._connection.transport == "local"
        and not action._connection.become
        and not task.async_val
        and not task.delegate_to
        and action._templar.template(task_vars.get("ansible_python_interpreter")) == sys.executable
        and (ROOT / "ansible_collections").is_dir()
    )


def configured() -> list[str]:
    """The folders in which Ansible looks for collections, in its order."""
    return AnsibleCollectionConfig.collection_paths


def roots() -> list[str]:
    """The folders of this collection and of those that it uses: they may be different ones, as in AWX."""
    places = [Path(path) / "ansible_collections" for path in (ROOT, *configured())]
    return list(dict.fromkeys(str(place) for place in places if place.is_dir()))


def run(action) -> dict:
    """The module's result, in the form of ``ActionBase._execute_module``."""
    module = f"{MODULES}.{action._task.action.removeprefix(COLLECTION)}"
    arguments = json.dumps(
        {"ANSIBLE_MODULE_ARGS": _arguments(action)}, cls=ansible_json.AnsibleJSONEncoder, vault_to_text=True
    ).encode()
    return _parsed(_of_a_fork(action, module, arguments) or _of_a_process(action, module, arguments))


def _of_a_fork(action, module: str, arguments: bytes) -> dict | None:
    environment: dict[str, str] = {}
    action._compute_environment_string(environment)
    given = {name: str(value) for name, value in environment.items()}
    folder = action._loader.get_basedir()
    return next((server.run(module, arguments, given, folder) for server in fork_servers), None)


def _of_a_process(action, module: str, arguments: bytes) -> dict:
    command = f"{action._compute_environment_string()} {shlex.join(_program(module))}".strip()
    return action._low_level_execute_command(command, in_data=arguments, sudoable=False)


def _program(module: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, os.pathsep.join(roots()), module]


def _arguments(action) -> dict:
    """The task's, and those by which Ansible tells a module how it is run."""
    task = action._task
    return {
        **task.args,
        "_ansible_check_mode": bool(task.check_mode),
        "_ansible_diff": bool(task.diff),
        "_ansible_no_log": bool(task.no_log),
        "_ansible_verbosity": display.verbosity,
        "_ansible_debug": bool(constants.DEFAULT_DEBUG),
        "_ansible_version": __version__,
        "_ansible_module_name": task.action,
        "_ansible_remote_tmp": action.get_shell_option("remote_tmp", default="~/.ansible/tmp"),
    }


def _decoder() -> type[json.JSONDecoder]:
    """From ansible-core 2.19 on, warnings and errors come as objects of its own."""
    if not hasattr(ansible_json, "get_module_decoder"):
        return json.JSONDecoder
    return ansible_json.get_module_decoder("legacy", ansible_json.Direction.MODULE_TO_CONTROLLER)


def _parsed(answer: dict) -> dict:
    """The result is the JSON object on the last line. Without one the module failed; its last words say why."""
    for line in reversed(answer["stdout"].splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line, cls=_decoder())
            except ValueError:
                break
    last = next(
        (line for line in reversed(answer["stderr"].splitlines()) if line.strip()),
        f"it ended with status {answer['rc']}",
    )
    return {
        "failed": True,
        "msg": f"The module gave no result: {last.strip()}",
        "module_stdout": answer["stdout"],
        "module_stderr": answer["stderr"],
        "rc": answer["rc"],
    }
