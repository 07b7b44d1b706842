# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every module and action says what it does in check mode, in diff mode, where it runs and on which platforms."""

from __future__ import annotations

import json

import pytest
import yaml
from playbook_runs import ROOT, command

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
ACTIONS = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
ROUTED = set(yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["plugin_routing"]["modules"])
GROUP = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]["kubernetes"]
SUPPORT = {"full", "partial", "none"}
OF_ALL = {"check_mode", "diff_mode", "platform"}
# Of what an action plugin runs: where, and whether in the background.
OF_ACTIONS = OF_ALL | {"action", "async", "become", "bypass_host_loop", "connection", "delegation"}


@pytest.fixture(scope="module")
def attributes() -> dict[str, dict]:
    """As ansible-doc shows them, by module."""
    names = [f"modelops.serving.{module}" for module in MODULES]
    done = command("ansible-doc", "--type", "module", "--json", *names)
    assert done.status == 0, done.output
    shown = json.loads(done.output[done.output.index("{\n") :])
    return {module: shown[name]["doc"]["attributes"] for module, name in zip(MODULES, names, strict=True)}


@pytest.mark.parametrize("module", MODULES)
def test_every_attribute_says_what_is_supported(attributes, module):
    needed = OF_ACTIONS if module in ACTIONS | ROUTED else OF_ALL
    needed = needed | ({"action_group"} if module in GROUP else set())
    said = {name: attributes[module].get(name, {}).get("support") for name in needed}
    assert {name: support for name, support in said.items() if support not in SUPPORT} == {}
    assert attributes[module]["platform"]["platforms"] in ("posix", "all")


@pytest.mark.parametrize("module", MODULES)
def test_check_mode_is_as_the_code_has_it(attributes, module):
    path = ROOT / "plugins" / ("action" if module in ACTIONS - {"release"} else "modules") / f"{module}.py"
    skipped = "supports_check_mode=False" in path.read_text()
    assert (attributes[module]["check_mode"]["support"] == "none") is skipped
