# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says which columns of the models get other values than training had. Pure.

That is no fault of the service, so it is a line and no finding.
"""

from __future__ import annotations

import re

# What the server judges each column by, see model_server_input_drifted in docs/server.md.
_SAMPLE = re.compile(r"^model_server_input_drifted\{(.*)\} ([01])(?:\.0)?$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
NOT_KNOWN = "not known: the metrics of no pod could be read"
NOT_JUDGED = "not judged: no schema of the training data, or fewer than 100 rows so far"
MOST_NAMED = 5


def compared(metrics: list[str]) -> str:
    """One line. ``metrics``: the text of each ready pod's /metrics, "" where it could not be read."""
    read = [text for text in metrics if text]
    if not read:
        return NOT_KNOWN
    judged: dict[str, int] = {}
    for text in read:
        for labels, value in _SAMPLE.findall(text):
            column = _column(dict(_LABEL.findall(labels)))
            judged[column] = judged.get(column, 0) + int(value)
    if not judged:
        return NOT_JUDGED
    drifted = {column: pods for column, pods in judged.items() if pods}
    if not drifted:
        return f"as in training: {len(judged)} {'column' if len(judged) == 1 else 'columns'}"
    named = [f"{column} in {pods} of {len(read)} pods" for column, pods in sorted(drifted.items())]
    more = f", and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return (
        f"drifted from training: {', '.join(named[:MOST_NAMED])}{more}. Compare what callers send with model.json's "
        "schema, or train again."
    )


def _column(labels: dict) -> str:
    return f"{labels.get('model')}/{labels.get('version')} {labels.get('column')}"
