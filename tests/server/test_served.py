# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of docs/models.md: estimators with kinds of data are served and equal scikit-learn, or are refused."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from served.cells import cell, fitted
from served.data import KINDS
from served.estimators import ROWS, Row
from served.table import heading, line, written
from skops import io as skops_io
from skops.io.exceptions import UnsupportedTypeException

from ansible_collections.modelops.serving.plugins.module_utils.image.permissions import unknown_types
from model_server.models.formats import is_trusted_if_pinned, open_skops

# Why an estimator is not served.
REFUSED = {
    "AgglomerativeClustering": "AgglomerativeClustering has no predict: it does not answer for new rows",
    "DBSCAN": "DBSCAN has no predict: it does not answer for new rows",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_model_is_served_as_scikit_learn_predicts_or_refused_with_a_reason(row: Row) -> None:
    cells = [cell(row, kind) for kind in KINDS]
    for found in cells:
        assert not found.differs
        assert found.refused.removeprefix("model m version 1: ") == REFUSED.get(row.name, "")
    assert line(row.name, cells) == written().get(row.name), "python -m served.table"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_its_skops_file_is_opened_at_the_first_try_where_the_checksum_is_pinned(row: Row) -> None:
    for kind in KINDS[:3]:
        try:
            estimator = fitted(row, kind)[0]
            file = skops_io.dumps(estimator)
        except UnsupportedTypeException:  # these can only be saved with joblib
            assert row.name in ("Birch",)
            continue
        assert isinstance(open_skops(file, (), is_trusted_if_pinned), type(estimator))
        assert unknown_types(ZipFile(BytesIO(file)).read("schema.json").decode()) == set()


def test_the_document_has_a_line_for_each_estimator_and_no_other() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names) > 60
    assert list(written()) == [heading()[0].split("|")[1].strip(), *names]
