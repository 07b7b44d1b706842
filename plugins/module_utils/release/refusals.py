# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an object is not applied, in words that say what to do."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import (
    KubeError,
    is_denied,
    is_invalid,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, selector_text

# In the API server's words: no owner of the field can change it.
IMMUTABLE = "field is immutable"
INVALID = "Invalid value"
OTHER_SELECTOR = (
    "{} finds its pods by {}, and the set's by {}: this field is immutable, also for an adoption. "
    "Release beside it under another name (model_serving_name), let its users go there, and remove it then."
)
BUSY = (
    "{} changes faster than it can be applied: something else keeps writing it. "
    "kubectl get --show-managed-fields names the writer; stop it, then run this again."
)


class Refused(ServingError):
    """The API server refuses an object; the message says which, why and what to do."""


class Irremovable(Refused):
    """A finalizer would hold an object that has to go and come anew, now or on the way back. Seen before the change."""


class Busy(Refused):
    """Somebody else keeps writing the object."""


def explained(error: KubeError, obj: dict, live: dict | None = None) -> Exception:
    """The server's refusal with the object's name and, where known, what to do. ``live``: the object as it stands."""
    text = error.answer
    if error.status == 422 and f"spec.selector: {INVALID}" in text and live is not None:
        return Refused(OTHER_SELECTOR.format(label(obj), _selector(live), _selector(obj)))
    if error.status == 422 and IMMUTABLE in text:
        return Refused(
            f"{label(obj)}: {text}. This field cannot be changed in place: remove the object first, give it another "
            "name, or keep the field as it is."
        )
    if is_invalid(error) and not is_denied(error):
        return Refused(f"{label(obj)} is not valid: {text}")
    if error.status == 403 or is_denied(error):
        return Refused(f"{label(obj)}: {text}")
    return error


def _selector(obj: dict) -> str:
    selector = (obj.get("spec") or {}).get("selector") or {}
    return selector_text(selector.get("matchLabels")) or "no labels"
