# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What scikit-learn and skops import for serving."""

from __future__ import annotations

import json
import subprocess
import sys

from support import REPOSITORY

PROGRAM = """
import json, sys
from model_server.models import lazy_imports, minimal_imports
lazy_imports.install()
minimal_imports.import_sklearn()
io = minimal_imports.import_skops()
import sklearn.utils
heavy = {"pandas", "matplotlib", "sklearn.ensemble._forest", "scipy.stats._stats_py"} & set(sys.modules)
import pandas
whole = len(sklearn.utils.all_estimators()) > 100
print(json.dumps([sorted(heavy), callable(io.load), whole, "DataFrame" in dir(pandas)]))
"""


def test_heavy_packages_stay_out_and_everything_still_works() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(REPOSITORY / "server")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout) == [[], True, True, True], done.stderr
