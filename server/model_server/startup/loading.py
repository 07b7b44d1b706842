# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every model of the store, loaded and warmed up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from ..models import formats
from ..models.store import Registry, find, load


def load_all(settings: SimpleNamespace) -> Registry:
    """The models that the server will serve.

    :raises ModelError: one of them cannot be served.
    """
    formats.lean_sklearn()  # before anything else imports scikit-learn
    from ..inference.probes import prepare

    loaded = [load(path, settings) for path in find(Path(settings.model_store))]
    for model in loaded:
        prepare(model)
    return Registry(loaded, settings.model_name)
