# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Helm makes of the chart."""

from __future__ import annotations

import copy
import re
import subprocess
from pathlib import Path

import yaml
from helm_programs import run
from write_chart import CHART, options, table

from ansible_collections.modelops.serving.plugins.module_utils.variables import helm as helm_values

# The role always writes the operator's objects; with monitoring.mode auto the chart asks what the cluster serves.
SERVED = ("monitoring.coreos.com/v1",)
# The oldest Kubernetes that the chart says it supports.
OLDEST = "1.30.0"
MANAGED_BY = "app.kubernetes.io/managed-by"


def values_of(given: dict) -> dict:
    """The chart's values for these variables of the role."""
    specs = options()
    every = {name: given.get(name, option.get("default")) for name, option in specs.items()}
    return helm_values.values(every, specs, table())


def template(
    values: dict,
    helm: str = "helm",
    chart: Path = CHART,
    release: str = "model-api",
    namespace: str = "ml-serving",
    served: tuple[str, ...] = SERVED,
) -> subprocess.CompletedProcess:
    versions = [part for version in served for part in ("--api-versions", version)]
    where = (release, chart, "--namespace", namespace, "--kube-version", OLDEST, *versions)
    return run(helm, "template", *where, "--values", "-", given=yaml.safe_dump(values))


def chart_objects(values: dict, **how) -> list[dict]:
    """The release's objects, without those of helm test. ``how``: see ``template``."""
    done = template(values, **how)
    assert done.returncode == 0, f"{values}: {done.stderr}"
    found = [obj for obj in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if obj]
    return [obj for obj in found if "helm.sh/hook" not in (obj["metadata"].get("annotations") or {})]


def as_role(of_chart: list[dict]) -> list[dict]:
    """With the role's name in the label that names the tool, which is the one thing that differs."""
    found = copy.deepcopy(of_chart)
    for obj in found:
        described = [obj, obj["spec"]["template"]] if obj["kind"] == "Deployment" else [obj]
        for at in described:
            assert at["metadata"]["labels"][MANAGED_BY] == "Helm"
            at["metadata"]["labels"][MANAGED_BY] = "modelops.serving"
    return found


def lint(helm: str, chart: Path, *more: str | Path) -> list[str]:
    """What helm lint --strict names, but for the icon that it misses."""
    done = run(helm, "lint", "--strict", chart, *more)
    said = re.findall(r"^\[\w+\] .*", done.stdout, re.MULTILINE)
    assert done.returncode == 0 or said, done.stderr
    return [line for line in said if "icon is recommended" not in line]
