# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs that are built from Go modules, while another run builds the same."""

from __future__ import annotations

import subprocess
import sys

from go_programs import BUILD

MODULE = """module example.org/hello

go 1.24

tool example.org/hello/hello
"""
PROGRAM = """package main

func main() { println("hello") }
"""


def test_two_that_build_the_same_at_once_build_it_once(tmp_path):
    (tmp_path / "module/hello").mkdir(parents=True)
    (tmp_path / "module/go.mod").write_text(MODULE)
    (tmp_path / "module/hello/main.go").write_text(PROGRAM)
    folder = tmp_path / "programs/hello"
    command = ["bash", BUILD, tmp_path / "module", folder, sys.executable]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _number in range(2)
    ]
    told = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sum("waiting for another build" in output for output, _errors in told) == 1
    assert [path.name for path in folder.iterdir()] == ["hello"]
    assert subprocess.run([folder / "hello"], capture_output=True, text=True, check=True).stderr == "hello\n"
