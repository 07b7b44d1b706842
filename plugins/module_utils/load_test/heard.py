# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a load generator says while it runs: a line of JSON for each thing (load/go/load-generator/lines.go). Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common import api_keys
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts, merged

WORDS = 800
EXAMPLES = 20
# What to do about a question that was refused, by the status.
BODY = (
    "the model that answers does not take the body: give one that it takes (load_test_body), or correct the host "
    "(model_serving_ingress_host) if it is another model"
)
REMEDIES = {
    "400": BODY,
    "413": "the body is larger than is admitted: ask for fewer rows (load_test_rows)",
    "422": BODY,
    "404": "nothing answers there: correct host and path (load_test_url)",
    "405": "it takes no POST there: correct the path (load_test_url)",
    "403": "it is forbidden from here",
    "name not resolved": "correct the host's name (load_test_url), or its DNS",
    "connection refused": "nothing listens there: correct the address (load_test_url), or see that the service is up",
    "no answer in time": "nothing answers there: see that the service is up and that this place may reach it",
    "no route": "there is no way to it from here: correct the address (load_test_url)",
    "certificate": "its certificate is not accepted: if a private CA signed it, set model_serving_verify_ca_cert to "
    "that CA's file; else correct the host that is asked for, or the certificate",
    "TLS": "it does not speak TLS there: correct the scheme (load_test_url)",
}

FROM_HERE = "A key is sent from this machine only (load_test_source=controller)"


@dataclass
class Heard:
    """One generator. ``asked``: kind and words of what came of the question before the load, kind "" for an answer.
    ``waiting``, ``began``: its clock, seconds since 1970. ``seconds``: by the second in which requests were due.
    ``total``: everything, once it has ended. ``words``: what else it wrote."""

    line: int = 0
    asked: dict | None = None
    waiting: float | None = None
    began: float | None = None
    seconds: dict[int, Counts] = field(default_factory=dict)
    examples: list[dict] = field(default_factory=list)
    total: Counts | None = None
    unsent: int = 0
    late: float = 0.0
    length: float = 0.0
    stopped: bool = False
    words: str = ""

    def take(self, text: str) -> None:
        """One line. One that was taken before changes nothing, so that a log may be read twice."""
        try:
            said = json.loads(text)
            number = said["line"]
        except (ValueError, TypeError, KeyError):
            self.words = f"{self.words}\n{text.strip()}".strip()[-WORDS:]
            return
        if number <= self.line:
            return
        self.line = number
        self.asked = said.get("asked", self.asked)
        self.waiting = said.get("waiting", self.waiting)
        self.began = said.get("began", self.began)
        self.examples = (self.examples + (said.get("examples") or []))[:EXAMPLES]
        for second, counts in (said.get("seconds") or {}).items():
            self.seconds.setdefault(int(second), Counts()).add(Counts.of(counts))
        if "total" in said:
            self._end(said["total"])

    def _end(self, total: dict) -> None:
        self.total = Counts.of(total)
        self.unsent, self.late = total.get("unsent", 0), total.get("late", 0.0)
        self.length, self.stopped = total.get("seconds", 0.0), total.get("stopped", False)


def check_asked(heard: Heard, url: str, headers: dict | None = None) -> None:
    """Raises ServingError when the one question before the load says that a load makes no sense. It decides as the
    generator does (refuses, in generator.go), which ends by itself then. ``headers``: those that were sent."""
    kind = (heard.asked or {}).get("kind", "")
    if not kind or kind in ("408", "429") or (kind.isdigit() and int(kind) >= 500):
        return
    what = f"answered {kind}" if kind.isdigit() else kind
    moved = "it leads elsewhere: give the address that it leads to (load_test_url)"
    known = {**REMEDIES, "401": f"it asks for an API key: {api_keys.remedy(headers)}. {FROM_HERE}"}
    remedy = moved if kind.startswith("3") else known.get(kind, "see what it says")
    words = " ".join(str(heard.asked.get("words", "")).split())
    raise ServingError(f"No load was sent. {url}: {what}{f' ({words})' if words else ''}; {remedy}.")


def seconds_of(heard: list[Heard]) -> dict[int, Counts]:
    """All generators' requests by the second in which they were due."""
    numbers = sorted({second for one in heard for second in one.seconds})
    return {second: merged([one.seconds[second] for one in heard if second in one.seconds]) for second in numbers}
