# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster a connection means, so that two that are written differently can be told to be one.

Who asks, and how it is proved, does not count. As auth.py reads the options, whose errors are not told
here: what cannot be read is compared as it is written.
"""

from __future__ import annotations

import functools
import os
from urllib.parse import urlsplit

from ansible_collections.modelops.serving.plugins.module_utils.client import auth

PORTS = {"https": 443, "http": 80}


def address(text: str) -> str:
    """An address as every way to write it: without a slash at its end, the port that is meant anyway, and capitals in
    its scheme and its host."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return text
    if not parts.scheme or not parts.hostname:
        return text.strip().rstrip("/")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    end = "" if port in (None, PORTS.get(parts.scheme)) else f":{port}"
    return f"{parts.scheme}://{host}{end}{parts.path.rstrip('/')}"


def identity(connection: dict, environ: dict) -> dict:
    """What two connections to one cluster have in common. ``environ``: where the modules run."""
    chosen = auth.options(connection, environ)
    if chosen.get("host"):
        return {"host": address(str(chosen["host"]))}
    given, context = chosen.get("kubeconfig"), chosen.get("context")
    if isinstance(given, dict):
        return {"kubeconfig": _cluster_of(given, context)}
    if not given and not context and os.path.exists(auth.IN_CLUSTER_TOKEN):
        return {"kubeconfig": "of the pod"}
    text = str(given or environ.get("KUBECONFIG") or auth.DEFAULT_KUBECONFIG)
    paths = [os.path.realpath(os.path.expanduser(path)) for path in text.split(os.pathsep) if path]
    # Of several files, each cluster is in one.
    cluster = _cluster_of(_document(paths[0]), context) if len(paths) == 1 else context
    return {"kubeconfig": paths, "cluster": cluster}


def _cluster_of(document: dict, context: str | None) -> object:
    """The context's cluster, by its name and what the file says of it. Some programs give all clusters one address.
    Without it, the context's name."""
    name = context or document.get("current-context")
    cluster = _entry(document, "contexts", name).get("cluster")
    return [cluster, _entry(document, "clusters", cluster)] if cluster else name


def _entry(document: dict, section: str, name: str | None) -> dict:
    entries = document.get(section)
    for each in entries if isinstance(entries, list) else []:
        found = each.get(section.rstrip("s")) if isinstance(each, dict) and each.get("name") == name else None
        if isinstance(found, dict):
            return found
    return {}


# Many targets have one.
@functools.lru_cache(maxsize=32)
def _document(path: str) -> dict:
    import yaml

    try:
        with open(path, encoding="utf-8") as stream:
            found = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
