# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does for ansible-test what get-pip.py does: installs pip into an environment that has none.

ansible-test fetches that script from a server of its own project; this one needs the package index only. It lies in
ansible-test's cache, beside the wheel of the pip that is to be installed, which it runs.
"""

import runpy
import sys
from pathlib import Path

# What get-pip.py knows and pip does not.
REFUSALS = ("--no-setuptools", "--no-wheel")

wheel = next(Path(__file__).parent.glob("pip-*.whl"))
sys.path.insert(0, str(wheel))
sys.argv[1:] = ["install", *(argument for argument in sys.argv[1:] if argument not in REFUSALS)]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
