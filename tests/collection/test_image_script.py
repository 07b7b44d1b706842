# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that builds images, with stand-ins for the programs that it calls."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from playbook_runs import ROOT

SCRIPT = ROOT / "roles" / "model_image" / "files" / "image.sh"
# Of the system, for the stand-ins are all that there is beside them.
NEEDED = [
    "bash",
    "mkdir",
    "mktemp",
    "grep",
    "tail",
    "rm",
    "cut",
    "sha256sum",
    "sed",
    "tee",
    "find",
    "sort",
    "xargs",
    "awk",
    "cat",
    "dirname",
    "chmod",
    "flock",
    "sleep",
    "touch",
    "mv",
]


def program(folder: Path, name: str, text: str) -> None:
    # What stands there may be a link to the machine's own program.
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{text}\n")
    (folder / name).chmod(0o755)


class Controller:
    """A machine with a builder and nothing that it could install, and one target's settings."""

    def __init__(self, folder: Path, **given: str):
        self.folder, self.programs, self.cache = folder, folder / "bin", folder / "cache"
        self.programs.mkdir()
        for name in NEEDED:
            (self.programs / name).symlink_to(shutil.which(name))
        program(self.programs, "id", "echo 1000")
        empty = ("CA_BUNDLE", "PIP_CONF", "ALIAS", "CONTAINERD_SOCKETS", "CTR", "MINIKUBE_PROFILE")
        self.given = {
            **os.environ,
            **dict.fromkeys(empty, ""),
            "REFERENCE": "registry.example/models/model-api:1",
            "CONTEXT": str(folder),
            "CACHE": str(self.cache),
            "BASE": "python:3.13-slim",
            "SUITE": "trixie",
            "BUILDER": "auto",
            "BUILDER_INSTALL": "False",
            "DELIVER": "push",
            "MINIKUBE": "minikube",
            "PATH": str(self.programs),
            **given,
        }

    def start(self, what: str, **given: str) -> subprocess.Popen:
        return subprocess.Popen(
            ["bash", str(SCRIPT), what],
            env={**self.given, **given},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, what: str, **given: str) -> subprocess.CompletedProcess:
        process = self.start(what, **given)
        output, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(what, process.returncode, output, errors)

    def calls(self, word: str) -> int:
        """How often a stand-in was asked for that."""
        made = self.folder / "calls"
        return sum(word in line for line in made.read_text().splitlines()) if made.exists() else 0


# Podman as far as the script asks it: an image is a file in images/, and no archive is written over another.
PODMAN = """echo "$*" >>{0}/calls
mkdir -p {0}/images
case "$1 $2" in
    "build "*) sleep 0.5; touch "{0}/images/built" ;;
    "image inspect") [ -e "{0}/images/built" ] ;;
    "save "*)
        while [ "$1" != --output ]; do shift; done
        [ ! -e "$2" ] || {{ echo "docker-archive doesn't support modifying existing images" >&2; exit 125; }}
        [ ! -e "{0}/full" ] || {{ echo "no space left on device" >&2; exit 125; }}
        echo archive >"$2" ;;
    "push "*) sleep 0.5; touch "{0}/pushed" ;;
esac"""
SKOPEO = '[ -e {0}/pushed ] && echo manifest || {{ echo "manifest unknown" >&2; exit 1; }}'
MINIKUBE = """echo "$*" >>{0}/calls
case "$*" in
    *"image ls") cat {0}/loaded 2>/dev/null || true ;;
    *"image load"*) sleep 0.5; [ -e "${{@: -1}}" ] || exit 1; echo "$REFERENCE" >>{0}/loaded ;;
esac"""


def with_podman(folder: Path, **given: str) -> Controller:
    made = Controller(folder, **given)
    for name, text in {"podman": PODMAN, "skopeo": SKOPEO, "minikube": MINIKUBE}.items():
        program(made.programs, name, text.format(folder))
    return made


@pytest.mark.parametrize("deliver", ["push", "minikube"])
def test_several_targets_at_once_build_and_deliver_one_image_once(tmp_path, deliver):
    controller = with_podman(tmp_path, DELIVER=deliver)
    for step in ("build", "deliver"):
        started = [controller.start(step) for _target in range(3)]
        ended = [(process.communicate(timeout=60), process.returncode) for process in started]
        assert [status for _said, status in ended] == [0, 0, 0], ended
        if step == "build":
            told = "".join(output for (output, _errors), _status in ended)
            assert told.count("waits for another target's build") == 2, told
    assert controller.calls("build --layers") == 1
    assert controller.calls("push --quiet" if deliver == "push" else "image load") == 1


def test_an_archive_that_another_target_waits_for_is_kept(tmp_path):
    controller = with_podman(tmp_path, DELIVER="minikube")
    names = [f"modelops.serving/model-api:{number}" for number in range(4)]
    for name in names:
        assert controller.run("missing", REFERENCE=name).stdout.split() == ["delivery", "image"]
        assert controller.run("build", REFERENCE=name).returncode == 0
    archives = sorted((controller.cache / "images").glob("*.tar"))
    assert len(archives) == 4
    for archive in archives:
        os.utime(archive, (1e9, 1e9))
    # One that was built long ago and is now to be delivered counts as used.
    assert controller.run("missing", REFERENCE=names[0]).stdout.split() == ["delivery"]
    assert controller.run("build", REFERENCE="modelops.serving/model-api:new").returncode == 0
    kept = sorted(path.name for path in (controller.cache / "images").glob("*.tar"))
    assert kept == ["modelops.serving_model-api_0.docker.tar", "modelops.serving_model-api_new.docker.tar"]


def test_a_part_of_an_archive_that_a_killed_run_left_is_written_anew(tmp_path):
    controller = with_podman(tmp_path, DELIVER="minikube")
    left = controller.cache / "images" / "registry.example_models_model-api_1.docker.tar.new"
    left.parent.mkdir(parents=True)
    left.write_text("a part")
    done = controller.run("build")
    assert done.returncode == 0, done.stderr
    assert not left.exists() and left.with_suffix("").read_text() == "archive\n"


def test_an_error_while_the_archive_is_written_is_said(tmp_path):
    controller = with_podman(tmp_path, DELIVER="minikube")
    (tmp_path / "full").write_text("")
    done = controller.run("build")
    assert done.returncode == 125
    assert f"the whole log is {controller.cache}/images/build.log" in done.stderr, done.stderr
    assert "no space left on device" in done.stderr


def test_without_minikube_there_is_no_build(tmp_path):
    controller = with_podman(tmp_path, DELIVER="minikube", MINIKUBE="/opt/none/minikube")
    done = controller.run("missing")
    assert done.returncode != 0 and controller.calls("build") == 0
    assert "/opt/none/minikube is not installed: install it, or set model_image_minikube_program" in done.stderr


# What registries answer, by what it means for the run.
REFUSED = [
    "reading manifest 1 in 1.dkr.ecr.eu-west-1.amazonaws.com/m: denied: Your authorization token has expired.",
    "reading manifest 1 in example.azurecr.io/m: unauthorized: authentication required",
    "reading manifest 1 in europe-docker.pkg.dev/p/m: denied: Unauthenticated request.",
    "unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password",
    "pinging container registry 1.dkr.ecr.eu-west-1.amazonaws.com: no basic auth credentials",
]
AWAY = [
    'pinging container registry r: Get "https://r/v2/": dial tcp: lookup r: no such host',
    "pinging container registry r: context deadline exceeded",
    "reading manifest 1 in r/m: received unexpected HTTP status: 503 Service Unavailable",
    "dial tcp: lookup r on 10.0.0.2:53: server misbehaving",
    "tls: failed to verify certificate: x509: certificate signed by unknown authority",
]
ABSENT = [
    "reading manifest 1 in r/m: manifest unknown: Tag 1 not found",
    "reading manifest 1 in r/m: name unknown: The repository with name 'm' does not exist in the registry with id '1'",
    "ERROR: r/m:1: not found",
]
UNCLEAR = [
    "requested access to the resource is denied; unauthorized: authentication required",
    'denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource (or it may not exist)',
    "what nobody has heard of",
]


def answering(folder: Path, said: str) -> Controller:
    controller = with_podman(folder)
    program(
        controller.programs,
        "skopeo",
        f"echo asked >>{folder}/calls\necho {shlex.quote('level=fatal ' + said)} >&2; exit 1",
    )
    program(controller.programs, "sleep", "")
    return controller


@pytest.mark.parametrize("said", [*REFUSED, *AWAY])
def test_a_registry_that_surely_takes_nothing_ends_the_run_before_the_build(tmp_path, said):
    controller = answering(tmp_path, said)
    for step in ("missing", "build"):
        done = controller.run(step)
        expected = "does not take the login: log in to it anew" if said in REFUSED else "cannot be asked: fix"
        assert done.returncode != 0 and f"registry.example {expected}" in done.stderr, done.stderr
        assert said[:40] in done.stderr
    assert controller.calls("build --layers") == 0


@pytest.mark.parametrize("said", [*ABSENT, *UNCLEAR])
def test_an_answer_that_may_mean_that_there_is_no_image_yet_does_not(tmp_path, said):
    controller = answering(tmp_path, said)
    assert controller.run("missing").stdout.split() == ["delivery", "image"]
    done = controller.run("build")
    assert done.returncode == 0, done.stderr
    assert ("it is not known whether registry.example takes the login" in done.stdout) is (said in UNCLEAR), done.stdout


def test_a_registry_that_is_busy_for_a_moment_is_asked_again(tmp_path):
    controller = answering(tmp_path, "received unexpected HTTP status: 503 Service Unavailable")
    assert controller.run("missing").returncode != 0
    assert controller.calls("asked") == 3


def test_a_registry_that_cannot_be_asked_ends_the_run_before_the_build_also_where_skopeo_is_installed_first(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in NEEDED:
        (programs / name).symlink_to(shutil.which(name))
    program(programs, "id", "echo 0")
    program(programs, "buildah", f'[[ "$*" != *" bud "* ]] || touch {tmp_path}/built; exit 1')
    asks = "echo 'dial tcp: lookup registry.nosuch.example: no such host' >&2; exit 1"
    program(programs, "apt-get", f'printf "#!/bin/bash\\n{asks}\\n" > {programs}/skopeo; chmod +x {programs}/skopeo')
    given = {
        "REFERENCE": "registry.nosuch.example/models/model-api:1",
        "CONTEXT": str(tmp_path),
        "CACHE": str(tmp_path / "cache"),
        "BASE": "python:3.13-slim",
        "SUITE": "trixie",
        "BUILDER": "auto",
        "BUILDER_INSTALL": "True",
        "DELIVER": "push",
        "PATH": str(programs),
    }
    empty = dict.fromkeys(("CA_BUNDLE", "PIP_CONF", "ALIAS", "CONTAINERD_SOCKETS", "CTR", "MINIKUBE_PROFILE"), "")
    done = subprocess.run(
        ["bash", str(SCRIPT), "build"],
        env={**os.environ, **empty, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "registry.nosuch.example cannot be asked: fix model_image_registry" in done.stderr, done.stderr
    assert not (tmp_path / "built").exists() and "the build failed" not in done.stderr
