# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real Alertmanager that hands every alert to one webhook at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import go_programs
import yaml

PINNED = Path(__file__).resolve().parent / "go" / "alertmanager"
MODULE = "github.com/prometheus/alertmanager"
# Its pages are built by another tool and are not in the Go module, which does not compile without any.
PAGES = ("elm", "mantine")
OPTIONS = ("-ldflags=-s -w",)


def program(folder: Path) -> Path:
    """Builds it where that was not done before (3 minutes). ``folder``: for the module with pages."""
    built = go_programs.CACHE / f"alertmanager-{go_programs.key(PINNED, OPTIONS)}"
    if not built.exists():
        subprocess.run(["bash", go_programs.BUILD, with_pages(folder), built, sys.executable, *OPTIONS], check=True)
    return built / "alertmanager"


def with_pages(folder: Path) -> Path:
    """A copy of the pinned module that takes Alertmanager from a folder beside it, with empty pages."""
    for name in ("go.mod", "go.sum"):
        shutil.copy(PINNED / name, folder)
    done = subprocess.run(
        [go_programs.go(), "mod", "download", "-json", MODULE],
        cwd=folder,
        env=dict(os.environ, GOTOOLCHAIN="local"),
        check=True,
        capture_output=True,
        text=True,
    )
    copy = folder / "module"
    shutil.copytree(json.loads(done.stdout)["Dir"], copy)
    # Files in Go's cache are read-only.
    subprocess.run(["chmod", "-R", "u+w", copy], check=True)
    for name in PAGES:
        page = copy / "ui" / "app" / "dist" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("none\n")
    with (folder / "go.mod").open("a") as file:
        file.write(f"\nreplace {MODULE} => ./module\n")
    return folder


class Alertmanager:
    """Running on this machine. ``webhook``: the address that gets every alert, with the token."""

    def __init__(self, program: Path, folder: Path, port: int, webhook: str, token: str):
        self.address = f"http://127.0.0.1:{port}"
        receiver = {
            "url": webhook,
            "send_resolved": True,
            "http_config": {"authorization": {"type": "Bearer", "credentials": token}},
        }
        configuration = {
            "route": {"receiver": "rulebook", "group_by": ["..."], "group_wait": "0s", "group_interval": "5m"},
            "receivers": [{"name": "rulebook", "webhook_configs": [receiver]}],
        }
        (folder / "alertmanager.yml").write_text(yaml.safe_dump(configuration))
        options = [
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with (folder / "alertmanager.log").open("w") as log:
            self.process = subprocess.Popen([program, *options], stdout=log, stderr=log)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/-/ready", timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < end and self.process.poll() is None, "Alertmanager does not become ready"
                time.sleep(0.2)

    def fire(self, labels: dict[str, str]) -> None:
        """As Prometheus hands it an alert."""
        body = json.dumps([{"labels": labels}]).encode()
        request = urllib.request.Request(
            f"{self.address}/api/v2/alerts", data=body, headers={"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=10).close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
