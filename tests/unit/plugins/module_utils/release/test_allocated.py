# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release.allocated import as_it_was


def service(kind: str, *ports: dict) -> dict:
    spec = {"type": kind, "ports": list(ports)}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}


STOOD = service(
    "NodePort", {"port": 80, "protocol": "TCP", "nodePort": 31234}, {"port": 81, "protocol": "TCP", "nodePort": 31235}
)


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_a_service_has_the_node_ports_again_that_its_clients_know(kind):
    wanted = service(kind, {"port": 80, "targetPort": "http"}, {"port": 81, "nodePort": 30000}, {"port": 90})
    found = as_it_was(wanted, STOOD)
    assert [port.get("nodePort") for port in found["spec"]["ports"]] == [31234, 30000, None]
    assert "nodePort" not in wanted["spec"]["ports"][0]


@pytest.mark.parametrize(
    ("wanted", "stood"),
    [
        (service("ClusterIP", {"port": 80}), STOOD),
        (service("NodePort", {"port": 80}), None),
        (service("NodePort", {"port": 80}), service("ClusterIP", {"port": 80, "protocol": "TCP"})),
        (service("NodePort", {"port": 80, "protocol": "UDP"}), STOOD),
        ({"kind": "ConfigMap", "metadata": {"name": "s"}}, STOOD),
    ],
)
def test_anything_else_stays_as_it_is(wanted, stood):
    assert as_it_was(wanted, stood) == wanted
