# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare this server with its peers on the same models in the same run.

    python bench/run.py                     everything, about 100 minutes; writes docs/benchmarks.md
    python bench/run.py --models forest     this model anew; the others of the page stay as they were measured
    python bench/run.py --models iris-lr --peers ours kserve --seconds 2 --output -

Requests have different rows, and each has a head of its own, as behind an ingress. Each server has one core, and one
worker process where it is not said otherwise; wrk has the other core. Every round measures each server in turn, so
other load on the machine affects all of them. For each server the round with the median rate counts. Then each is
measured at fixed rates, which are shares of its best rate, and this server with two worker processes against one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from peers import CACHE, HERE, SERVER, Peer, own, peers
from results import keep, read
from table import Line, Open, write

MODELS = ("iris-lr", "forest", "forest-large", "boosting", "scaler-lr-64")
CONNECTIONS = (1, 8, 32, 64, 256)
SHARES = (0.5, 0.8, 0.95)
OPEN_CONNECTIONS = 64
# How many different heads wrk sends: as many as it has requests.
HEADS = 4096
# What was measured of each model, by earlier runs too.
KEPT = CACHE / "results.json"


def install(names: list[str]) -> list[str]:
    """A Python environment for each name from its lock file, kept in the cache. Returns those that cannot be had."""
    missing = []
    for name in names:
        lock = SERVER / "requirements.txt" if name == "ours" else HERE / "peers" / f"{name}.txt"
        home = CACHE / name
        mark = home / "installed"
        if mark.is_file() and mark.read_text() == lock.read_text():
            continue
        print(f"installing {name}", flush=True)
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        if subprocess.run([str(home / "bin" / "pip"), "install", "-q", "-r", str(lock)], check=False).returncode:
            print(f"{name} cannot be installed, so it is not measured", flush=True)
            missing.append(name)
            continue
        mark.write_text(lock.read_text())
    return missing


def write_bodies(path: Path, peer: Peer, requests: list) -> None:
    """The bodies of different requests, a line each."""
    path.write_text("".join(json.dumps(peer.body(rows)) + "\n" for rows in requests))


def one_store_a_model(folder: Path) -> None:
    """One store for each model, so that every server loads only the model that is measured."""
    for path in (folder / "store").iterdir():
        (folder / "one" / path.name).mkdir(parents=True)
        (folder / "one" / path.name / path.name).symlink_to(path)


def wrk(peer: Peer, body: Path, connections: int, seconds: float, cores: str = "1", heads: int = HEADS) -> Line:
    """One measurement."""
    before = peer.cpu_seconds()
    done = subprocess.run(
        [
            *("taskset", "-c", cores, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"),
            *("-s", str(HERE / "report.lua"), f"{peer.address}{peer.path}"),
        ],
        env={**os.environ, "BODIES": str(body), "HEADS": str(heads)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if found["bad"] and peer.name.startswith("ours"):
        raise RuntimeError(f"{peer.name}: {found['bad']} of {found['requests']} requests failed")
    rate = found["requests"] / found["seconds"]
    cpu = (peer.cpu_seconds() - before) / max(found["requests"], 1) * 1000
    peer.settle()
    return Line(rate, found["p50"] / 1000, found["p99"] / 1000, found["p999"] / 1000, cpu)


def open_loop(peer: Peer, body: Path, rate: float, seconds: float) -> Open:
    """A measurement at a fixed rate, which does not depend on how long the answers take."""
    command = [str(CACHE / "ours" / "bin" / "python"), str(HERE / "openloop.py"), f"127.0.0.1:{peer.port}{peer.path}"]
    done = subprocess.run(
        ["taskset", "-c", "1", *command, str(body), f"{rate:.1f}", str(seconds), str(OPEN_CONNECTIONS)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    peer.settle()
    return Open(found["rate"], found["p50"], found["p99"], found["p999"], found["behind"], found["bad"])


def median(lines: list) -> Line | Open:
    """The measurement whose rate is the median (the lower one of two)."""
    rate = statistics.median_low(line.rate for line in lines)
    return next(line for line in lines if line.rate == rate)


def closed(model: str, chosen: list[Peer], bodies: dict[str, Path], options: argparse.Namespace) -> dict:
    """Measurements by (server, connections). Each connection sends its next request when one is answered."""
    found: dict[tuple[str, int], list[Line]] = {}
    for _unused in range(options.rounds):
        for connections in options.connections:
            for peer in chosen:
                line = wrk(peer, bodies[peer.name], connections, options.seconds)
                found.setdefault((peer.name, connections), []).append(line)
                print(
                    f"{model:13} {peer.name:14} c={connections:<4} {line.rate:8.0f}/s  p50 {line.p50:8.2f} ms  "
                    f"p99 {line.p99:8.2f} ms  {line.cpu:6.3f} CPU s/1000",
                    flush=True,
                )
    return {key: median(lines) for key, lines in found.items()}


def opened(
    model: str, chosen: list[Peer], bodies: dict[str, Path], capacity: dict[str, float], options: argparse.Namespace
) -> dict:
    """Measurements at fixed rates, by (server, share of its capacity)."""
    found: dict[tuple[str, float], list[Open]] = {}
    for _unused in range(options.rounds):
        for share in options.shares:
            for peer in chosen:
                line = open_loop(peer, bodies[peer.name], share * capacity[peer.name], options.seconds)
                found.setdefault((peer.name, share), []).append(line)
                print(
                    f"{model:13} {peer.name:14} {share:4.0%}   {line.rate:8.0f}/s  p50 {line.p50:8.2f} ms  "
                    f"p99 {line.p99:8.2f} ms  {line.behind:6.1%} sent late",
                    flush=True,
                )
    return {key: median(lines) for key, lines in found.items()}


@dataclass(frozen=True)
class Asked:
    """A server on its cores, measured by wrk on other cores or on the same."""

    peer: Peer
    cores: str
    connections: int
    load: str = "1"
    heads: int = HEADS


def beside(
    model: str, folder: Path, requests: list, asked: list[Asked], options: argparse.Namespace
) -> list[list[Line]]:
    """The measurements of each round. The servers are measured in turn."""
    body = folder / "beside.json"
    servers = {each.peer.name: each for each in asked}.values()
    rounds = []
    try:
        for each in servers:
            each.peer.start(folder, model, each.cores)
            write_bodies(body, each.peer, requests)
            wrk(each.peer, body, 64, 1)
        for _unused in range(options.rounds):
            rounds.append(
                [wrk(each.peer, body, each.connections, options.seconds, each.load, each.heads) for each in asked]
            )
            shown = (
                f"{each.peer.name} c={each.connections} {line.rate:.0f}/s {line.cpu:.3f} CPU s/1000"
                for each, line in zip(asked, rounds[-1], strict=True)
            )
            print(f"{model:13} {', '.join(shown)}", flush=True)
    finally:
        for each in servers:
            each.peer.stop()
    return rounds


def two_processes(model: str, folder: Path, requests: list, options: argparse.Namespace) -> tuple[float, float]:
    """Throughput of two worker processes on two cores, relative to one on one core, without the load generator's time.

    wrk shares both cores, so the CPU times of a request are compared and not the rates. More connections make larger
    batches, so there are two results: with the same number of connections for each worker, and with the same in total.
    """
    one, two = own("ours-one"), own("ours-two", SERVER_PROCESSES="2")
    asked = [Asked(one, "0", 32), Asked(one, "0", 64), Asked(two, "0,1", 64, "0,1")]
    rounds = beside(model, folder, requests, asked, options)
    each, every = zip(*((2 * a.cpu / both.cpu, 2 * b.cpu / both.cpu) for a, b, both in rounds), strict=True)
    return statistics.median(each), statistics.median(every)


def new_heads(model: str, folder: Path, requests: list, options: argparse.Namespace) -> float:
    """CPU time of a request with a head of its own, relative to one whose head came before."""
    one = own("ours-one")
    asked = [Asked(one, "0", 32), Asked(one, "0", 32, heads=1)]
    return statistics.median(new.cpu / same.cpu for new, same in beside(model, folder, requests, asked, options))


def over_tls(model: str, folder: Path, requests: list, options: argparse.Namespace) -> float:
    """Requests a second with TLS relative to those without, on kept connections."""
    certificate, key = folder / "tls.crt", folder / "tls.key"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    files = ["-subj", "/CN=127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run([*make, *files], check=True, capture_output=True)
    encrypted = own("ours-tls", SERVER_TLS_CERTIFICATE_FILE=str(certificate), SERVER_TLS_KEY_FILE=str(key))
    encrypted.scheme = "https"
    rounds = beside(model, folder, requests, [Asked(own("ours-one"), "0", 64), Asked(encrypted, "0", 64)], options)
    return statistics.median(tls.rate / plain.rate for plain, tls in rounds)


def started(model: str, chosen: list[Peer], folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Start each peer in turn, repeatedly, and leave them running. Returns each one's median seconds until ready.

    A peer that does not start is taken out of those chosen, and named.
    """
    seconds: dict[str, list[float]] = {}
    for _unused in range(options.rounds):
        for peer in list(chosen):
            peer.stop()
            try:
                peer.start(folder, model, "0")
            except RuntimeError as error:
                if peer.name.startswith("ours"):
                    raise
                print(f"{error}\n{peer.name} is not measured", flush=True)
                peer.stop()
                chosen.remove(peer)
                options.missing.append(f"{peer.name} ({model})")
                continue
            seconds.setdefault(peer.name, []).append(peer.start_seconds)
    for name, found in seconds.items():
        print(f"{model:13} {name:14} ready after {', '.join(f'{each:.2f}' for each in found)} s", flush=True)
    return {name: statistics.median(found) for name, found in seconds.items()}


def measure(model: str, chosen: list[Peer], folder: Path, body: dict, options: argparse.Namespace) -> dict:
    """All measurements of all servers with one model.

    :param body: what models.py wrote of the model.
    """
    requests = body["requests"]
    facts: dict[str, tuple[float, float]] = {}
    bodies = {}
    try:
        starts = started(model, chosen, folder, options)
        for peer in chosen:
            bodies[peer.name] = folder / f"{peer.name}.json"
            write_bodies(bodies[peer.name], peer, requests)
            wrk(peer, bodies[peer.name], 8, 1)  # warm
        lines = closed(model, chosen, bodies, options)
        capacity = {p.name: max(line.rate for (name, _c), line in lines.items() if name == p.name) for p in chosen}
        fixed = opened(model, chosen, bodies, capacity, options)
        # The constant server maps the same libraries, so this server's share of that memory would seem smaller.
        for peer in sorted(chosen, key=lambda peer: peer.name != "ours-constant"):
            facts[peer.name] = (peer.memory_mib(), starts[peer.name])
            if peer.name == "ours-constant":
                peer.stop()
    finally:
        for peer in chosen:
            peer.stop()
    two, tls, heads = (compare(model, folder, requests, options) for compare in (two_processes, over_tls, new_heads))
    return {
        "date": time.strftime("%Y-%m-%d"),
        "seconds": options.seconds,
        "rounds": options.rounds,
        "missing": [name for name in options.missing if not name.endswith(")") or name.endswith(f"({model})")],
        "one": body["one"],
        "batched": body["batched"],
        "rows": len(body["requests"][0]),
        "lines": lines,
        "open": fixed,
        "facts": facts,
        "two": two,
        "tls": tls,
        "heads": heads,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--peers", nargs="+", default=[peer.name for peer in peers()])
    parser.add_argument("--connections", nargs="+", type=int, default=CONNECTIONS)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shares", nargs="+", type=float, default=SHARES, help="fixed rates, of each server's best")
    parser.add_argument("--output", default=str(HERE.parent / "docs" / "benchmarks.md"), help="- for none")
    options = parser.parse_args()
    for program in ("wrk", "openssl"):
        if not shutil.which(program):
            sys.exit(f"{program} is not installed (Debian: apt-get install {program})")
    wanted = [peer for peer in peers() if peer.name in options.peers]
    missing = install(sorted({"ours", *(peer.home.name for peer in wanted)}))
    if "ours" in missing:
        sys.exit("the server's own packages cannot be installed")
    options.missing = [peer.name for peer in wanted if peer.home.name in missing]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([str(CACHE / "ours" / "bin" / "python"), str(HERE / "models.py"), name], check=True)
        one_store_a_model(folder)
        bodies = json.loads((folder / "bodies.json").read_text())
        for model in options.models:
            chosen = [peer for peer in wanted if peer.name not in options.missing]
            found = measure(model, chosen, folder, bodies[model], options)
            if options.output != "-":
                keep(KEPT, {model: found})
                write(Path(options.output), read(KEPT))


if __name__ == "__main__":
    main()
