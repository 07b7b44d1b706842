# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects from which a controller makes a Secret some seconds after they are applied. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label


def _external_secret(obj: dict) -> Iterator[str | None]:
    yield ((obj.get("spec") or {}).get("target") or {}).get("name") or obj["metadata"]["name"]


def _sealed_secret(obj: dict) -> Iterator[str | None]:
    yield (((obj.get("spec") or {}).get("template") or {}).get("metadata") or {}).get("name") or obj["metadata"]["name"]


def _certificate(obj: dict) -> Iterator[str | None]:
    yield (obj.get("spec") or {}).get("secretName")


def _secret_provider_class(obj: dict) -> Iterator[str | None]:
    for entry in (obj.get("spec") or {}).get("secretObjects") or []:
        yield entry.get("secretName")


# By group and kind: the names of the Secrets that such an object makes.
_MAKERS: dict[tuple[str, str], Callable[[dict], Iterator[str | None]]] = {
    ("external-secrets.io", "ExternalSecret"): _external_secret,
    ("bitnami.com", "SealedSecret"): _sealed_secret,
    ("cert-manager.io", "Certificate"): _certificate,
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): _secret_provider_class,
}


def made_by(objects: list[dict]) -> dict[str, str]:
    """By the name of each Secret that another object of the set makes: that object, as Kind/name."""
    found = {}
    for obj in objects:
        names = _MAKERS.get((obj["apiVersion"].partition("/")[0], obj["kind"]))
        if names:
            found |= {name: label(obj) for name in names(obj) if name}
    return found
