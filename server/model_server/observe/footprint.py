# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much memory the server uses, in all of its processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily

NAME = "model_server_memory_bytes"


class FootprintCollector:
    """A collector of the memory that the server uses, its worker processes included.

    :param processes: gives their ids; called at each scrape.
    """

    def __init__(self, processes: Callable[[], list[int]]):
        self._processes = processes

    def collect(self) -> Iterator[GaugeMetricFamily]:
        used = sum(map(share, self._processes()))
        if used:
            meaning = "Memory of all of the server's processes; what they share counts once"
            yield GaugeMetricFamily(NAME, meaning, value=used)


def share(process: int) -> int:
    """Bytes of memory of a process, with its share of what it has in common with others (PSS).

    0 if it has just ended, or if the kernel does not say.
    """
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
