# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users who ask all the time, through the Ingress."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import urllib3

PERIOD = 0.05


@dataclass(frozen=True)
class Answer:
    """``began``: by the monotonic clock. ``text``: the answer, or what went wrong."""

    began: float
    text: str
    good: bool


@dataclass(frozen=True)
class Seen:
    """What users saw for a while. ``outage``: the longest time in which every request failed, in seconds."""

    texts: frozenset[str]
    failed: int
    outage: float


class Users:
    """A context manager. Of others' answers (another Ingress may answer for every host) only ``known`` are good."""

    def __init__(self, url: str, host: str, known: frozenset[str]):
        self.url, self.host, self.known = url, host, known
        self.answers: list[Answer] = []
        self._stop = threading.Event()

    def __enter__(self) -> Users:
        threading.Thread(target=self._ask, daemon=True).start()
        return self

    def __exit__(self, *_exception) -> None:
        self._stop.set()

    def _ask(self) -> None:
        pool = urllib3.PoolManager(retries=False, timeout=5.0)
        while not self._stop.wait(PERIOD):
            began = time.monotonic()
            try:
                answer = pool.request("GET", self.url, headers={"Host": self.host})
                text = answer.data.decode().strip() if answer.status == 200 else f"HTTP {answer.status}"
            except urllib3.exceptions.HTTPError as problem:
                text = type(problem).__name__
            self.answers.append(Answer(began, text, text in self.known))

    def since(self, moment: float) -> Seen:
        answers = self._newest(moment)[::-1]
        failed = [answer for answer in answers if not answer.good]
        texts = frozenset(answer.text for answer in answers if answer.good)
        return Seen(texts, len(failed), longest_outage(answers))

    def _newest(self, moment: float) -> list[Answer]:
        """Newest first, without looking through all that was ever answered."""
        found = []
        for answer in reversed(self.answers):
            if answer.began < moment:
                break
            found.append(answer)
        return found


def longest_outage(answers: list[Answer]) -> float:
    longest, since = 0.0, None
    for answer in answers:
        if answer.good:
            since = None
            continue
        since = since if since is not None else answer.began
        longest = max(longest, answer.began - since + PERIOD)
    return longest
