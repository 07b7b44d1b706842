# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user adds to the set, or patches. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables import extras
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.constraint import Constraint

ROWS = (
    Constraint(
        "extra-field",
        extras.without_a_field,
        "{variable}[{number}] has no {field}: write it as one text, as in a manifest.",
    ),
    Constraint(
        "extra-name",
        extras.taken_names,
        "{where}: {field} '{name}' is taken by {holder}: use another, or change what is there with "
        "model_serving_patches.deployment.",
    ),
    Constraint(
        "extra-setting",
        extras.checked_settings,
        "model_serving_extra_env: {setting} is a setting from which others follow: set it in model_serving_settings.",
    ),
    Constraint(
        "extra-mount",
        extras.unknown_volumes,
        "{where}: there is no volume '{name}': add it to model_serving_extra_volumes, or correct the name.",
    ),
    Constraint(
        "selector-label",
        extras.selector_labels,
        "{variable}: '{key}' is a label by which Services find the pods: leave it out.",
    ),
    Constraint(
        "release-label",
        extras.release_labels,
        "{where}: '{key}' is one of the release's own labels: leave it out.",
    ),
    Constraint(
        "extra-container-unmeasured",
        extras.unmeasured_containers,
        "{variable}[{number}] has no request for {resource}, so the autoscaler cannot compute the pods' use: add "
        "resources.requests.{resource}, or set model_serving_autoscaling_scope to container.",
    ),
    Constraint("extra-object-metadata", extras.unfit_metadata, "{where} is {type}, not {not}: {remedy}."),
    Constraint(
        "extra-object-twice",
        extras.objects_twice,
        "model_serving_extra_objects[{number}] ({kind}/{name}) is in the list twice: remove one, or rename it.",
    ),
    Constraint(
        "extra-object-namespace",
        extras.other_namespaces,
        "model_serving_extra_objects[{number}] is for namespace '{other}', the release for {v.namespace}: leave the "
        "namespace out.",
    ),
    Constraint(
        "extra-object-deployment",
        extras.own_deployments,
        "model_serving_extra_objects[{number}] is a Deployment, and a release has one: add a container with "
        "model_serving_extra_containers, or release it under another name.",
    ),
    Constraint(
        "extra-object-list",
        extras.own_lists,
        "model_serving_extra_objects[{number}] is a List, which is no object of the cluster: write what is in it as "
        "entries of model_serving_extra_objects.",
    ),
    Constraint(
        "patch-of-nothing",
        extras.absent_manifests,
        "model_serving_patches.{manifest}: this release has no such object: switch it on, or remove the patch.",
    ),
    Constraint(
        "patch-of-an-identity",
        extras.changed_identities,
        "model_serving_patches.{manifest} changes {field}, by which the release finds the object or its pods: leave it "
        "out. Names follow from model_serving_name and model_serving_namespace.",
    ),
    Constraint(
        "patch-selects-no-pod",
        extras.services_without_pods,
        "model_serving_patches.{manifest}: spec.selector would select no pod of this release, so that nothing would "
        "answer: leave it out. The pods have app={v.name} and app.kubernetes.io/instance={v.name}.",
    ),
    Constraint(
        "patch-without-pods",
        extras.patched_to_no_pod,
        "model_serving_patches.deployment: spec.replicas is {replicas}, so that nothing would answer: set "
        "model_serving_replicas, or with an autoscaler model_serving_autoscaling_min_replicas.",
    ),
    Constraint(
        "patch-directive",
        extras.directives,
        "model_serving_patches.{manifest}: '{field}: {value}' is not supported: use $patch: delete beside a name to "
        "remove an entry of a list, and null to remove a field.",
    ),
)
