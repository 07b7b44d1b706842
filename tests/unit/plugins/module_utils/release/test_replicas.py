# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A number of replicas that an HPA raised is never lowered."""

from __future__ import annotations

import pytest
from release_objects import CONTROLLER, OURS, OURS_WITH_REPLICAS, autoscaler, deployment, live, scaled_object

from ansible_collections.modelops.serving.plugins.module_utils.release import replicas


@pytest.mark.parametrize(
    ("wanted", "hpa", "standing", "applied"),
    [
        pytest.param(None, True, None, 3, id="new under an HPA: its minimum"),
        pytest.param(4, False, None, 4, id="new without an HPA: what the set asks for"),
        pytest.param(None, True, live(5, OURS_WITH_REPLICAS), 5, id="HPA added: ours alone, kept as it runs"),
        pytest.param(None, True, live(7, OURS, CONTROLLER), None, id="the HPA owns it: left out"),
        pytest.param(3, True, live(7, OURS, CONTROLLER), None, id="the HPA owns it, though the set names a number"),
        pytest.param(3, False, live(7, OURS, CONTROLLER), 3, id="no HPA stands any longer: the set's number"),
        pytest.param(None, False, live(5, OURS_WITH_REPLICAS), 5, id="none is named, ours alone: kept as it runs"),
        pytest.param(None, False, live(5, OURS, CONTROLLER), None, id="none is named, others own it: left out"),
        pytest.param(None, False, live(0, OURS, CONTROLLER), 1, id="none is named, scaled to 0: Kubernetes' own 1"),
        pytest.param(0, False, live(0, OURS, CONTROLLER), 0, id="0 is named"),
        pytest.param(2, False, live(5, OURS_WITH_REPLICAS), 2, id="no HPA ever: the set's number, down as well"),
    ],
)
def test_what_is_applied(wanted, hpa, standing, applied):
    obj = deployment(wanted)
    chosen = replicas.with_replicas(obj, [obj, autoscaler()] if hpa else [obj], standing, [])
    assert chosen["spec"].get("replicas") == applied


@pytest.mark.parametrize("standing", [[autoscaler()], None], ids=["stands", "may not be read"])
@pytest.mark.parametrize(("wanted", "applied"), [(3, None), (9, 9)])
def test_the_last_number_of_an_autoscaler_that_the_set_no_longer_has_stays(standing, wanted, applied):
    obj = deployment(wanted)
    chosen = replicas.with_replicas(obj, [obj], live(7, OURS, CONTROLLER), standing)
    assert chosen["spec"].get("replicas") == applied


def test_what_an_autoscaler_left_as_it_was_is_not_lowered_while_it_stands():
    obj, at = deployment(1), live(3, OURS_WITH_REPLICAS)
    assert replicas.may_lower(obj, [obj], at)
    assert replicas.with_replicas(obj, [obj], at, [autoscaler()])["spec"]["replicas"] == 3


def test_a_number_that_was_read_goes_with_its_version():
    obj = deployment()
    chosen = replicas.with_replicas(obj, [obj, autoscaler()], live(5, OURS_WITH_REPLICAS), [])
    assert chosen["metadata"]["resourceVersion"] == "41"


def test_a_minimum_after_none_goes_with_its_version_too():
    """Somebody may start it again meanwhile, and its autoscaler raise it."""
    obj = deployment()
    chosen = replicas.with_replicas(obj, [obj, autoscaler()], live(0, OURS), [])
    assert chosen["spec"]["replicas"] == 3
    assert chosen["metadata"]["resourceVersion"] == "41"


KEDA = {**CONTROLLER, "manager": "keda-operator"}


@pytest.mark.parametrize(
    ("standing", "applied"),
    [
        pytest.param(live(0, OURS), 1, id="idle: started, so that the new set is judged"),
        pytest.param(live(4, OURS, KEDA), None, id="raised by KEDA itself"),
        pytest.param(live(7, OURS, CONTROLLER), None, id="raised by the autoscaler that KEDA made"),
        pytest.param(live(1, OURS, KEDA), 1, id="at what the set names"),
    ],
)
def test_what_keda_raised_is_not_lowered(standing, applied):
    obj = deployment(1)
    assert replicas.with_replicas(obj, [obj, scaled_object()], standing, [])["spec"].get("replicas") == applied


@pytest.mark.parametrize(
    ("scaler", "least"),
    [
        ([], 2),
        ([autoscaler(low=3)], 3),
        ([scaled_object()], 0),
        ([scaled_object(minReplicaCount=1)], 1),
        ([scaled_object(minReplicaCount=2, idleReplicaCount=0)], 0),
        ([scaled_object(scaleTargetRef={"name": "other"})], 2),
        ([scaled_object(scaleTargetRef={"name": "api", "kind": "StatefulSet"})], 2),
    ],
)
def test_the_least_that_a_set_allows(scaler, least):
    """Where KEDA may take it to none, none is no fault."""
    obj = deployment(2)
    assert replicas.minimum(obj, [obj, *scaler]) == least
