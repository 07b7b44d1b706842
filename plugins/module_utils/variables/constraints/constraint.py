# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of the table of constraints, and the variables that it reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace

from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import brief

Fault = dict[str, object]


class Variables(SimpleNamespace):
    """The role's variables without their prefix, each of its type, and three derived ones.

    ``image``: the image that would be deployed. ``fewest_pods``: the number of pods without load. ``manifests``: those
    that are in the release.
    """

    @classmethod
    def of(cls, values: dict, image: str, manifests: list[str]) -> Variables:
        found = cls(**{name.removeprefix(PREFIX): value for name, value in values.items()})
        found.image, found.manifests = image, manifests
        found.fewest_pods = found.autoscaling_min_replicas if found.autoscaling_enabled else found.replicas
        return found


@dataclass(frozen=True)
class Constraint:
    """One row of the table.

    ``faults``: whether the variables are wrong, or one mapping for each fault with the values for the sentence.
    ``sentence``: what is wrong, where, and what to do. ``{v.x}`` is the variable model_serving_x.
    """

    name: str
    faults: Callable[[Variables], bool | Iterable[Fault]]
    sentence: str

    def sentences(self, variables: Variables) -> list[str]:
        faults = self.faults(variables)
        if isinstance(faults, bool):
            faults = [{}] if faults else []
        faults = list(faults)
        if not faults:
            return []
        shown = SimpleNamespace(**{name: _briefly(value) for name, value in vars(variables).items()})
        return [
            self.sentence.format(v=shown, **{name: _briefly(value) for name, value in fault.items()})
            for fault in faults
        ]


def _briefly(value: object) -> object:
    """A value for a sentence, with its texts short enough to be read."""
    if isinstance(value, dict):
        return {name: _briefly(item) for name, item in value.items()}
    if isinstance(value, str):
        return brief(value)
    return brief(str(value)) if isinstance(value, list) else value


def entries(v: Variables, names: Iterable[str]) -> Iterator[Fault]:
    """The entries of these dictionaries, as ``variable``, ``key`` and ``value``."""
    for name in names:
        for key, value in getattr(v, name).items():
            yield {"variable": PREFIX + name, "key": str(key), "value": value}


def given(v: Variables, names: Iterable[str]) -> list[Fault]:
    """These variables, as ``variable`` and ``value``."""
    return [{"variable": PREFIX + name, "value": getattr(v, name)} for name in names]
