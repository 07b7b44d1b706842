# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.secret_makers import made_by


def of(api_version: str, kind: str, spec: dict) -> dict:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "own"}, "spec": spec}


@pytest.mark.parametrize(
    ("obj", "names"),
    [
        (of("external-secrets.io/v1", "ExternalSecret", {"target": {"name": "keys"}}), ["keys"]),
        (of("external-secrets.io/v1beta1", "ExternalSecret", {}), ["own"]),
        (of("bitnami.com/v1alpha1", "SealedSecret", {"template": {"metadata": {"name": "keys"}}}), ["keys"]),
        (of("bitnami.com/v1alpha1", "SealedSecret", {"encryptedData": {}}), ["own"]),
        (of("cert-manager.io/v1", "Certificate", {"secretName": "tls"}), ["tls"]),
        (
            of("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", {"secretObjects": [{"secretName": "keys"}, {}]}),
            ["keys"],
        ),
        (of("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", {"provider": "vault"}), []),
        (of("example.org/v1", "Certificate", {"secretName": "tls"}), []),
        (of("v1", "Secret", {}), []),
    ],
)
def test_each_secret_has_the_object_that_makes_it(obj, names):
    assert made_by([obj]) == dict.fromkeys(names, f"{obj['kind']}/own")
