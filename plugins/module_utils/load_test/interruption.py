# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a load test that is interrupted ends: it notices that nobody waits for it, and stops its load to the end."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = 0.2
GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL


def stop_when_unread(descriptor: int = 1) -> None:
    """From now on this process gets a SIGTERM when the other end of its output closes. Files and terminals never do."""
    threading.Thread(target=_wait, args=(descriptor,), daemon=True).start()


def _wait(descriptor: int) -> None:
    waiting = select.poll()
    # Errors come without asking for any event.
    waiting.register(descriptor, 0)
    while not any(event & GONE for _descriptor, event in waiting.poll(0)):
        time.sleep(EVERY)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def undisturbed() -> Iterator[None]:
    """What is done inside is not cut by a second signal: an interruption often brings several."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
