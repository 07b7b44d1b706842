# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the measurements as a page with tables and a plot."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

TITLES = {
    "iris-lr": "iris LogisticRegression, 1 row",
    "forest": "RandomForest(100), 30 columns, 1 row",
    "forest-large": "RandomForest(100) of 20,000 rows, about 1,950 leaves a tree, 30 columns, 1 row",
    "boosting": "HistGradientBoosting(100), 30 columns, 1 row",
    "scaler-lr-64": "StandardScaler + LogisticRegression, 30 columns, 64 rows",
}
OWN = ("ours", "ours-constant")
# A peer with this server's own functions: it shows where the gain comes from, and is no other server.
FAST = "fastapi-fast"


@dataclass(frozen=True)
class Line:
    """Requests a second, milliseconds at three percentiles, CPU seconds of the server for 1000 requests."""

    rate: float
    p50: float
    p99: float
    p999: float
    cpu: float


@dataclass(frozen=True)
class Open:
    """A measurement at a fixed rate: requests a second, and three percentiles in milliseconds since each was due.

    :ivar behind: share of requests that the load generator sent late.
    :ivar bad: requests without a 200.
    """

    rate: float
    p50: float
    p99: float
    p999: float
    behind: float
    bad: int


def versions() -> str:
    found = []
    for lock in sorted((Path(__file__).parent / "peers").glob("*.txt")):
        for name in (lock.stem, "scikit-learn"):
            match = re.search(rf"^{name}==(\S+)", lock.read_text(), re.MULTILINE)
            found += [f"{name} {match[1]}"] if match else []
    return ", ".join(dict.fromkeys(found))


def write(path: Path, results: dict[str, dict]) -> None:
    """Writes the page, and the plot next to it.

    :param results: by model, as run.py makes them.
    """
    parts = [
        "# Benchmarks",
        "",
        f"Measured by `python bench/run.py` on {platform.machine()}, Python {platform.python_version()}; {versions()}.",
        "",
        "The server under test has one core and one worker process, wrk the other core. Each figure is the median of",
        "several rounds in which all servers took turns.",
        "Requests have 64 different bodies, and each has a head of its own, as behind an ingress: an id, a trace and",
        "an address. Peers run as they come and tuned: MLServer with adaptive batching, and with two workers too;",
        "BentoML with its batching; FastAPI with orjson, and (`fastapi-fast`) with the faster functions of this",
        "server, which tells the model's gain from the server's. It does not count as the best peer.",
        "This server ran as shipped: metrics, deadlines, validation and access log on.",
        "Ratios say more than the figures. Three figures are what one process could do at most:",
        "",
        "- A: requests/s if a request took only as long as one `predict` of the estimator;",
        "- B: rows/s of one `predict` for many rows;",
        "- C: requests/s of `ours-constant`, this server with a model that always answers the same.",
        "",
        "Fixed rates are shares of each server's own best rate. Their latencies count from the moment a request was",
        "due, so they include the time that it waited for earlier requests.",
        "",
        "![Requests a second at 32 connections](benchmarks.svg)",
        "",
    ]
    models = [model for model in TITLES if model in results]
    parts += summary({model: results[model] for model in models})
    for model in models:
        parts += section(model, results[model])
    path.write_text("\n".join(parts) + "\n", "utf-8")
    path.with_suffix(".svg").write_text(plot(results), "utf-8")


def summary(results: dict[str, dict]) -> list[str]:
    """This server beside the best peer, at 32 connections or the nearest number that was measured."""
    parts = ["| model | connections | requests/s | best peer | | times its rate |", "|---|---|---|---|---|---|"]
    for model, found in results.items():
        connections = nearest(found["lines"])
        rates = {name: line.rate for (name, c), line in found["lines"].items() if c == connections}
        peers = {name: rate for name, rate in rates.items() if name not in (*OWN, FAST)}
        if "ours" in rates and peers:
            best = max(peers, key=peers.get)
            times = rates["ours"] / peers[best]
            parts.append(
                f"| {TITLES[model]} | {connections} | {rates['ours']:.0f} | {best} | {peers[best]:.0f} | {times:.1f} |"
            )
    return [*parts, ""]


def nearest(lines: dict) -> int:
    """32 connections, or the number nearest to it that was measured."""
    return min({c for _unused, c in lines}, key=lambda c: abs(c - 32))


def section(model: str, found: dict) -> list[str]:
    lines, facts = found["lines"], found["facts"]
    connections = sorted({c for _unused, c in lines})
    names = [name for name in dict.fromkeys(n for n, _c in lines) if name in facts]
    parts = [f"## {TITLES[model]}", "", how(found), ""]
    for title, pick in (
        ("Requests a second", lambda line: f"{line.rate:.0f}"),
        ("p50 · p99 · p99.9 in ms", lambda line: f"{line.p50:.2f} · {line.p99:.1f} · {line.p999:.1f}"),
        ("CPU seconds for 1000 requests", lambda line: f"{line.cpu:.3f}"),
    ):
        parts += [f"| {title} | " + " | ".join(plural(c) for c in connections) + " |"]
        parts += ["|---" * (len(connections) + 1) + "|"]
        parts += [f"| {n} | " + " | ".join(pick(lines[n, c]) for c in connections) + " |" for n in names]
        parts += [""]
    parts += ["| | memory (PSS), MiB | start to ready, s |", "|---|---|---|"]
    parts += [f"| {name} | {facts[name][0]:.0f} | {facts[name][1]:.2f} |" for name in names]
    parts += ["", *at_fixed_rates(found["open"], names), "", *ratios(lines, connections, found)]
    parts += [
        steadiness(lines, connections),
        "- Two processes on two cores, by CPU time: {:.2f} times one process with as many connections a worker (32), "
        "{:.2f} times one with as many in all (64).".format(*found["two"]),
        f"- A head of its own costs a request {found['heads']:.2f} times the CPU time of one whose head came before.",
        f"- With TLS: {found['tls']:.2f} of the requests/s without, on kept connections.",
    ]
    return [*parts, ""]


def how(found: dict) -> str:
    """When and for how long it was measured, and what was not."""
    text = f"Measured {found['date']}: {found['rounds']} rounds, {found['seconds']} s each time."
    if found["missing"]:
        text += f" Not measured, as they could not be installed or did not start: {', '.join(found['missing'])}."
    return text


def at_fixed_rates(found: dict, names: list[str]) -> list[str]:
    """The table of fixed rates; a star marks where the load generator, not the server, was too slow."""
    shares = sorted({share for _unused, share in found})
    parts = ["| p50 · p99 · p99.9 in ms at | " + " | ".join(f"{share:.0%} of its best" for share in shares) + " |"]
    parts += ["|---" * (len(shares) + 1) + "|"]
    for name in names:
        cells = []
        for share in shares:
            line = found[name, share]
            late = "*" if line.behind > 0.01 else ""
            failed = f", {line.bad} failed" if line.bad else ""
            cells.append(f"{line.p50:.2f} · {line.p99:.1f} · {line.p999:.1f}{late}{failed}")
        parts.append(f"| {name} | " + " | ".join(cells) + " |")
    if any(line.behind > 0.01 for line in found.values()):
        parts += ["", "\\* the load generator sent more than 1 % of the requests late, although a connection was free."]
    return parts


def plural(connections: int) -> str:
    return "1 connection" if connections == 1 else f"{connections} connections"


def steadiness(lines: dict, connections: list[int]) -> str:
    """Whether throughput falls with more connections."""
    rates = {c: lines["ours", c].rate for c in connections if ("ours", c) in lines}
    many = [c for c in rates if c >= 8]
    steps = ", ".join(f"{rates[b] / rates[a]:.2f} from {a} to {b}" for a, b in pairwise(many))
    return f"- This server's requests/s with more connections: {steps or 'measured at one number of connections only'}."


def ratios(lines: dict, connections: list[int], found: dict) -> list[str]:
    """This server relative to the best peer and to the limit of a single process."""
    parts = []
    for c in connections:
        rivals = [line for (name, n), line in lines.items() if n == c and name not in (*OWN, FAST)]
        own = lines.get(("ours", c))
        if not own or not rivals:
            continue
        best = max(rivals, key=lambda line: line.rate)
        text = f"{plural(c)}: {own.rate / best.rate:.1f} times the best peer's requests/s, "
        text += (
            f"p50 {own.p50 / min(r.p50 for r in rivals):.2f} and p99 {own.p99 / min(r.p99 for r in rivals):.3f} times "
        )
        text += f"the lowest peer's; {own.rate * found['one']:.2f} of A, "
        text += f"{own.rate * found['rows'] / found['batched']:.3f} of B"
        if ("ours-constant", c) in lines:
            text += f", {own.rate / lines['ours-constant', c].rate:.2f} of C"
        if (FAST, c) in lines:
            text += f"; {own.rate / lines[FAST, c].rate:.1f} times {FAST}"
        parts.append(f"- {text}.")
    return parts


def plot(results: dict) -> str:
    """Requests a second at 32 connections (or the nearest measured), one group of bars for each model."""
    bars, y = [], 20
    for model, found in results.items():
        connections = nearest(found["lines"])
        rates = {n: line.rate for (n, c), line in found["lines"].items() if c == connections}
        top = max(rates.values())
        bars.append(f'<text x="10" y="{y}" font-weight="bold">{TITLES[model]}, {connections} connections</text>')
        for name, rate in sorted(rates.items(), key=lambda item: -item[1]):
            y += 20
            width = max(rate / top * 420, 1)
            color = "#2a7de1" if name == "ours" else "#9aa5b1"
            bars.append(f'<text x="110" y="{y}" text-anchor="end">{name}</text>')
            bars.append(f'<rect x="118" y="{y - 12}" width="{width:.1f}" height="14" fill="{color}"/>')
            bars.append(f'<text x="{124 + width:.1f}" y="{y}">{rate:.0f}/s</text>')
        y += 36
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{y}" font-family="sans-serif" font-size="12">'
    return head + '<rect width="100%" height="100%" fill="white"/>' + "".join(bars) + "</svg>\n"
