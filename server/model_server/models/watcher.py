# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes new models and versions from the store while the server runs, without a request dropped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

from .model import ModelError
from .registry import Registry

LOGGER = logging.getLogger("model_server")


def fingerprint(store: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, size and time of every file of every version: they show which files changed."""
    found = {}
    for path in store.glob("[!.]*/[!.]*/*"):
        try:
            status = path.stat()
        except OSError:  # being replaced right now; the next round will find it
            continue
        found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


class Watcher:
    """Checks the store for changes on a thread of its own, and loads and warms up new models there.

    A store that cannot be served is logged, and the models that are served stay.

    :param load_all: loads and warms up every model of the store; raises ModelError, and whatever a model raises.
    :param failed: called for each time that the store could not be read or served.
    :param loaded: the store's fingerprint, from before the models that are served were read.
    :param default: name of the model that requests get which name none; empty if there is none.
    :ivar fresh: a registry to serve from now on, or None. The event loop takes it between two turns.
    """

    def __init__(
        self,
        settings: SimpleNamespace,
        load_all: Callable[[SimpleNamespace], Registry],
        failed: Callable[[], None],
        loaded: dict,
        default: str = "",
    ):
        self.settings = settings
        self.load_all = load_all
        self.failed = failed
        self.store = Path(settings.model_store)
        self.loaded = loaded
        self.default = default
        self.fresh: Registry | None = None

    def start(self) -> None:
        if self.settings.model_reload_seconds:
            threading.Thread(target=self._watch, name="reload", daemon=True).start()

    def catch_up(self) -> None:
        """Load the store now if it changed since, unless it is never to be looked at again."""
        if self.settings.model_reload_seconds:
            with suppress(OSError):  # it is read again in the next round, which tells of it
                self._round(fingerprint(self.store))

    def _watch(self) -> None:
        seen = self.loaded
        while True:
            time.sleep(self.settings.model_reload_seconds)
            seen = self._round(seen)

    def _round(self, seen: dict) -> dict:
        """Load the store if it changed and is still; returns its state. Nothing that is raised may end the thread."""
        try:
            now = fingerprint(self.store)
            # A store that still changes is being written to.
            if now != self.loaded and now == seen:
                self.loaded = now
                self.load()
        except BaseException:
            self.failed()
            LOGGER.exception("the changed store is not used")
            return seen
        return now

    def take(self) -> Registry | None:
        """The fresh registry, once."""
        fresh, self.fresh = self.fresh, None
        return fresh

    def load(self) -> None:
        """Load the store as it is now."""
        try:
            fresh = self.load_all(self.settings)
            self._keep_default(fresh)
        except ModelError as error:
            self.failed()
            LOGGER.error("the changed store is not used: %s", error)
            return
        models = [model.info for model in fresh.all()]
        self.default = fresh.default
        self.fresh = fresh  # at last: the event loop may take it at once
        LOGGER.info("models reloaded", extra={"fields": {"models": models}})

    def _keep_default(self, fresh: Registry) -> None:
        """Refuse models among which none is the default, if one was: /predict would answer no more.

        :raises ModelError: with the setting that names a default.
        """
        if self.default and not fresh.default:
            raise ModelError(
                f"it has the models {', '.join(fresh.models)}, none of which would answer /predict, as {self.default} "
                "does: set MODEL_NAME (model_serving_model_name of the role)"
            )
