# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run that ended with an error before there was anything else to report, such as credentials that
cannot be used. A pipeline shows the report, and may show nothing else."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import junit, report_files
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

SHORT = "Failed"


def contents(done: str, params: dict, msg: str) -> dict[str, str | bytes]:
    """By the files' suffixes. ``done``: what was to be done, such as release."""
    name, said = params["name"], redact(msg)
    result = {"failed": True, "msg": said, "summary": [said], "findings": [], "name": name}
    failure = junit.Failure(SHORT, said, f"{name} in namespace {params['namespace']}")
    return {
        "json": report_files.as_json({**result, "namespace": params["namespace"]}),
        "xml": junit.suite(name, [junit.Case(name, done, 0.0, (failure,), output=said)], 0.0),
    }


def write(done: str, params: dict, msg: str) -> list[str]:
    """The paths; [] where no report is asked for, or where it cannot be written: the error itself is what counts."""
    if not params.get("report"):
        return []
    try:
        return report_files.write(params["report"], contents(done, params, msg))
    except OSError:
        return []
