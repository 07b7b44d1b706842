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
import sys
import time

from tools import load_generator

# The test suite's cluster is on the path once tools is imported.
from cluster import Cluster, command, playbook, serving_image  # isort: skip

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import merged
from ansible_collections.modelops.serving.plugins.module_utils.load_test.generator import LocalGenerator
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step

NAMESPACE = "t-requests-lost"
HOST = f"{NAMESPACE}.example"
INGRESS = "http://10.213.0.11"
QUESTION = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
CALIBRATION = 10
LONGEST = 7200
# Connections of each kind while the capacity is measured.
CLIENTS = 8


class Load:
    """Two generators, one on connections that are kept and one on a new one each, which end by themselves after so many
    seconds. ``rate``: of both together; 0: as many as CLIENTS connections each get answered."""

    def __init__(self, rate: float, seconds: int):
        whole = plan(f"{INGRESS}/predict", HOST, QUESTION, 1, [Step(rate / 2, seconds)])
        whole |= {} if rate else {"workers": CLIENTS}
        program = str(load_generator())
        self.generators: dict[str, LocalGenerator] = {}
        for connections in ("kept", "new"):
            given = {**whole, "new_connections": connections == "new"}
            self.generators[connections] = LocalGenerator(program, given)

    def heard(self) -> dict[str, Heard]:
        return {connections: generator.poll()[0] for connections, generator in self.generators.items()}

    def lost(self) -> int:
        """Requests that failed or were answered wrongly until now."""
        counts = [merged(list(heard.seconds.values())) for heard in self.heard().values()]
        return sum(one.failures + one.wrong for one in counts)

    def wait(self) -> None:
        while not all(generator.ended() for generator in self.generators.values()):
            time.sleep(0.1)

    def stop(self) -> None:
        """What is under way is cut by ourselves, and not counted."""
        for generator in self.generators.values():
            generator.close()


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


def measure(image: str, given: argparse.Namespace) -> bool:
    """Runs it all and prints it; whether no request failed."""
    status, output = command(*change("deploy", model_serving_image=image))
    if status:
        raise SystemExit(f"the first deploy failed:\n{output[-4000:]}")
    rate = given.rate or capacity() // 2
    print(f"{rate} requests a second, half of them on new connections", flush=True)
    load = Load(rate, LONGEST)
    try:
        for name, step, succeeds in steps(image, given):
            began, before = time.time(), load.lost()
            status, output = command(*step)
            if (status == 0) != succeeds:
                raise SystemExit(f"{name} ended with status {status}:\n{output[-6000:]}")
            print(f"{name:<20}{time.time() - began:>7.1f} s{load.lost() - before:>6} failed", flush=True)
        time.sleep(5)
    finally:
        load.stop()
    return show(load.heard())


def capacity() -> int:
    """Requests a second that CLIENTS connections of each kind get answered."""
    load = Load(0, CALIBRATION)
    try:
        load.wait()
    finally:
        load.stop()
    found = int(sum(heard.total.requests / heard.length for heard in load.heard().values()))
    print(f"capacity through the ingress: {found} requests a second", flush=True)
    return found


def show(heard: dict[str, Heard]) -> bool:
    """Prints what was measured; whether nothing was lost."""
    print(f"\n{'connections':<14}{'requests':>10}{'failed':>8}{'wrong':>8}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    for connections, one in heard.items():
        total = one.total
        figures = "".join(f"{total.percentile(percent):>10.1f}" for percent in (50, 99, 100))
        print(f"{connections:<14}{total.requests:>10}{total.failures:>8}{total.wrong:>8}{figures}")
    for connections, one in heard.items():
        if one.total.failures:
            print(f"{connections}: {one.total.failures_text()}")
        for example in one.examples:
            at = time.strftime("%H:%M:%S", time.localtime(example["at"]))
            print(f"{at}  {example['kind']}  {example['words']}")
        if one.late > 1000:
            print(f"{connections}: sent up to {one.late / 1000:.1f} s late, which the latencies include")
    return not any(one.total.failures or one.total.wrong for one in heard.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=10)
    parser.add_argument("--changes", type=int, default=5)
    parser.add_argument("--rollbacks", type=int, default=5)
    parser.add_argument("--rate", type=int, default=0, help="by default half of what the service answers")
    parser.add_argument("--image", help="by default the one that serves in ml-serving")
    given = parser.parse_args()
    try:
        whole = measure(given.image or serving_image(), given)
    finally:
        Cluster(NAMESPACE).remove_namespace()
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
