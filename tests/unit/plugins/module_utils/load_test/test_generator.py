# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load generator itself, built from load/go, against servers on this machine that answer well, badly and not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from go_programs import LOAD, go, load_generator
from playbook_runs import ROOT
from prediction_server import Server, Stall, right

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.generator import LocalGenerator
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan, shares
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step
from ansible_collections.modelops.serving.plugins.module_utils.load_test.thresholds import Limits, judge

BODY = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
# What a busy machine may add: milliseconds.
BUSY = 500.0


@pytest.fixture(scope="module")
def program() -> str:
    return str(load_generator())


def asked(url: str, *steps: Step, rows: int = 1, **more) -> dict:
    return {**plan(url, "", BODY, rows, list(steps)), **more}


def ran(program: str, given: dict) -> Heard:
    generator = LocalGenerator(program, given)
    try:
        while not generator.ended():
            time.sleep(0.05)
        return generator.result()[0]
    finally:
        generator.close()


def slow(heard: Heard) -> int:
    """Requests that took more than 100 ms."""
    return sum(count for micros, count in heard.total.latency.items() if micros > 100_000)


def values(heard: Heard) -> dict[str, str]:
    """What each threshold says."""
    seen = Observed()
    seen.add_load([heard])
    return {one.name: one.value for one in judge(seen, Limits(500, 0, 60, back=False))}


@pytest.mark.longer
def test_its_own_tests(program):
    done = subprocess.run([go(), "test", "./..."], cwd=LOAD, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_request_of_the_schedule_is_sent_at_its_time(program):
    with Server(right) as server:
        heard = ran(program, asked(server.url, Step(10, 1), Step(50, 2), rows=3))
    assert heard.total.requests == 110
    assert (heard.total.failures, heard.total.wrong, heard.unsent) == (0, 0, 0)
    assert {second: counts.requests for second, counts in heard.seconds.items()} == {0: 10, 1: 50, 2: 50}
    # The question before the load, and then the load.
    assert len(server.asked) == 111
    assert 2.0 < server.asked[-1] - server.asked[1] < 2.98 + 1.0


def test_every_fifth_is_answered_504(program):
    def fifth(number: int, instances: list) -> tuple[int, dict]:
        return (504, {"error": "upstream took too long"}) if number % 5 == 0 else right(number, instances)

    with Server(fifth) as server:
        heard = ran(program, asked(server.url, Step(50, 2)))
    assert (heard.total.requests, dict(heard.total.failed), heard.total.wrong) == (100, {"504": 20}, 0)
    assert values(heard)["no failed request"] == "20 failed (504: 20)"
    assert values(heard)["every answer is right"] == "100.00% right"
    assert {entry["kind"] for entry in heard.examples} == {"504"}
    assert "upstream took too long" in heard.examples[0]["words"]


@pytest.mark.parametrize(
    "answer", [{"predictions": [0, 0]}, {"predictions": "setosa"}, {"outputs": []}, ["setosa"], "setosa"]
)
def test_wrong_answers_are_counted_and_have_not_failed(program, answer):
    with Server(lambda number, instances: (200, answer) if number % 2 else right(number, instances)) as server:
        heard = ran(program, asked(server.url, Step(20, 1)))
    assert (heard.total.requests, heard.total.wrong, heard.total.failures) == (20, 10, 0)
    assert values(heard)["every answer is right"] == "50.00% right, 10 answered wrongly"


def test_a_stall_is_in_the_latency_of_every_request_that_was_due_in_it(program):
    with Server(Stall(1.0, 2.0)) as server:
        heard = ran(program, asked(server.url, Step(50, 5)))
    assert (heard.total.requests, heard.total.failures, heard.unsent) == (250, 0, 0)
    # Due from 1.0 to 2.9 s, 50 a second: those waited more than 100 ms. A busy machine adds to it.
    assert 93 <= slow(heard) <= 130
    assert 1900 <= heard.total.percentile(100) <= 2000 + BUSY
    assert 1400 <= heard.seconds[1].percentile(50) <= 1500 + BUSY
    assert 400 <= heard.seconds[2].percentile(50) <= 500 + BUSY
    assert heard.seconds[4].percentile(50) <= BUSY


def test_a_request_that_has_to_wait_for_a_worker_counts_from_when_it_was_due(program):
    """Two may be under way: without the wait, all but two latencies of the stall would be missing."""
    with Server(Stall(1.0, 2.0)) as server:
        heard = ran(program, asked(server.url, Step(50, 5), workers=2))
    assert heard.total.requests == 250
    assert slow(heard) >= 93
    assert 1400 <= heard.seconds[1].percentile(50) <= 1500 + BUSY
    assert 1900 <= heard.late <= 2000 + BUSY


def test_what_could_not_be_sent_is_said(program):
    """One at a time, each of which takes 200 ms, are 5 a second and not 50."""

    def lazy(number: int, instances: list) -> tuple[int, dict]:
        time.sleep(0.2)
        return right(number, instances)

    with Server(lazy) as server:
        heard = ran(program, asked(server.url, Step(50, 2), workers=1))
    assert 5 <= heard.total.requests <= 16
    assert heard.total.requests + heard.unsent == 100
    assert f"not sent: {heard.unsent}" in values(heard)["no failed request"]


def test_no_answer_in_time(program):
    def never(number: int, instances: list) -> tuple[int, dict]:
        if number > 1:
            time.sleep(3)
        return right(number, instances)

    with Server(never) as server:
        heard = ran(program, asked(server.url, Step(10, 1), timeout=0.5))
    assert dict(heard.total.failed) == {"no answer in time": 10}
    assert 500 <= heard.total.percentile(50) <= 500 + BUSY


def test_connections_that_are_cut(program):
    def cut(number: int, instances: list) -> tuple[int, dict]:
        if number > 1:
            raise ConnectionError("cut")
        return right(number, instances)

    with Server(cut) as server:
        heard = ran(program, asked(server.url, Step(10, 1)))
    assert set(heard.total.failed) <= {"connection closed", "connection reset"}
    assert heard.total.failures == 10


def test_the_shares_of_several_are_the_whole(program):
    with Server(right) as server:
        given = shares(asked(server.url, Step(30, 2)), 3)
        generators = [LocalGenerator(program, one) for one in given]
        while not all(generator.ended() for generator in generators):
            time.sleep(0.05)
        seen = Observed()
        seen.add_load([generator.result()[0] for generator in generators])
        for generator in generators:
            generator.close()
    assert [one.requests for one in seen.seconds] == [30, 30]
    assert seen.generators == 3


def test_the_host_header(program):
    with Server(right) as server:
        given = plan(server.url, "models.example.org", BODY, 1, [Step(5, 1)])
        ran(program, given)
    assert {headers["Host"] for headers in server.headers} == {"models.example.org"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://no-such-host.invalid/predict", "name not resolved.*correct the host's name"),
        ("http://127.0.0.1:9/predict", "connection refused.*nothing listens there"),
        ("https://SERVER/predict", "(TLS|connection closed|no HTTP|no answer)"),
    ],
)
def test_an_address_that_leads_nowhere_is_said_before_any_load(program, url, words):
    with Server(right) as server, pytest.raises(ServingError, match=f"No load was sent.*{words}"):
        LocalGenerator(program, asked(url.replace("SERVER", f"127.0.0.1:{server.server_port}"), Step(50, 5)))


@pytest.mark.parametrize(("status", "words"), [(422, "does not take the body"), (404, "correct host and path")])
def test_a_question_that_is_refused_is_said_before_any_load(program, status, words):
    with Server(lambda _number, _instances: (status, {"error": "4 columns expected"})) as server:
        with pytest.raises(ServingError, match=rf"answered {status} .*4 columns expected.*{words}"):
            LocalGenerator(program, asked(server.url, Step(50, 5)))
        assert len(server.asked) == 1


def stopped_within(server: Server, stop) -> float:
    """Seconds from stop() until the last request came."""
    time.sleep(1.0)
    began = time.monotonic()
    stop()
    time.sleep(1.5)
    return server.asked[-1] - began


def test_a_stopped_load_stops_within_a_second(program):
    with Server(right) as server:
        generator = LocalGenerator(program, asked(server.url, Step(100, 60)))
        assert stopped_within(server, generator.close) < 1.0
        with pytest.raises(ServingError, match="ended with status 1"):
            generator.result()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_while_every_request_waits(program, number):
    with Server(Stall(0.2, 30)) as server:
        generator = LocalGenerator(program, asked(server.url, Step(100, 60)))
        time.sleep(1.0)
        began = time.monotonic()
        generator._process.send_signal(number)
        assert generator._process.wait(5) == 1
        assert time.monotonic() - began < 1.0
        generator.close()
        assert generator.poll()[0].stopped


STARTER = """
import json, sys, time
from ansible_collections.modelops.serving.plugins.module_utils.load_test.generator import LocalGenerator
generator = LocalGenerator(sys.argv[1], json.loads(sys.argv[2]))
time.sleep(60)
"""


def test_it_stops_when_whoever_started_it_is_killed(program):
    """Whatever way that is: nobody is left to stop it."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "collections"))
    with Server(right) as server:
        given = json.dumps(asked(server.url, Step(100, 60)))
        starter = subprocess.Popen([sys.executable, "-c", STARTER, program, given], env=environment)
        while len(server.asked) < 50:
            time.sleep(0.05)
        assert stopped_within(server, starter.kill) < 1.0
        starter.wait()


def test_it_stops_when_nobody_reads_what_it_says(program, tmp_path: Path):
    given = tmp_path / "plan.json"
    with Server(right) as server:
        given.write_text(json.dumps(asked(server.url, Step(100, 60))))
        child = subprocess.Popen([program, given], stdout=subprocess.PIPE)
        assert stopped_within(server, child.stdout.close) < 1.1
        assert child.wait(5) == -signal.SIGPIPE


def test_it_waits_for_the_time_in_its_file(program, tmp_path: Path):
    given, start = tmp_path / "plan.json", tmp_path / "start"
    start.write_text("")
    with Server(right) as server:
        given.write_text(json.dumps(asked(server.url, Step(20, 1), start=str(start))))
        child = subprocess.Popen([program, given], stdout=subprocess.PIPE, text=True)
        time.sleep(1.5)
        assert len(server.asked) == 1
        begins = time.time() + 1
        start.write_text(f"{begins:.3f}")
        heard = Heard()
        for line in child.stdout:
            heard.take(line)
        assert child.wait(5) == 0
    assert heard.waiting is not None
    assert heard.began == pytest.approx(begins, abs=0.3)
    assert heard.total.requests == 20


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"url": "nowhere"}, "no http or https"), ({"steps": []}, "nothing would be sent"), ({"rows": 0}, "out of range")],
)
def test_a_plan_that_cannot_be_sent(program, changed, words):
    with pytest.raises(ServingError, match=f"ended with status 2.*{words}"):
        LocalGenerator(program, asked("http://127.0.0.1:9/predict", Step(5, 1)) | changed)


@pytest.mark.parametrize("path", ["/no/such/program", __file__])
def test_a_program_that_is_none(path):
    with pytest.raises(ServingError, match=f"the load generator cannot be run: {path}"):
        LocalGenerator(path, asked("http://127.0.0.1:9/predict", Step(5, 1)))


def test_a_program_that_is_another():
    with pytest.raises(ServingError, match="ended with status"):
        LocalGenerator("/bin/false", asked("http://127.0.0.1:9/predict", Step(5, 1)))
