# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Renders every variant of tests/collection/test_rendering.py with the ansible-core of this environment.

python render_variants.py FOLDER
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "collection"), str(ROOT / "collections")]

from playbook_runs import render
from test_rendering import VARIANTS

render(VARIANTS, Path(sys.argv[1]))
