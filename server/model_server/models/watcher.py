# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""New models and versions, taken from the store while the server runs, without a request dropped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from .model import ModelError
from .store import Registry

LOGGER = logging.getLogger("model_server")


def fingerprint(store: Path) -> dict[str, tuple[int, int, int]]:
    """What tells a changed file from the one that was loaded: inode, size and time, of every file of every version."""
    found = {}
    for path in store.glob("*/*/*"):
        try:
            status = path.stat()
        except OSError:  # being replaced right now; the next look will see it
            continue
        found[str(path)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


class Watcher:
    """Looks at the store from a thread of its own, and loads, checks and warms up there what is new.

    A store that cannot be served is reported and the models that are served stay.

    :param load_all: loads and warms up every model of the store; raises ModelError.
    :ivar fresh: a registry to take over, or None. The loop takes it between two turns.
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

    def load(self) -> None:
        """Load the store as it is now."""
        try:
            self.fresh = self.load_all(self.settings)
        except ModelError as error:
            LOGGER.error("the store changed and is not taken over: %s", error)
            return
        models = [model.info for model in self.fresh.all()]
        LOGGER.info("models loaded again", extra={"fields": {"models": models}})
