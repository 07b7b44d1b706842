# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes new models and versions from the store while the server runs, without a request dropped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from .model import ModelError
from .registry import Registry

LOGGER = logging.getLogger("model_server")


def fingerprint(store: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, size and time of every file of every version: they show which files changed."""
    found = {}
    for path in store.glob("*/*/*"):
        try:
            status = path.stat()
        except OSError:  # being replaced right now; the next round will find it
            continue
        found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


class Watcher:
    """Checks the store for changes on a thread of its own, and loads and warms up new models there.

    A store that cannot be served is logged, and the models that are served stay.

    :param load_all: loads and warms up every model of the store; raises ModelError.
    :ivar fresh: a registry to serve from now on, or None. The event loop takes it between two turns.
    """

    def __init__(self, settings: SimpleNamespace, load_all: Callable[[SimpleNamespace], Registry]):
        self.settings = settings
        self.load_all = load_all
        self.store = Path(settings.model_store)
        self.loaded = fingerprint(self.store)
        self.fresh: Registry | None = None

    def start(self) -> None:
        if self.settings.model_reload_seconds:
            threading.Thread(target=self._watch, name="reload", daemon=True).start()

    def _watch(self) -> None:
        seen = self.loaded
        while True:
            time.sleep(self.settings.model_reload_seconds)
            now = fingerprint(self.store)
            # A store that still changes is being written to.
            if now != self.loaded and now == seen:
                self.loaded = now
                self.load()
            seen = now

    def take(self) -> Registry | None:
        """The fresh registry, once."""
        fresh, self.fresh = self.fresh, None
        return fresh

    def load(self) -> None:
        """Load the store as it is now."""
        try:
            self.fresh = self.load_all(self.settings)
        except ModelError as error:
            LOGGER.error("the changed store is not used: %s", error)
            return
        models = [model.info for model in self.fresh.all()]
        LOGGER.info("models reloaded", extra={"fields": {"models": models}})
