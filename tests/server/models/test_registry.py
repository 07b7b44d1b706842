# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which model a name and a version mean."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from model_server.models.model import ModelError
from model_server.models.registry import Registry


def registry(*titles: str, default: str = "") -> Registry:
    names = [title.split("/") for title in titles]
    return Registry([SimpleNamespace(name=name, version=version) for name, version in names], default)


def test_the_newest_version_is_the_last() -> None:
    models = registry("iris/1", "iris/2")
    assert models.get("iris").version == models.get("").version == "2"
    assert models.get("iris", "1").version == "1"
    assert models.get("iris", "3") is models.get("rose") is None


def test_of_several_models_none_is_the_default_unless_it_is_named() -> None:
    assert registry("iris/1", "rose/1").get("") is None
    assert registry("iris/1", "rose/1", default="rose").get("").name == "rose"


def test_a_default_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="MODEL_NAME='rose' is not in the store, which has: iris"):
        registry("iris/1", default="rose")


def test_another_registry_takes_its_place() -> None:
    models = registry("iris/1")
    models.replace(registry("rose/1", "rose/2"))
    assert [(m.name, m.version) for m in models.all()] == [("rose", "1"), ("rose", "2")]
    assert models.get("").name == "rose"
