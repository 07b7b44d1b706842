# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The models that are served."""

from __future__ import annotations

from .model import Model, ModelError


class Registry:
    """Models by name and version.

    :param models: in order of version, the newest last.
    :param default: name of the model for requests that name none; needed only if there are several.
    :raises ModelError: there is no model of the default's name.
    """

    def __init__(self, models: list[Model], default: str):
        self.models: dict[str, dict[str, Model]] = {}
        for model in models:
            self.models.setdefault(model.name, {})[model.version] = model
        if default and default not in self.models:
            raise ModelError(f"MODEL_NAME={default!r} is not in the store, which has: {', '.join(self.models)}")
        self.default = default or (next(iter(self.models)) if len(self.models) == 1 else "")

    def replace(self, other: Registry) -> None:
        """Serve the other registry's models from now on."""
        self.models, self.default = other.models, other.default

    def get(self, name: str, version: str = "") -> Model | None:
        """The model of this name and version, or None.

        :param name: empty for the default.
        :param version: empty for the newest.
        """
        versions = self.models.get(name or self.default)
        if versions is None:
            return None
        return versions.get(version) if version else next(reversed(versions.values()))

    def all(self) -> list[Model]:
        return [model for versions in self.models.values() for model in versions.values()]
