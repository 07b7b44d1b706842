# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One action plugin shows the progress of every module that takes a while: meta/runtime.yml says so to Ansible."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[4]
COLLECTION = "modelops.serving"
SHOWN = ("gke_cluster", "hpa_verify", "load_test", "release", "resilience", "rollout_wait", "verify")
# As Ansible does it: the module's own action plugin, or else one of its name. In a process of its own, because
# Ansible's loader takes imports over for good.
ASK_ANSIBLE = """
import json, sys
from ansible.plugins.loader import action_loader, init_plugin_loader, module_loader
init_plugin_loader([sys.argv[1]])
found = {}
for name in sys.argv[2:]:
    module = module_loader.find_plugin_with_context(name)
    plugin = action_loader.get(module.action_plugin or name, class_only=True)
    found[name] = [module.resolved_fqcn, [base.__name__ for base in plugin.__mro__] if plugin else []]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict:
    names = [f"{COLLECTION}.{name}" for name in (*SHOWN, "preflight")]
    command = [sys.executable, "-c", ASK_ANSIBLE, str(ROOT / "collections"), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", SHOWN)
def test_its_progress_is_shown_and_it_stays_the_module_that_it_is(found, name):
    module, bases = found[f"{COLLECTION}.{name}"]
    assert module == f"{COLLECTION}.{name}"
    assert "LiveActionModule" in bases


def test_a_module_that_is_done_at_once_has_none(found):
    assert found[f"{COLLECTION}.preflight"] == [f"{COLLECTION}.preflight", []]


def test_every_routed_module_and_every_action_plugin_is_documented():
    """A name in meta/runtime.yml that does not exist is no error to Ansible."""
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    actions = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
    routed = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["plugin_routing"]["modules"]
    assert set(routed) == set(SHOWN) - {"release"}
    assert actions <= modules
    assert {entry["action_plugin"] for entry in routed.values()} == {f"{COLLECTION}.release"}
