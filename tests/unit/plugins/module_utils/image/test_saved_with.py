# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.image.saved_with import check

LOCK = "numpy==2.3.1 \\\n    --hash=sha256:00\nscikit-learn==1.9.1 \\\n    --hash=sha256:01\n"


@pytest.mark.parametrize(
    ("saved", "requirements", "rule"),
    [
        ("1.9.1", LOCK, "exact"),
        ("1.9.0", LOCK, "minor"),
        ("1.2.0", LOCK, "off"),
        # A booster, which no scikit-learn saved.
        ("", LOCK, "exact"),
        # Nobody knows what will be installed: the server says it.
        ("1.2.0", "scikit-learn>=1.7\n", "exact"),
        ("1.2.0", "", "minor"),
    ],
)
def test_what_the_server_opens_is_let_through(saved, requirements, rule):
    check("churn", saved, requirements, rule)


@pytest.mark.parametrize(("saved", "rule"), [("1.9.0", "exact"), ("1.8.2", "minor"), ("2.9.1", "minor")])
def test_what_the_server_refuses_is_refused_with_both_versions(saved, rule):
    with pytest.raises(ServingError, match=f"churn was saved with scikit-learn {saved}, and the image has 1.9.1"):
        check("churn", saved, LOCK, rule)


@pytest.mark.parametrize("saved", ["latest", "v1.9.1", "1"])
def test_what_is_no_version_is_refused(saved):
    with pytest.raises(ServingError, match="is no version: give what sklearn"):
        check("churn", saved, LOCK, "off")
