# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All models of a store."""

from __future__ import annotations

from pathlib import Path

from model_server.process import settings
from model_server.startup.loading import load_all


def test_they_are_loaded_and_have_plans(iris_store: Path) -> None:
    registry = load_all(settings.read({"MODEL_STORE": str(iris_store)}))
    (model,) = registry.all()
    assert (model.name, model.version, registry.default) == ("iris", "1", "iris")
    assert model.plan_names["predict"] == model.plan_names["predict_proba"] == "fast, products apart"
