# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role's objects for many sets of variables: Ansible's own templating in one process takes a fraction of the time.

It is a process of its own, because Ansible finds collections only if it is the first to import one. It reads a list of
sets from its standard input as JSON, and writes for each the role's ``problems`` and ``objects``.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "model_serving"


def objects(sets: list[dict]) -> list[list[dict]]:
    """The objects for each set of variables. Fails for a set that the role refuses."""
    done = subprocess.run(
        [sys.executable, __file__],
        cwd=ROOT,
        input=json.dumps(sets),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    for given, at in zip(sets, made, strict=True):
        assert at["problems"] == [], f"{given}: {at['problems']}"
    return [at["objects"] for at in made]


def main() -> None:
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader
    from ansible.template import Templar

    # ansible-core templates only what it trusts, from 2.19 on.
    trusted = "trusted_as_template" in inspect.signature(DataLoader.load_from_file).parameters
    given_as = {"trusted_as_template": True} if trusted else {}
    init_plugin_loader([str(ROOT / "collections")])
    loader = DataLoader()
    loader.set_basedir(str(ROLE))
    role = {"role_path": str(ROLE), "ansible_search_path": [str(ROLE)]}
    for name in ("defaults", "vars"):
        role |= loader.load_from_file(str(ROLE / name / "main.yml"), **given_as)

    def rendered(given: dict) -> dict:
        templar = Templar(loader=loader, variables={**role, **given})
        problems = templar.template(role["_model_serving_problems"])
        return {
            "problems": problems,
            "objects": [] if problems else templar.template(role["_model_serving_objects"]),
        }

    print(json.dumps([rendered(given) for given in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
