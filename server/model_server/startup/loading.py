# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every model of the store, loaded and warmed up."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from ..models import lazy_imports, tested_versions
from ..models.minimal_imports import import_sklearn
from ..models.model import Model, ModelError
from ..models.registry import Registry
from ..models.store import find, load
from ..models.watcher import fingerprint

LOGGER = logging.getLogger("model_server")


class Loaded(NamedTuple):
    """The models that are served first, and the store's fingerprint from before they were read."""

    registry: Registry
    fingerprint: dict


def load_store(settings: SimpleNamespace) -> Loaded:
    """The store as it is now.

    :raises ModelError: as load_all does.
    """
    before = fingerprint(Path(settings.model_store))
    return Loaded(load_all(settings), before)


def load_all(settings: SimpleNamespace) -> Registry:
    """The models that the server will serve.

    :raises ModelError: one of them cannot be served, or the store cannot be read.
    """
    choose_imports(settings)  # before anything imports scikit-learn
    import_sklearn()
    from ..inference.warm_up import prepare

    try:
        loaded = [ready(path, settings, prepare) for path in find(Path(settings.model_store))]
    except OSError as error:
        raise ModelError(f"MODEL_STORE {settings.model_store} cannot be read: {error}") from error
    return Registry(loaded, settings.model_name)


def choose_imports(settings: SimpleNamespace) -> None:
    """Import the libraries lazily if that is wanted and was tested with the versions that are here."""
    if not settings.server_late_imports or "sklearn" in sys.modules:
        return
    others = tested_versions.others()
    if others:
        LOGGER.info("late imports are off, they were not tested with %s", ", ".join(others))
    else:
        lazy_imports.install()


def ready(path: Path, settings: SimpleNamespace, prepare: Callable[[Model], None]) -> Model:
    """One model, loaded and prepared.

    :raises ModelError: it cannot be served, whatever a model raises meanwhile.
    """
    try:
        model = load(path, settings)
        prepare(model)
    except (ModelError, OSError):
        raise
    except Exception as error:
        LOGGER.debug("%s cannot be served", path, exc_info=error)
        raise ModelError(f"{path} cannot be served: {type(error).__name__}: {error}"[:1000]) from error
    return model
