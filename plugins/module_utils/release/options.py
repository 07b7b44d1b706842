# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a release run, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Options:
    """Times are seconds; the choices are those of the module release."""

    name: str
    namespace: str
    timeout: float = 300.0
    total_timeout: float | None = None
    wait: bool = True
    on_failure: str = "restore"
    on_first_failure: str = "remove"
    history_limit: int = 10
    adopt: bool = False
    tolerated_managers: list = field(default_factory=list)
    verify: dict = field(default_factory=dict)
    bake: dict = field(default_factory=dict)
    create_namespace: bool = True
    preflight: bool = False
    allow_in_cluster: bool = False


@dataclass
class Outcome:
    """The result. After a failure ``findings`` say why, and ``restored`` says what was restored. ``planned``: of check
    mode, in which nothing was carried out. ``reached``: the addresses as lines."""

    changed: bool = False
    failed: bool = False
    planned: bool = False
    revision: int | None = None
    previous: int | None = None
    drift: list = field(default_factory=list)
    prediction: dict = field(default_factory=dict)
    baked: dict = field(default_factory=dict)
    changes: list = field(default_factory=list)
    highlights: list = field(default_factory=list)
    rollout: dict = field(default_factory=dict)
    findings: list = field(default_factory=list)
    evidence: dict = field(default_factory=dict)
    restored: str = ""
    restored_revision: int | None = None
    addresses: list = field(default_factory=list)
    reached: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
