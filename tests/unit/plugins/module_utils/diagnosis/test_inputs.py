# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis says of the inputs, from the text that the server's pods serve."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import inputs


def served(**columns: float) -> str:
    """As the server writes it."""
    lines = [
        "# HELP model_server_input_drifted 1 if the inputs have drifted",
        "# TYPE model_server_input_drifted gauge",
        *(
            f'model_server_input_drifted{{column="{name}",model="churn",version="1"}} {value}'
            for name, value in columns.items()
        ),
        "model_server_ready 1.0",
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ([], inputs.NOT_KNOWN),
        (["", ""], inputs.NOT_KNOWN),
        (["", "model_server_ready 1.0\n"], inputs.NOT_JUDGED),
        ([served()], inputs.NOT_JUDGED),
        ([served(age=0.0)], "as in training: 1 column"),
        ([served(age=0.0, city=0.0), ""], "as in training: 2 columns"),
    ],
)
def test_nothing_has_drifted(metrics, said):
    assert inputs.compared(metrics) == said


def test_what_has_drifted_is_named_with_the_pods_that_saw_it():
    said = inputs.compared([served(age=1.0, city=0.0), served(age=1.0, city=1.0), served(age=0.0)])
    assert said.startswith("drifted from training: churn/1 age in 2 of 3 pods, churn/1 city in 1 of 3 pods. Compare")


def test_of_many_columns_some_are_named():
    said = inputs.compared([served(**{f"x{number}": 1.0 for number in range(8)})])
    assert "churn/1 x4 in 1 of 1 pods, and 3 more. Compare" in said
