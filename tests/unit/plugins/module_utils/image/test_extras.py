# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.image.extras import of_models, selected

FILES = ["Dockerfile", "server/extras/grpc.txt", "server/extras/more.txt"]


def test_what_is_needed_comes_beside_what_the_sources_have() -> None:
    assert selected("", [], FILES) == b""
    assert selected("", ["grpc"], FILES) == b"grpc\n"
    assert selected("more\ngrpc\n", ["grpc"], FILES) == b"grpc\nmore\n"


def test_sources_of_ones_own_that_lack_one() -> None:
    with pytest.raises(ServingError, match=r"do not have server/extras/grpc.txt.* Fix model_image_source"):
        selected("", ["grpc"], ["Dockerfile"])


def test_a_models_file_says_what_it_needs() -> None:
    assert of_models(["model.skops", "model.joblib"]) == set()
    assert of_models(["model.ubj", "xgboost.json"]) == {"xgboost"}
    assert of_models(["model.txt", "model.ubj"]) == {"lightgbm", "xgboost"}
