# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the former owner of adopted objects made beside them and nobody has taken over. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.release import ownership

# What pods read; all else acts by itself, as an autoscaler or an entrance does.
READ = ("ConfigMap", "Secret")


def sentences(left: list, namespace: str) -> list[str]:
    """``left``: live objects that carry the release's label and are not its."""
    acting = [at for at in left if at["kind"] not in READ]
    read = [at for at in left if at["kind"] in READ]
    found = []
    if acting:
        found.append(
            f"{_named(acting)}: made by the former owner, not in the set, and still at work. Have it in the set too, "
            f"or remove it: kubectl -n {namespace} delete {_references(acting)}"
        )
    if read:
        found.append(
            f"{_named(read)}: made by the former owner and not in the set. Once you will not go back to r0, whose pods "
            f"may read it, remove it: kubectl -n {namespace} delete {_references(read)}"
        )
    return found


def _named(objects: list) -> str:
    return ", ".join(map(ownership.managed_by, objects))


def _references(objects: list) -> str:
    return " ".join(f"{at['kind'].lower()}/{at['metadata']['name']}" for at in objects)
