# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fails a bake, and what does not."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client import pod_counters
from ansible_collections.modelops.serving.plugins.module_utils.release import bake
from ansible_collections.modelops.serving.plugins.module_utils.release.bake import Counted


def pod(name: str, restarts: int = 0) -> dict:
    statuses = [{"name": "api", "restartCount": restarts}]
    return {"kind": "Pod", "metadata": {"name": name}, "status": {"containerStatuses": statuses}}


def looked(*looks: dict[str, tuple[float, float]]) -> bake.Baked:
    """What was seen by several looks at the counters. The first is the beginning."""
    pods = [pod(name) for name in {name for look in looks for name in look}]
    first, *others = [{name: Counted(*counted) for name, counted in look.items()} for look in looks]
    seen = bake.begin(pods[:0] if not first else [pod(name) for name in first], first, None)
    for counters in others:
        bake.add(seen, pods, counters)
    return seen


def reasons(seen: bake.Baked, pods=(), alerts=None, percent=1.0, fewest=bake.FEWEST_AT_THE_END) -> list[str]:
    given = bake.with_alerts(seen, alerts)
    return [found.reason for found in bake.judge("api", seen, list(pods), given, percent, fewest)]


def test_only_what_is_answered_meanwhile_counts():
    seen = looked({"a": (100, 50)}, {"a": (300, 51)}, {"a": (400, 51), "b": (40, 0)})
    assert (seen.answered, seen.failed) == (340, 1)
    assert reasons(seen) == []
    assert bake.line(seen, 60.4) == "baked 60 s: 340 predictions, 1 failed, no Prometheus was asked"


def test_a_pod_that_has_begun_anew_counts_from_zero():
    seen = looked({"a": (100, 1)}, {"a": (20, 3)})
    assert (seen.answered, seen.failed) == (20, 3)


def test_a_pod_that_could_not_be_read_when_the_bake_began_counts_from_its_first_counters():
    seen = bake.begin([pod("a"), pod("b")], {"a": Counted(10, 0)}, None)
    bake.add(seen, [pod("a"), pod("b")], {"a": Counted(11, 0), "b": Counted(500, 500)})
    bake.add(seen, [pod("a"), pod("b")], {"a": Counted(11, 0), "b": Counted(502, 501)})
    assert (seen.answered, seen.failed) == (3, 1)


def test_more_failed_predictions_than_may_be_fail_it():
    seen = looked({"a": (0, 0)}, {"a": (1000, 20)})
    found = bake.judge("api", seen, [], {}, 1.0, bake.FEWEST)[0]
    assert (found.reason, found.object) == ("ErrorsInBake", "Deployment/api")
    assert found.message == "20 of 1000 predictions failed (2.0 %), 1 % may"
    assert reasons(seen, percent=2.0) == []
    assert reasons(seen, percent=0) == ["ErrorsInBake"]


def test_a_few_failed_predictions_are_judged_at_the_end():
    seen = looked({"a": (0, 0)}, {"a": (10, 4)})
    assert reasons(seen, fewest=bake.FEWEST) == []
    assert reasons(seen) == ["ErrorsInBake"]


def test_no_prediction_neither_passes_nor_fails():
    seen = looked({}, {})
    assert reasons(seen) == []
    assert "nothing was predicted" in bake.line(seen, 5)


def test_counters_that_cannot_be_read_are_named():
    seen = bake.begin([pod("a"), pod("b")], {"a": Counted(0, 0)}, set())
    assert bake.line(seen, 5).endswith("no new alert; the counters of b could not be read")


def test_a_container_that_is_started_again_fails_it():
    seen = bake.begin([pod("a", 1)], {}, None)
    assert reasons(seen, [pod("a", 1), pod("b")]) == []
    assert reasons(seen, [pod("a", 2)]) == ["RestartsInBake"]
    assert reasons(seen, [pod("new", 1)]) == ["RestartsInBake"]


def alert(name: str, **labels: str) -> dict:
    common = {
        "__name__": "ALERTS",
        "alertname": name,
        "alertstate": "firing",
        "namespace": "ml",
        "severity": "critical",
    }
    return {**common, **labels}


def test_alerts_of_this_instance_are_told_from_others():
    found = bake.concerning(
        [
            alert("Burn", job="api-metrics"),
            alert("CrashLooping", pod="api-5d9-x2x"),
            alert("Burn", job="api2-metrics"),
            alert("Throttled", pod="api-5d9-x2x", severity="info"),
            alert("Burn", job="api-metrics", namespace="other"),
            alert("Namespace"),
        ],
        "ml",
        "api",
    )
    assert found == {
        "Burn: job=api-metrics, namespace=ml, severity=critical": "Burn",
        "CrashLooping: namespace=ml, pod=api-5d9-x2x, severity=critical": "CrashLooping",
    }


def test_an_alert_that_begins_to_fire_fails_it_and_one_that_fired_before_does_not():
    fired = bake.concerning([alert("AtMax", job="api-metrics")], "ml", "api")
    seen = bake.begin([], {}, set(fired))
    assert reasons(seen, alerts=fired) == []
    both = fired | bake.concerning([alert("Burn", job="api-metrics")], "ml", "api")
    found = bake.judge("api", seen, [], both, 1.0, 1)[0]
    assert (found.reason, found.message) == ("AlertInBake", "Burn began to fire")
    assert found.evidence == ["Burn: job=api-metrics, namespace=ml, severity=critical"]


def test_the_first_alerts_that_could_be_read_are_what_the_bake_found():
    seen = bake.begin([], {}, None)
    fired = bake.concerning([alert("Burn", job="api-metrics")], "ml", "api")
    assert reasons(seen, alerts=None) == []
    assert reasons(seen, alerts=fired) == []
    assert reasons(seen, alerts=fired | {"More: job=api": "More"}) == ["AlertInBake"]


def test_the_counters_of_failed_predictions_are_the_servers():
    sample = 'model_server_requests_total{{code="{}",model="m",route="{}",version="1"}} {}\n'
    text = sample.format(200, "/predict", 5) + sample.format(503, "/predict", 2) + sample.format(500, "/health", 7)
    text += sample.format(422, "/predict", 1)
    assert (pod_counters.counted(text), pod_counters.failed(text)) == (8, 2)
