# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server knows of one model."""

from __future__ import annotations

from sklearn.linear_model import LinearRegression

from model_server.models.description import describe
from model_server.models.model import MAX_COLUMNS


def test_wide_models_have_counters_for_their_first_columns_only() -> None:
    model = describe(
        "m", "1", "d" * 64, {"sklearn_version": "1"}, LinearRegression().fit([[0.0] * 150, [1.0] * 150], [0, 1])
    )
    assert model.column_labels[-1] == ("m", "1", str(MAX_COLUMNS - 1))
