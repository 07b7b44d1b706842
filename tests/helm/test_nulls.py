# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A null, such as a key in a file with nothing behind it, is what is empty, or is refused by its name. Helm takes a
null away before it asks the schema, and with it the default.
"""

from __future__ import annotations

import re

import pytest
from chart import template
from forms_of_chart import put
from helm_programs import HELMS
from write_chart import values

GO = re.compile(r"nil pointer|wrong type|error calling|<nil>|invalid value|executing|%!")
VALUES = values()
GROUPS = sorted({value.path.rpartition(".")[0] for value in VALUES if "." in value.path})
EMPTY = {value.path: value.default for value in VALUES if value.default in ("", [], {})}


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("path", [*GROUPS, *(value.path for value in VALUES)])
def test_a_null_is_what_is_empty_or_refused_by_name(path: str, helm: str):
    done = template(put(path, None), helm=helm)
    if path in EMPTY and not done.returncode:
        assert done.stdout == template(put(path, EMPTY[path]), helm=helm).stdout
        return
    if done.returncode:
        last = path.rpartition(".")[2]
        assert last in done.stderr and not GO.search(done.stderr.replace("execution error at", "")), done.stderr
        return
    # Null is a value of its own, such as no fixed user.
    assert next(value for value in VALUES if value.path == path).default is not None, path
    assert "null" in next(value for value in VALUES if value.path == path).schema["type"]
