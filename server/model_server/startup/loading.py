# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every model of the store, loaded and warmed up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from ..models.minimal_imports import import_sklearn
from ..models.model import ModelError
from ..models.registry import Registry
from ..models.store import find, load


def load_all(settings: SimpleNamespace) -> Registry:
    """The models that the server will serve.

    :raises ModelError: one of them cannot be served, or the store cannot be read.
    """
    import_sklearn()  # before anything else imports scikit-learn
    from ..inference.warm_up import prepare

    try:
        loaded = [load(path, settings) for path in find(Path(settings.model_store))]
    except OSError as error:
        raise ModelError(f"MODEL_STORE {settings.model_store} cannot be read: {error}") from error
    for model in loaded:
        prepare(model)
    return Registry(loaded, settings.model_name)
