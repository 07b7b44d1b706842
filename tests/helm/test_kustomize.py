# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kustomize builds from the base and its overlays are the role's objects."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml
from compared import by_name, differences
from helm_programs import output

from ansible_collections.modelops.serving.plugins.module_utils.manifests.kustomize import files


def write(folder: Path, sets: dict[str, list[dict]]) -> None:
    for path, documents in files(sets).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(yaml.dump_all(documents, Dumper=yaml.CSafeDumper))


def build(folder: Path) -> list[dict]:
    return list(yaml.load_all(output("kustomize", "build", folder), Loader=yaml.CSafeLoader))


def without_empty_annotations(objects: list[dict]) -> list[dict]:
    """Kustomize leaves them out."""
    found = copy.deepcopy(objects)
    for obj in found:
        if obj["metadata"].get("annotations") == {}:
            del obj["metadata"]["annotations"]
    return found


def test_kustomize_builds_the_roles_objects(of_role, tmp_path):
    """Every two random sets share a base, though hardly a value."""
    wrong = {}
    for seed in range(0, len(of_role), 2):
        write(tmp_path / str(seed), {f"target-{at}": of_role[at] for at in (seed, seed + 1)})
        for at in (seed, seed + 1):
            built = build(tmp_path / str(seed) / "overlays" / f"target-{at}")
            if found := differences(by_name(without_empty_annotations(of_role[at])), by_name(built)):
                wrong[f"seed {at}"] = found
    assert not wrong, json.dumps(wrong, indent=2)


# Of each pair, the second differs between the targets, and the first is what its patch could be mistaken to be for.
ALIKE = [
    [("v1", "ConfigMap", "app-conf"), ("v1", "ConfigMap", "app.conf")],
    [("serving.knative.dev/v1", "Service", "gw"), ("v1", "Service", "gw")],
    [("networking.istio.io/v1", "Gateway", "gw"), ("gateway.networking.k8s.io/v1", "Gateway", "gw")],
    [("rbac.authorization.k8s.io/v1", "Role", "a:bb"), ("rbac.authorization.k8s.io/v1", "Role", "a:b+")],
    [("example-a.org/v1", "Thing", "t"), ("example.a.org/v1", "Thing", "t")],
]


@pytest.mark.parametrize("both", [False, True], ids=["one differs", "both differ"])
@pytest.mark.parametrize("pair", ALIKE, ids=lambda pair: pair[1][2])
def test_a_patch_changes_its_own_object_alone(pair, both, tmp_path):
    def of_target(name: str) -> list[dict]:
        differ = [name if both else "same", name]
        return [
            {"apiVersion": version, "kind": kind, "metadata": {"name": called, "namespace": "models"}, "note": note}
            for (version, kind, called), note in zip(pair, differ, strict=True)
        ]

    sets = {name: of_target(name) for name in ("eu", "us")}
    write(tmp_path, sets)
    built = {name: build(tmp_path / "overlays" / name) for name in sets}
    assert {name: sorted(map(json.dumps, objects)) for name, objects in built.items()} == {
        name: sorted(json.dumps(obj, sort_keys=True) for obj in objects) for name, objects in sets.items()
    }
