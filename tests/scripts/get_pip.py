# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replaces get-pip.py for ansible-test: installs pip into an environment without it.

ansible-test fetches get-pip.py from its project's server; this script needs only the package index. It is copied to
ansible-test's cache, next to the wheel of pip that it runs and installs.
"""

import runpy
import sys
from pathlib import Path

# Options of get-pip.py that pip does not have.
REFUSALS = ("--no-setuptools", "--no-wheel")

wheel = next(Path(__file__).parent.glob("pip-*.whl"))
sys.path.insert(0, str(wheel))
sys.argv[1:] = ["install", *(argument for argument in sys.argv[1:] if argument not in REFUSALS)]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
