# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of two states, and what is not."""

from __future__ import annotations

from release_objects import OURS, OURS_WITH_REPLICAS, config_map, deployment, live

from ansible_collections.modelops.serving.plugins.module_utils.release import diff


def test_server_side_counters_are_no_change():
    before = live(3, OURS)
    after = live(3, OURS_WITH_REPLICAS)
    after["metadata"].update(resourceVersion="42", generation=7)
    after["status"] = {"replicas": 3}
    assert diff.compare(before, after) is None


def test_says_what_happened():
    assert diff.compare(None, config_map("c"))["action"] == "create"
    assert diff.compare(config_map("c"), None)["action"] == "remove"
    assert diff.compare(config_map("c", a="1"), config_map("c", a="2"))["action"] == "update"


def test_secret_values_never_appear():
    before = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"a": "b2xk", "same": "c2FtZQ=="},
    }
    after = {**before, "data": {"a": "bmV3", "same": "c2FtZQ=="}}
    text = str(diff.diff_of([diff.compare(before, after)]))
    assert "b2xk" not in text
    assert "bmV3" not in text
    assert "c2FtZQ" not in text
    assert "(before)" in text
    assert "(after)" in text


def test_nor_do_variables_that_are_named_like_one():
    def with_variable(value):
        obj = deployment()
        obj["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "DB_PASSWORD", "value": value}]
        return obj

    text = str(diff.diff_of([diff.compare(with_variable("hunter2"), with_variable("tr0ub4dor"))]))
    highlights = str(diff.highlights([with_variable("hunter2")], [with_variable("tr0ub4dor")]))
    for shown in (text, highlights):
        assert "DB_PASSWORD" in shown
        assert "hunter2" not in shown
        assert "tr0ub4dor" not in shown


def test_highlights_follow_the_configuration_that_the_pods_use():
    def with_config(name, image):
        obj = deployment(image=image)
        obj["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": name}}]
        return obj

    before = [with_config("c-1", "api:1"), config_map("c-1", LOG_LEVEL="INFO", SAME="x"), config_map("other", A="1")]
    after = [with_config("c-2", "api:2"), config_map("c-2", LOG_LEVEL="DEBUG", SAME="x"), config_map("other", A="2")]
    assert diff.highlights(before, after) == [
        {"what": "image", "before": "api:1", "after": "api:2"},
        {"what": "LOG_LEVEL", "before": "INFO", "after": "DEBUG"},
    ]


def test_a_model_that_takes_the_place_of_another_is_named_first():
    """Of the checksums, as much as a reader compares."""
    before, after = (
        [
            {
                "kind": "Deployment",
                "metadata": {"name": "api"},
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {"name": "api", "image": "api:1", "envFrom": [{"configMapRef": {"name": "config"}}]}
                            ]
                        }
                    }
                },
            },
            {
                "kind": "ConfigMap",
                "metadata": {"name": "config"},
                "data": {"LOG_LEVEL": level, "MODEL_SHA256": f"churn/{version}={digit * 64}"},
            },
        ]
        for level, version, digit in (("INFO", 1, "a"), ("DEBUG", 2, "b"))
    )
    assert diff.highlights(before, after) == [
        {"what": "model", "before": "churn/1 (aaaaaaaa)", "after": "churn/2 (bbbbbbbb)"},
        {"what": "LOG_LEVEL", "before": "INFO", "after": "DEBUG"},
    ]


def test_the_same_image_has_the_same_models_though_the_set_no_longer_names_them():
    before, after = (
        [
            {
                "kind": "Deployment",
                "metadata": {"name": "api"},
                "spec": {"template": {"spec": {"containers": [{"name": "api", "image": image, "env": env}]}}},
            }
        ]
        for image, env in (("api:1", [{"name": "MODEL_SHA256", "value": f"churn/1={'a' * 64}"}]), ("api:1", []))
    )
    assert diff.highlights(before, after) == []


def test_a_container_that_is_called_like_a_credential_shows_its_image():
    def with_auth(image):
        obj = deployment()
        obj["spec"]["template"]["spec"]["containers"].append({"name": "auth", "image": image, "command": [image]})
        return obj

    found = {entry["what"]: entry["after"] for entry in diff.highlights([with_auth("a:1")], [with_auth("a:2")])}
    assert found == {"image of auth": "a:2", "auth.command": '["a:2"]'}


def test_what_a_sidecar_asks_for_is_not_said_of_the_server():
    def with_sidecar(*sidecars: dict) -> list[dict]:
        server = {"name": "api", "image": "a:1", "resources": {"requests": {"cpu": "100m"}}, "env": [{"name": "A"}]}
        pod = {"spec": {"containers": [server, *sidecars]}}
        return [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": pod}}]

    sidecar = {
        "name": "zz",
        "image": "b:1",
        "resources": {"requests": {"cpu": "7m"}},
        "env": [{"name": "A", "value": "1"}],
    }
    found = diff.highlights(with_sidecar(), with_sidecar(sidecar))
    assert [entry["what"] for entry in found] == ["image of zz", "zz.A", "zz.requests.cpu"]


def test_what_helm_configured_is_not_known_and_defaults_are_no_change():
    """Of an adoption: the ConfigMap that the pods read has another name than the set's."""

    def with_config(name, **probe):
        obj = deployment(image="api:1")
        container = obj["spec"]["template"]["spec"]["containers"][0]
        container["envFrom"] = [{"configMapRef": {"name": name}}]
        container["readinessProbe"] = {"httpGet": {"path": "/health", "port": "http"}, **probe}
        return obj

    stood = with_config("helm-1", failureThreshold=3, successThreshold=1, timeoutSeconds=1)
    stood["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]["scheme"] = "HTTP"
    assert diff.highlights([stood], [with_config("c-2"), config_map("c-2", LOG_LEVEL="DEBUG")]) == []
    # Nor after a rollback to it: the pods read what the other tool has made.
    assert diff.highlights([with_config("c-2"), config_map("c-2", LOG_LEVEL="DEBUG")], [stood]) == []
    slower = [with_config("c-2", failureThreshold=9), config_map("c-2", LOG_LEVEL="DEBUG")]
    assert [entry["what"].rpartition(".")[2] for entry in diff.highlights([stood], slower)] == ["readinessProbe"]


def test_an_amount_that_is_written_otherwise_is_no_change():
    """The API server gives 1000m back as 1."""

    def with_limits(**limits):
        obj = deployment(image="api:1")
        obj["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": limits}
        return [obj]

    assert diff.highlights(with_limits(cpu="1", memory="1Gi"), with_limits(cpu="1000m", memory="1024Mi")) == []
    assert diff.highlights(with_limits(cpu="1"), with_limits(cpu="1500m")) == [
        {"what": "limits.cpu", "before": "1", "after": "1500m"}
    ]
    assert diff.highlights(with_limits(cpu="1"), with_limits()) == [
        {"what": "limits.cpu", "before": "1", "after": None}
    ]
