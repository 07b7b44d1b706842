# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether requests are lost while releases change: steady load through the ingress, and one playbook after the other.

    python bench/deploy/requests_lost.py [--updates 10] [--changes 5] [--rollbacks 5] [--rate REQUESTS_A_SECOND]

In a namespace of its own that is removed afterwards. Every update, change of configuration and rollback is one run of
the collection's own playbook; at the end a deploy that fails is rolled back by the release itself. The rate is near
half of what the service answers, which is measured first. Ends with status 1 when a request failed.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools import HERE, k6

# The test suite's cluster is on the path once tools is imported.
from cluster import Cluster, command, playbook, serving_image  # isort: skip

NAMESPACE = "t-requests-lost"
HOST = f"{NAMESPACE}.example"
INGRESS = "http://10.213.0.11"
QUESTION = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]]})
CALIBRATION = 10
LONGEST = 3600


class Load:
    """k6 as a child process, which ends by itself after so many seconds."""

    def __init__(self, folder: Path, rate: int, seconds: int):
        self.summary, self.errors = folder / "summary.json", folder / "errors"
        self.stopped = float("inf")
        self.summary.unlink(missing_ok=True)
        given = {"URL": f"{INGRESS}/predict", "HOST": HOST, "BODY": QUESTION, "SUMMARY": self.summary}
        arguments = [k6(), "run", "--quiet", "--no-color", "--no-usage-report", "--address", "", HERE / "steady.js"]
        for key, value in {**given, "RATE": rate, "SECONDS": seconds}.items():
            arguments += ["-e", f"{key}={value}"]
        with self.errors.open("wb") as said:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)

    def numbers(self) -> dict:
        """k6's metrics, once it has ended."""
        self.process.wait(60)
        if not self.summary.exists():
            raise SystemExit(f"k6 came to no numbers: {self.errors.read_text(encoding='utf-8')[-2000:]}")
        return json.loads(self.summary.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """As Ctrl-C does: what is in flight is cut by ourselves, and not counted."""
        self.stopped = time.time()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def failures(self) -> list[dict]:
        """``at`` (epoch seconds), ``status`` and ``words`` of each failed request."""
        found = re.findall(r'msg="(\{.*?\})" source=console', self.errors.read_text(encoding="utf-8"))
        notes = [json.loads(json.loads(f'"{line}"')) for line in found]
        return [one for one in notes if one["at"] < self.stopped]


def change(name: str, **variables) -> list:
    """The command of one step."""
    always = {
        "model_serving_namespace": NAMESPACE,
        "model_serving_ingress_host": HOST,
        "model_serving_ingress_requests_per_second": 0,
        "model_serving_monitoring": "none",
    }
    return playbook(name, **always, **variables)


def steps(image: str, given: argparse.Namespace) -> list[tuple[str, list, bool]]:
    """Name, command, and whether it must succeed, one a step."""
    found, state = [], {"model_serving_image": image}
    for number in range(given.updates):
        state |= {"model_serving_cpu_limit": f"{1001 + number}m"}
        found.append((f"rolling update {number + 1}", change("deploy", **state), True))
    for number in range(given.changes):
        state |= {"model_serving_settings": {"ROUND": str(number)}}
        found.append((f"configuration {number + 1}", change("deploy", **state), True))
    for number in range(given.rollbacks):
        found.append((f"rollback {number + 1}", change("rollback"), True))
    broken = image.rpartition(":")[0] + ":never-built"
    found.append(("deploy that fails", change("deploy", **state | {"model_serving_image": broken}), False))
    return found


def measure(image: str, given: argparse.Namespace, folder: Path) -> bool:
    """Runs it all and prints it; whether no request failed."""
    status, output = command(*change("deploy", model_serving_image=image))
    if status:
        raise SystemExit(f"the first deploy failed:\n{output[-4000:]}")
    rate = given.rate or capacity(folder) // 2
    print(f"{rate} requests a second, half of them on new connections", flush=True)
    load = Load(folder, rate, LONGEST)
    try:
        for name, step, succeeds in steps(image, given):
            began = time.time()
            status, output = command(*step)
            if (status == 0) != succeeds:
                raise SystemExit(f"{name} ended with status {status}:\n{output[-6000:]}")
            lost = [one for one in load.failures() if one["at"] >= began]
            print(f"{name:<20}{time.time() - began:>7.1f} s{len(lost):>6} failed", flush=True)
        time.sleep(5)
    finally:
        load.stop()
    return show(load)


def capacity(folder: Path) -> int:
    """Requests a second that 16 connections get answered."""
    numbers = Load(folder, 0, CALIBRATION).numbers()
    found = int(numbers["http_reqs"]["values"]["rate"])
    print(f"capacity through the ingress: {found} requests a second", flush=True)
    return found


def show(load: Load) -> bool:
    numbers = load.numbers()
    print(f"\n{'connections':<14}{'requests':>10}{'failed':>8}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    lost = 0
    for connection in ("kept", "new"):
        failed = numbers[f"http_req_failed{{connection:{connection}}}"]["values"]
        taken = numbers[f"http_req_duration{{connection:{connection}}}"]["values"]
        # k6 counts what its condition holds for as passes, and the condition is: it failed.
        lost += failed["passes"]
        requests = failed["passes"] + failed["fails"]
        figures = "".join(f"{taken[key]:>10.1f}" for key in ("med", "p(99)", "max"))
        print(f"{connection:<14}{requests:>10}{failed['passes']:>8}{figures}")
    for one in load.failures()[:10]:
        at = time.strftime("%H:%M:%S", time.localtime(one["at"]))
        print(f"{at}  {one['status']}  {one['words']}")
    dropped = numbers.get("dropped_iterations", {}).get("values", {}).get("count", 0)
    if dropped:
        print(f"{dropped} requests were not sent: the machine was too busy to send them in time")
    return lost == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=10)
    parser.add_argument("--changes", type=int, default=5)
    parser.add_argument("--rollbacks", type=int, default=5)
    parser.add_argument("--rate", type=int, default=0, help="by default half of what the service answers")
    parser.add_argument("--image", help="by default the one that serves in ml-serving")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            whole = measure(given.image or serving_image(), given, Path(folder))
    finally:
        Cluster(NAMESPACE).remove_namespace()
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
