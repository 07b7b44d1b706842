# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bill of materials names every package of the image, with the hashes that the build asks for."""

from __future__ import annotations

import json
import re

import audit
import pytest

pytestmark = pytest.mark.longer

PACKAGE = re.compile(r"^([a-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@pytest.mark.parametrize("lock", audit.locks(), ids=lambda lock: lock.stem)
def test_every_package_is_named_with_its_hashes(lock, tmp_path):
    bill = json.loads(audit.write_bill(lock, tmp_path).read_text())
    found = {(part["name"], part["version"]) for part in bill["components"]}
    text = lock.read_text()
    assert found == set(PACKAGE.findall(text)) and found
    hashes = {
        entry["content"]
        for part in bill["components"]
        for reference in part["externalReferences"]
        for entry in reference["hashes"]
    }
    assert hashes == set(HASH.findall(text))


def test_it_is_the_same_each_time(tmp_path):
    first = audit.write_bill(audit.SERVER, tmp_path).read_text()
    assert audit.write_bill(audit.SERVER, tmp_path).read_text() == first
